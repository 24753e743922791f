import type { PayloadContainer } from '../../../agent-protocol/index.ts';
import { Turns } from '../../../kernel/index.ts';
import type { ContainerSurroundings } from '../../hooks/container-config.ts';
import { fileSystemFailure, forcedUser, locateFileSystems, type LocatedFileSystems } from '../../hooks/file-systems.ts';
import { taskVolumes } from '../../hooks/volumes.ts';
import { limits } from '../../limits.ts';
import { within } from '../../sleep.ts';
import type { TaskRunner } from '../task-runner.ts';

/**
 * Looks at a directory of file systems, one after the other: each call that a server over the network does not answer keeps one of Node's four
 * threads for files, and without those the agent can do nothing for any task.
 */
const looks = new Turns();

/** @throws FileSystemFailure, also when the machine that has them does not answer */
export async function located({ parts, payload }: TaskRunner): Promise<LocatedFileSystems> {
  const { clock, place } = parts;
  if (!payload.volumes.some(({ type }) => type === 'efs')) return {};
  let isOver = false;
  const looking = looks.take(place.efsDirectory ?? '', () =>
    isOver ? Promise.resolve(undefined) : locateFileSystems(place.efsDirectory, payload),
  );
  const found = await within(clock, looking, { ms: limits.fileSystemsMs, late: undefined });
  isOver = true;
  if (found === undefined) throw fileSystemFailure("b'mount.nfs4: Connection timed out'", 32);
  return found;
}

/** The other volumes, and the file systems of EFS as they are found now. @throws BadContainerConfig */
export function fileSystemsOf(
  { payload }: TaskRunner,
  { definition, located }: { readonly definition: PayloadContainer; readonly located: LocatedFileSystems },
): Pick<ContainerSurroundings, 'volumeSources' | 'readOnlyVolumes' | 'diskVolumes' | 'forcedUser'> {
  const user = forcedUser(definition, payload, located);
  const found = Object.entries(located);
  return {
    volumeSources: {
      ...taskVolumes(payload).sources,
      ...Object.fromEntries(found.map(([name, { path }]) => [name, path])),
    },
    diskVolumes: new Set(payload.volumes.flatMap(({ name, type }) => (type === 'attachment' ? name : []))),
    readOnlyVolumes: new Set(found.filter(([, { readOnly }]) => readOnly).map(([name]) => name)),
    ...(user === undefined ? {} : { forcedUser: user }),
  };
}
