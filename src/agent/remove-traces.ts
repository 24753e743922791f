import { labels } from '../agent-protocol/index.ts';
import { messageOf, Unavailable, type Clock, type Log } from '../kernel/index.ts';
import type { ContainerRuntime } from '../runtime/index.ts';
import { EbsVolumes } from './ebs/task-volumes.ts';
import { pausesLast } from './hooks/pauses-last.ts';
import { openTaskCgroups } from './hooks/task-cgroup.ts';
import { hasDisks, removeVolumes } from './hooks/volumes.ts';
import { instanceArnIn } from './state/instance-file.ts';
import { sleep } from './sleep.ts';
import { TaskFiles } from './state/task-files.ts';

export interface TracesOptions {
  readonly dataDir: string;
  /** Where the data of EBS volumes lives. */
  readonly ebsDirectory: string;
  readonly runtime: ContainerRuntime;
  readonly log: Log;
  readonly clock: Clock;
}

/** What the agent asked the engine to make as it ended may still appear; a look that finds nothing after this pause ends it. */
const quietMs = 1_000;
const maxLooks = 10;

/**
 * Removes what the agent of a data directory made in the engine: its containers, pauses included, the volumes that live and die with a
 * task, the devices of EBS volumes, and the tasks' control groups; then what it remembers of those tasks. The agent must not run.
 */
export async function removeTraces(
  options: TracesOptions,
): Promise<{ readonly containers: number; readonly volumes: number }> {
  const { dataDir, runtime, log, clock } = options;
  const arn = await instanceArnIn(dataDir, log);
  if (arn === undefined) return { containers: 0, volumes: 0 };
  const containers = await removeContainers(options, arn);
  const files = await TaskFiles.open(dataDir, log);
  const records = await files.readAll();
  const volumes = records.flatMap((record) => record.taskVolumes);
  await removeVolumes(runtime, volumes);
  const cgroups = await openTaskCgroups(await runtime.info(), '/sys/fs/cgroup', log);
  const ebs = new EbsVolumes({ directory: options.ebsDirectory, clock, log });
  for (const { state } of records) {
    const { payload } = state;
    try {
      if (hasDisks(payload)) await ebs.detach(payload, { failed: false });
      await cgroups.remove(payload);
      await files.remove(payload.arn);
    } catch (error) {
      // A device that somebody still has mounted must not keep the rest from going.
      log.error('what a task left could not be removed; the next longshore down will try', {
        task: payload.arn,
        error: messageOf(error),
      });
    }
  }
  return { containers, volumes: volumes.length };
}

async function removeContainers({ runtime, clock }: TracesOptions, arn: string): Promise<number> {
  let count = 0;
  for (let look = 0; look < maxLooks; look += 1) {
    const found = await runtime.list({ [labels.instance]: arn });
    if (look > 0 && found.length === 0) return count;
    for (const { id } of pausesLast(found)) await runtime.remove(id);
    count += found.length;
    await sleep(clock, quietMs);
  }
  throw new Unavailable(`containers of ${arn} keep appearing: is an agent of this data directory still running?`);
}
