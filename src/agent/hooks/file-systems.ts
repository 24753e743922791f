import { chmod, chown, lstat, mkdir, readlink, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { PayloadContainer, PayloadFileSystem, PayloadTask } from '../../agent-protocol/index.ts';
import { messageOf } from '../../kernel/index.ts';
import { BadContainerConfig } from './container-config.ts';
import { mountedVolumes } from './mounted-volumes.ts';

/** A file system of EFS cannot be had; the text is the task's stopped reason. */
export class FileSystemFailure extends Error {}

type Mountable = Exclude<PayloadFileSystem, { readonly refusal: string }>;
type PosixUser = NonNullable<Mountable['posixUser']>;

/** A file system where it is on this machine. */
export interface LocatedFileSystem {
  readonly path: string;
  readonly readOnly: boolean;
  readonly posixUser?: PosixUser;
}

export type LocatedFileSystems = Readonly<Record<string, LocatedFileSystem>>;

/** As many links as Linux follows. */
const maxLinks = 40;

/**
 * Finds the file systems of a task by the name of its volumes, and makes root directories that an access point is to make.
 * @param directory where the data of file systems lives; undefined: this agent has none
 * @throws FileSystemFailure with what AWS's mount helper says
 */
export async function locateFileSystems(directory: string | undefined, task: PayloadTask): Promise<LocatedFileSystems> {
  const located: Record<string, LocatedFileSystem> = {};
  for (const { name, type, efsVolumeConfiguration } of task.volumes) {
    if (type !== 'efs') continue;
    const id = efsVolumeConfiguration?.fileSystemId ?? '';
    const found = task.longshore?.efsVolumes?.[name] ?? { refusal: `the control plane did not say where ${id} is` };
    if ('refusal' in found) throw fileSystemFailure(found.refusal, found.refusal.startsWith("b'mount.nfs4") ? 32 : 1);
    if (directory === undefined)
      throw fileSystemFailure('this agent has no directory of file systems (--efs-directory)', 1);
    const host = `${id}.efs.${task.longshore?.region ?? ''}.amazonaws.com`;
    located[name] = {
      path: await locate(join(directory, found.account, id), found, host),
      readOnly: found.readOnly,
      ...(found.posixUser === undefined ? {} : { posixUser: found.posixUser }),
    };
  }
  return located;
}

async function locate(root: string, found: Mountable, host: string): Promise<string> {
  // Bind mounts are written with colons.
  if (found.rootDirectory.includes(':'))
    throw fileSystemFailure(
      `a root directory with a colon, '${found.rootDirectory}', is not implemented by Longshore`,
      1,
    );
  if (!(await isDirectory(root)))
    throw fileSystemFailure(`the directory ${root} of ${host} is not on this machine: is --efs-directory mounted?`, 1);
  const path = await resolveWithin(root, found.rootDirectory, found.creationInfo).catch((error: unknown) => {
    throw fileSystemFailure(`b'mount.nfs4: mounting ${host}:${found.rootDirectory} failed: ${messageOf(error)}'`, 32);
  });
  if (path === undefined || !(await isDirectory(path)))
    throw fileSystemFailure(
      `b'mount.nfs4: mounting ${host}:${found.rootDirectory} failed, reason given by server: No such file or directory'`,
      32,
    );
  return path;
}

/**
 * The path of a directory of a file system, whose root is `/` to every symbolic link in it: none leads out.
 * @param creation how what is missing is made
 * @returns undefined when something on the way is missing
 */
async function resolveWithin(
  root: string,
  directory: string,
  creation: Mountable['creationInfo'],
): Promise<string | undefined> {
  const todo = directory.split('/').reverse();
  const inside: string[] = [];
  let links = 0;
  for (let part = todo.pop(); part !== undefined; part = todo.pop()) {
    if (part === '' || part === '.') continue;
    if (part === '..') {
      inside.pop();
      continue;
    }
    const path = join(root, ...inside, part);
    const target = await linkTarget(path);
    if (target === 'missing') {
      if (creation === undefined) return undefined;
      await make(path, creation);
    }
    if (target === undefined || target === 'missing') {
      inside.push(part);
      continue;
    }
    links += 1;
    if (links > maxLinks) throw new Error('Too many levels of symbolic links');
    if (target.to.startsWith('/')) inside.length = 0;
    todo.push(...target.to.split('/').reverse());
  }
  return join(root, ...inside);
}

async function linkTarget(path: string): Promise<{ readonly to: string } | 'missing' | undefined> {
  try {
    return (await lstat(path)).isSymbolicLink() ? { to: await readlink(path) } : undefined;
  } catch (error) {
    if (isCode(error, 'ENOENT')) return 'missing';
    throw error;
  }
}

/** Two tasks may make it at the same time. */
async function make(path: string, info: NonNullable<Mountable['creationInfo']>): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    if (isCode(error, 'EEXIST')) return;
    throw error;
  }
  try {
    await chown(path, info.ownerUid, info.ownerGid);
    await chmod(path, Number.parseInt(info.permissions, 8));
  } catch (error) {
    // The next task would take it for the directory that was asked for.
    await rmdir(path);
    throw error;
  }
}

async function isDirectory(path: string): Promise<boolean> {
  return lstat(path).then(
    (found) => found.isDirectory(),
    () => false, // whatever is wrong with it, it is none that can be mounted
  );
}

function isCode(error: unknown, code: string): boolean {
  return (error as NodeJS.ErrnoException).code === code;
}

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/resource-initialization-error.html */
export function fileSystemFailure(stderr: string, code: number): FileSystemFailure {
  return new FileSystemFailure(
    `ResourceInitializationError: failed to invoke EFS utils commands to set up EFS volumes: stderr: ${stderr} : unsuccessful EFS utils command execution; code: ${code}`,
  );
}

/**
 * Who a container has to be: the user that the access points it mounts force on all file operations; undefined: whoever it wants.
 * @throws BadContainerConfig when it cannot be that
 */
export function forcedUser(
  container: PayloadContainer,
  task: PayloadTask,
  located: LocatedFileSystems,
): PosixUser | undefined {
  const users = new Map<string, PosixUser>();
  for (const volume of mountedVolumes(container, task)) {
    const user = located[volume]?.posixUser;
    if (user !== undefined) users.set(`${user.uid}:${user.gid}:${user.secondaryGids.join(',')}`, user);
  }
  const [user, other] = users.values();
  if (user === undefined) return undefined;
  const text = `${user.uid}:${user.gid}`;
  if (other !== undefined)
    throw new BadContainerConfig(
      `CannotCreateContainerError: container '${container.name}' mounts access points with the POSIX users ${text} and ${other.uid}:${other.gid}; different ones in one container are not implemented by Longshore`,
    );
  const { User: own = '' } = JSON.parse(container.dockerConfig.config) as { readonly User?: string };
  if (own !== '' && own !== text && own !== String(user.uid))
    throw new BadContainerConfig(
      `CannotCreateContainerError: container '${container.name}' has the user '${own}' but mounts an access point with the POSIX user ${text}; Longshore runs such a container as that user: leave out 'user', or make it '${text}'`,
    );
  return user;
}
