import { mkdtemp, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandFailure, runCommand } from './run-command.ts';

export type DiskFileSystem = 'ext3' | 'ext4' | 'xfs';

const timeoutMs = 60_000;
/** Checking and growing a large file system. */
const checkTimeoutMs = 10 * 60_000;
/** blkid's, for a device on which it knows nothing. */
const nothingFound = 2;
/** e2fsck's, when it repaired something. */
const repaired = 1;

/** Makes a file system on a blank volume. @param wanted undefined: xfs as on AWS, or ext4 where the machine cannot make xfs */
export async function format(path: string, wanted: DiskFileSystem | undefined): Promise<void> {
  if (wanted !== undefined) return make(path, wanted);
  try {
    await make(path, 'xfs');
  } catch (error) {
    if (!(error instanceof CommandFailure) || error.exitCode !== 'missing') throw error;
    await make(path, 'ext4');
  }
}

async function make(path: string, type: DiskFileSystem): Promise<void> {
  const options = type === 'xfs' ? ['-q', '-f'] : ['-q', '-F', '-m', '0'];
  try {
    await runCommand(`mkfs.${type}`, [...options, path], { timeoutMs });
  } catch (error) {
    if (error instanceof CommandFailure && error.exitCode === 'missing')
      throw new CommandFailure(
        `${error.message}: install ${type === 'xfs' ? 'xfsprogs' : 'e2fsprogs'}, or ask for another filesystemType`,
        'missing',
      );
    throw error;
  }
}

/** What is on a device or in a file; undefined: nothing that is known. @throws CommandFailure */
export async function fileSystemOn(path: string): Promise<string | undefined> {
  try {
    const printed = await runCommand('blkid', ['--probe', '--match-tag', 'TYPE', '--output', 'value', path], {
      timeoutMs,
    });
    return printed.trim() || undefined;
  } catch (error) {
    if (error instanceof CommandFailure && error.exitCode === nothingFound) return undefined;
    throw error;
  }
}

/** Lets an ext file system that is not mounted fill its file, which grew. */
export async function growExt(path: string): Promise<void> {
  if ((await fileSystemOn(path))?.startsWith('ext') !== true) return;
  await runCommand('e2fsck', ['-f', '-p', path], { timeoutMs: checkTimeoutMs }).catch((error: unknown) => {
    if (!(error instanceof CommandFailure) || error.exitCode !== repaired) throw error;
  });
  await runCommand('resize2fs', [path], { timeoutMs: checkTimeoutMs });
}

/**
 * Lets root's group write to the root of a file system, and an xfs fill its device. It is mounted for that, where nobody but this command sees it,
 * so the mount ends with it, however it ends; a container may have it mounted at the same time.
 */
export async function setUpMounted(device: string, { grows }: { readonly grows: boolean }): Promise<void> {
  const at = await mkdtemp(join(tmpdir(), 'longshore-ebs-'));
  const script = `mount "$1" "$2" && chmod g+rwx "$2"${grows ? ' && xfs_growfs "$2" >/dev/null' : ''} && umount "$2"`;
  try {
    await runCommand('unshare', ['--mount', '--propagation', 'private', 'sh', '-c', script, 'sh', device, at], {
      timeoutMs: checkTimeoutMs,
    });
  } finally {
    await rmdir(at);
  }
}
