import { messageOf } from '../../../kernel/index.ts';
import { interfaceOf, writeNameFiles } from '../../hooks/interfaces.ts';
import type { Pause } from '../../hooks/pause-pool.ts';
import { startTaskProxy } from '../../hooks/task-proxies.ts';
import type { TaskRunner } from '../task-runner.ts';
import type { Events } from './step.ts';

export async function attachNetwork(runner: TaskRunner): Events {
  const { pause } = runner.record;
  try {
    if (pause === undefined) throw new Error('the task has no pause container');
    // A pause made for its interface came with its names.
    const names = runner.parts.network.capabilities.anyPause
      ? writeNameFiles(runner.payload, pause, runner.log)
      : undefined;
    await Promise.all([attachOnce(runner, pause), names, startTaskProxy(runner)]);
    return [{ kind: 'networkAttached' }];
  } catch (error) {
    return [{ kind: 'networkFailed', reason: `ContainerNetworkingError: ${messageOf(error)}` }];
  }
}

/** An interface that was announced is wired, or being wired, already. */
async function attachOnce(runner: TaskRunner, pause: Pause): Promise<void> {
  const { announced } = runner;
  if ((await announced?.attached) !== true) return runner.parts.network.attach(interfaceOf(runner.payload), pause);
  if (announced?.reported === true) runner.attachedIsKnown();
}
