import { messageOf } from '../../../kernel/index.ts';
import { EcrPullFailed } from '../../ecr/ecr-images.ts';
import type { PullTimes } from '../../engine/index.ts';
import { pullImage } from '../pull-image.ts';
import type { TaskRunner } from '../task-runner.ts';
import { retryWhileDown } from './engine-failures.ts';
import type { ActionOf, Events } from './step.ts';

export async function pull(runner: TaskRunner, { container }: ActionOf<'pull'>): Events {
  const { clock } = runner.parts;
  const startedAtMs = clock.nowMs();
  const times = (): PullTimes => ({ startedAtMs, stoppedAtMs: clock.nowMs() });
  try {
    const image = await retryWhileDown(runner, () => pullImage(runner, container));
    return [{ kind: 'pulled', container, ...image, pull: times() }];
  } catch (error) {
    const failure = error instanceof EcrPullFailed ? error.failure : { reason: messageOf(error) };
    return [{ kind: 'containerFailed', container, ...failure, pull: times() }];
  }
}
