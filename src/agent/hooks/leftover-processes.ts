import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

export interface LeftoverProcess {
  readonly pid: number;
  /** Its command line; of one that has ended, and is only not waited for yet, its name. */
  readonly command: string;
  /** It is the runtime's own, and has not become the container's program. */
  readonly unborn: boolean;
}

/** runc's process inside a container until it executes the container's program: by its command line, and by its name when it has ended. */
const unborn = /^(?:runc\0init\0|runc:\[)/;

/** Processes of this machine that are in the cgroup of a container, whether the engine knows of them or not; none on another system. */
export async function leftoverProcesses(dockerId: string, proc = '/proc'): Promise<readonly LeftoverProcess[]> {
  const names = await readdir(proc).catch(() => []);
  const found = await Promise.all(
    names.map(async (name): Promise<readonly LeftoverProcess[]> => {
      if (!/^\d+$/.test(name)) return [];
      // One that is gone meanwhile has no files any more.
      const text = (file: string): Promise<string> => readFile(join(proc, name, file), 'utf8').catch(() => '');
      if (!(await text('cgroup')).includes(dockerId)) return [];
      const command = (await text('cmdline')) || (await text('comm'));
      if (command === '') return [];
      return [{ pid: Number(name), command: command.replaceAll('\0', ' ').trim(), unborn: unborn.test(command) }];
    }),
  );
  return found.flat();
}
