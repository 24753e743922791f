import { messageOf } from '../../../kernel/index.ts';
import { hasOwnInterface } from '../../engine/index.ts';
import { takePause } from '../../hooks/interfaces.ts';
import { makeVolumes } from '../../hooks/volumes.ts';
import { openLogsEarly } from '../open-logs.ts';
import { fetchSecrets } from '../task-secrets.ts';
import type { TaskRunner } from '../task-runner.ts';
import { attachDisks } from './disks.ts';
import { durable } from './durable.ts';
import { engineText, retryWhileDown } from './engine-failures.ts';
import { located } from './located.ts';
import type { Events } from './step.ts';

/** Log streams, secrets, volumes, cgroup and pause containers, all at once. */
export async function prepare(runner: TaskRunner): Events {
  const { runtime, cgroups } = runner.parts;
  for (const container of runner.payload.containers) openLogsEarly(runner, container.name);
  const parts: readonly Promise<unknown>[] = [
    fetchSecrets(runner),
    step("CgroupError: Agent could not create task's platform resources", async () => {
      runner.cgroupParent = await cgroups.make(runner.payload);
    }),
    step("VolumeError: Agent could not create task's volume resources", () =>
      retryWhileDown(runner, () => makeVolumes(runtime, runner.payload)),
    ),
    located(runner),
    attachDisks(runner),
    step('ContainerNetworkingError: could not make the pause container of the task', () =>
      retryWhileDown(runner, () => takePauses(runner)),
    ),
  ];
  const failed = (await Promise.allSettled(parts)).find((result) => result.status === 'rejected');
  if (failed !== undefined) return [{ kind: 'prepareFailed', reason: messageOf(failed.reason) }];
  // On disk before the first container starts; the start waits for it, creating does not.
  void durable(runner);
  return [{ kind: 'prepared' }];
}

async function step(failure: string, run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    throw new Error(`${failure}: ${engineText(error)}`);
  }
}

async function takePauses(runner: TaskRunner): Promise<void> {
  const { pauses, network, interfaces } = runner.parts;
  const { payload, record } = runner;
  if (hasOwnInterface(payload) && record.pause === undefined) {
    runner.announced = interfaces.take(payload.arn);
    runner.holdPause((await runner.announced?.pause) ?? (await takePause({ pauses, network }, payload)));
  }
  if ((payload.pidMode === 'task' || payload.ipcMode === 'task') && record.namespacePause === undefined)
    runner.holdNamespacePause(await pauses.makeNamespaceHolder(payload.arn, payload.ipcMode === 'task'));
}
