import { labels } from '../agent-protocol/index.ts';
import type { Log } from '../kernel/index.ts';
import type { ContainerRuntime } from '../runtime/index.ts';
import { openTaskCgroups } from './hooks/task-cgroup.ts';
import { removeVolumes } from './hooks/volumes.ts';
import { instanceArnIn } from './state/instance-file.ts';
import { TaskFiles } from './state/task-files.ts';

export interface TracesOptions {
  readonly dataDir: string;
  readonly runtime: ContainerRuntime;
  readonly log: Log;
}

/**
 * Removes what the agent of a data directory made in the engine: its containers, pauses included, the volumes that live and die with a
 * task, and the tasks' control groups; then what it remembers of those tasks. The agent must not run.
 */
export async function removeTraces(
  options: TracesOptions,
): Promise<{ readonly containers: number; readonly volumes: number }> {
  const { dataDir, runtime, log } = options;
  const arn = await instanceArnIn(dataDir, log);
  if (arn === undefined) return { containers: 0, volumes: 0 };
  const containers = await runtime.list({ [labels.instance]: arn });
  for (const { id } of containers) await runtime.remove(id);
  const files = await TaskFiles.open(dataDir, log);
  const records = await files.readAll();
  const volumes = records.flatMap((record) => record.taskVolumes);
  await removeVolumes(runtime, volumes);
  const cgroups = await openTaskCgroups(await runtime.info(), '/sys/fs/cgroup', log);
  for (const { state } of records) {
    await cgroups.remove(state.payload);
    await files.remove(state.payload.arn);
  }
  return { containers: containers.length, volumes: volumes.length };
}
