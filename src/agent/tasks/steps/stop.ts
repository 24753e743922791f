import { containerOf } from '../../engine/index.ts';
import { limits } from '../../limits.ts';
import { sleep } from '../../sleep.ts';
import { observe } from '../observe.ts';
import type { TaskRunner } from '../task-runner.ts';
import { engineText } from './engine-failures.ts';
import type { ActionOf, Events } from './step.ts';

export async function stop(runner: TaskRunner, { container, timeoutSeconds }: ActionOf<'stop'>): Events {
  const { runtime, clock } = runner.parts;
  const dockerId = containerOf(runner.state, container)?.dockerId ?? '';
  let last = 'still running';
  for (let attempt = 1; attempt <= limits.stopAttempts; attempt += 1) {
    try {
      if (attempt < 3) await runtime.stop(dockerId, timeoutSeconds);
      else await runtime.kill(dockerId, 'SIGKILL');
    } catch (error) {
      last = engineText(error);
      runner.log.warn('a container could not be stopped, will look and try again', { container, error: last });
    }
    const events = await observe(runner, container);
    if (containerOf(runner.state, container)?.known === 'STOPPED' || events.some((event) => event.kind === 'exited'))
      return events;
    await sleep(clock, limits.engineRetryMs);
  }
  return [{ kind: 'stopFailed', container, reason: `CannotStopContainerError: ${last}` }];
}
