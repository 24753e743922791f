import { lstat, mkdir, open, rename, rm, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from './run-command.ts';

/** Copies of large volumes take their time. */
const copyTimeoutMs = 60 * 60_000;
const gibibyte = 1024 ** 3;
const blockBytes = 512;

export interface VolumeFile {
  readonly volumeId: string;
  readonly sizeGiB: number;
  /** Whose data it begins with; absent: empty. */
  readonly snapshotId?: string;
}

/** The data of EBS volumes and snapshots: sparse files `ACCOUNT/ID.img` in a directory that only its owner can enter. A file that is there is whole. */
export class VolumeFiles {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  path(account: string, id: string): string {
    return join(this.#directory, account, `${id}.img`);
  }

  /**
   * Makes a volume, unless it is there.
   * @param prepare does what is to be done before it counts as there; called with its path
   * @throws Error when its snapshot is not on this machine, CommandFailure
   */
  async make(account: string, volume: VolumeFile, prepare?: (path: string) => Promise<void>): Promise<void> {
    const path = this.path(account, volume.volumeId);
    if (await isThere(path)) return;
    await mkdir(join(this.#directory, account), { recursive: true, mode: 0o700 });
    await whole(path, async (part) => {
      if (volume.snapshotId === undefined) await (await open(part, 'wx', 0o600)).close();
      else await this.#copy(account, volume.snapshotId, part);
      await truncate(part, volume.sizeGiB * gibibyte);
      await prepare?.(part);
    });
  }

  /** @throws Error when it is not there */
  async grow(account: string, volumeId: string, sizeGiB: number): Promise<void> {
    const path = this.path(account, volumeId);
    const { size } = await stat(path);
    if (size < sizeGiB * gibibyte) await truncate(path, sizeGiB * gibibyte);
  }

  /** A volume or a snapshot; no error when it is not there. */
  async remove(account: string, id: string): Promise<void> {
    const path = this.path(account, id);
    await rm(`${path}.part`, { force: true });
    await rm(path, { force: true });
  }

  /** Copies a volume that nobody writes to, as a snapshot. @returns bytes that it takes. @throws Error when the volume is not there */
  async snapshot(account: string, volumeId: string, snapshotId: string): Promise<number> {
    const path = this.path(account, snapshotId);
    await whole(path, (part) => this.#copy(account, volumeId, part));
    return (await stat(path)).blocks * blockBytes;
  }

  async #copy(account: string, id: string, to: string): Promise<void> {
    const from = this.path(account, id);
    if (!(await isThere(from)))
      throw new Error(`the data of ${id} is not on this machine (${from}): is --ebs-directory mounted?`);
    await runCommand('cp', ['--reflink=auto', '--sparse=always', from, to], { timeoutMs: copyTimeoutMs });
  }
}

/** Makes a file under another name first. What a failure leaves of it goes: it may be what filled the disk. */
async function whole(path: string, make: (part: string) => Promise<void>): Promise<void> {
  const part = `${path}.part`;
  await rm(part, { force: true });
  try {
    await make(part);
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    (found) => found.isFile(),
    () => false, // whatever is wrong with it, it cannot be used
  );
}
