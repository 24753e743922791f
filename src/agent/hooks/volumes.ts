import { createHash } from 'node:crypto';
import type { PayloadTask, PayloadVolume } from '../../agent-protocol/index.ts';
import { labels } from '../../agent-protocol/index.ts';
import { EngineRefused, type ContainerRuntime } from '../../runtime/index.ts';
import type { AttachedVolume } from '../ebs/task-volumes.ts';

export interface TaskVolumes {
  /** Path or engine volume of each volume of the task, by the volume's name. */
  readonly sources: Readonly<Record<string, string>>;
  /** Engine volumes that go with the task. */
  readonly owned: readonly string[];
}

/** Where each volume of the task is, but for file systems of EFS, without making anything. */
export function taskVolumes(task: PayloadTask): TaskVolumes {
  const sources: Record<string, string> = {};
  const owned: string[] = [];
  for (const volume of task.volumes) {
    if (volume.type === 'efs') continue; // see file-systems.ts
    const path = volume.type === 'docker' || volume.type === 'attachment' ? undefined : volume.host?.sourcePath;
    if (path) {
      sources[volume.name] = path;
      continue;
    }
    const name = isShared(volume) ? volume.name : ownName(task, volume);
    sources[volume.name] = name;
    if (!isShared(volume)) owned.push(name);
  }
  return { sources, owned };
}

/** Makes the engine volumes of a task but for EBS's; shared ones only when they may be made. @throws what the engine says */
export async function makeVolumes(runtime: ContainerRuntime, task: PayloadTask): Promise<void> {
  await Promise.all(task.volumes.map((volume) => makeVolume(runtime, task, volume)));
}

async function makeVolume(runtime: ContainerRuntime, task: PayloadTask, volume: PayloadVolume): Promise<void> {
  const docker = volume.type === 'docker' ? volume.dockerVolumeConfiguration : undefined;
  if (volume.type === 'efs' || volume.type === 'attachment' || (volume.type !== 'docker' && volume.host?.sourcePath))
    return;
  const shared = isShared(volume);
  const name = shared ? volume.name : ownName(task, volume);
  if (shared) {
    if ((await runtime.inspectVolume(name)) !== undefined) return;
    if (docker?.autoprovision !== true)
      throw new Error(`shared volume '${name}' does not exist, and autoprovision is off`);
  }
  await runtime.createVolume({
    name,
    ...(docker?.driver === undefined ? {} : { driver: docker.driver }),
    ...(docker?.driverOpts === undefined ? {} : { driverOptions: docker.driverOpts }),
    labels: { ...docker?.labels, ...(shared ? {} : { [labels.taskArn]: task.arn }) },
  });
}

/**
 * Makes the engine volume that is a block device: the engine mounts it while containers have it.
 * One that is there from an attempt before may name another device, and is made anew where no container has it.
 */
export async function makeDiskVolume(
  runtime: ContainerRuntime,
  task: PayloadTask,
  { name: volumeName, device, fileSystem }: AttachedVolume,
): Promise<void> {
  const name = ownName(task, { name: volumeName });
  try {
    await runtime.removeVolume(name);
  } catch (error) {
    if (!(error instanceof EngineRefused)) throw error;
  }
  const driverOptions = { type: fileSystem, device };
  await runtime.createVolume({ name, driver: 'local', driverOptions, labels: { [labels.taskArn]: task.arn } });
}

/** Removes what lives and dies with the task. */
export async function removeVolumes(runtime: ContainerRuntime, owned: readonly string[]): Promise<void> {
  for (const name of owned) await runtime.removeVolume(name);
}

function isShared(volume: PayloadVolume): boolean {
  return volume.type === 'docker' && volume.dockerVolumeConfiguration?.scope === 'shared';
}

function ownName(task: PayloadTask, volume: PayloadVolume): string {
  const digest = createHash('sha256').update(`${task.arn}/${volume.name}`).digest('hex').slice(0, 20);
  return `ecs-${task.family}-${task.version}-${volume.name.replace(/[^A-Za-z0-9_.-]/g, '')}-${digest}`;
}

/** Has it EBS volumes? */
export function hasDisks(task: PayloadTask): boolean {
  return task.volumes.some(({ type }) => type === 'attachment');
}
