import { access, constants } from 'node:fs/promises';
import type { PayloadEbsVolume, PayloadTask } from '../../agent-protocol/index.ts';
import { messageOf, type Clock, type Log } from '../../kernel/index.ts';
import { fileSystemOn, format, growExt, setUpMounted } from './disk-file-system.ts';
import { attachDevice, detachDevices } from './loop-devices.ts';
import { VolumeFiles } from './volume-files.ts';

/** An EBS volume cannot be had; the text is the task's stopped reason. */
export class EbsFailure extends Error {}

/** A volume as a block device of this machine. */
export interface AttachedVolume {
  /** Of the task's volume. */
  readonly name: string;
  readonly device: string;
  readonly fileSystem: string;
}

/** Why this machine cannot attach EBS volumes; undefined: it can. */
export async function ebsLimitation(): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'EBS volumes need Linux';
  if (process.getuid?.() !== 0) return 'attaching EBS volumes needs an agent that is root';
  return access('/dev/loop-control', constants.R_OK | constants.W_OK).then(
    () => undefined,
    () => 'there are no loop devices here (/dev/loop-control)',
  );
}

/** The EBS volumes of tasks, on loop devices of this machine. Each call may be repeated after it was interrupted. */
export class EbsVolumes {
  readonly #files: VolumeFiles | undefined;
  readonly #clock: Clock;
  readonly #log: Log;

  /** @param directory where the data of volumes lives; undefined: this agent has none */
  constructor({
    directory,
    clock,
    log,
  }: {
    readonly directory?: string | undefined;
    readonly clock: Clock;
    readonly log: Log;
  }) {
    this.#files = directory === undefined ? undefined : new VolumeFiles(directory);
    this.#clock = clock;
    this.#log = log;
  }

  /** Makes the data of a task's volumes where it is missing, and attaches them. @throws EbsFailure */
  async attach(task: PayloadTask): Promise<readonly AttachedVolume[]> {
    const attached: AttachedVolume[] = [];
    for (const [name, volume] of volumesOf(task)) attached.push({ name, ...(await this.#attach(volume)) });
    return attached;
  }

  /** Detaches a task's volumes once nobody has them mounted any more, and removes the data of those that end with it. @throws Error when somebody still has */
  async detach(task: PayloadTask, { failed }: { readonly failed: boolean }): Promise<void> {
    const files = this.#files;
    if (files === undefined) return;
    for (const [, { account, volumeId, deleteOnTermination }] of volumesOf(task)) {
      await detachDevices(files.path(account, volumeId), this.#clock);
      if (deleteOnTermination || failed) await files.remove(account, volumeId);
      this.#log.info('an EBS volume was detached', { volume: volumeId, task: task.arn });
    }
  }

  async #attach(volume: PayloadEbsVolume): Promise<Omit<AttachedVolume, 'name'>> {
    const { account, volumeId, snapshotId, fileSystem: wanted } = volume;
    const limitation = await ebsLimitation();
    if (this.#files === undefined) throw ebsFailure('this agent has no directory of volumes (--ebs-directory)');
    if (limitation !== undefined) throw ebsFailure(limitation);
    const files = this.#files;
    const path = files.path(account, volumeId);
    try {
      await files.make(account, volume, async (part) => {
        if (snapshotId === undefined) await format(part, wanted);
        else await growExt(part);
      });
      const found = await fileSystemOn(path);
      if (found === undefined || (wanted !== undefined && found !== wanted)) throw wrongFileSystem(volume, found);
      const device = await attachDevice(path);
      await setUpMounted(device, { grows: snapshotId !== undefined && found === 'xfs' });
      this.#log.info('an EBS volume was attached', { volume: volumeId, device, fileSystem: found });
      return { device, fileSystem: found };
    } catch (error) {
      throw error instanceof EbsFailure ? error : ebsFailure(messageOf(error));
    }
  }
}

function volumesOf(task: PayloadTask): readonly (readonly [string, PayloadEbsVolume])[] {
  return Object.entries(task.longshore?.ebsVolumes ?? {});
}

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/troubleshoot-ebs-volumes-scenarios.html; AWS waits for minutes before it says the first. */
function wrongFileSystem(
  { snapshotId, volumeId, fileSystem }: PayloadEbsVolume,
  found: string | undefined,
): EbsFailure {
  return new EbsFailure(
    `ECS timed out while configuring the EBS volume attachment to your Task: ${snapshotId ?? volumeId} holds ${found ?? 'no file system'}, not ${fileSystem ?? 'one'}`,
  );
}

function ebsFailure(text: string): EbsFailure {
  return new EbsFailure(`ECS failed to set up the EBS volume. Encountered ${text}`);
}
