import type { Clock, Log } from '../../kernel/index.ts';
import { messageOf } from '../../kernel/index.ts';
import type { TaskNetwork } from '../../network/index.ts';
import { limits } from '../limits.ts';

/**
 * Prepares the task network, and tries again in the background, with growing pauses, when that fails. Meanwhile a task that needs it
 * fails with the reason (`attach` tries too); all others run.
 * @returns after the first attempt, how to stop trying
 */
export async function prepareNetwork(
  network: TaskNetwork,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): Promise<() => void> {
  const state = { cancel: () => {}, stopped: false };
  const attempt = async (failures: number): Promise<void> => {
    try {
      await network.prepare();
      if (failures > 0) log.info('the task network is prepared now', { failures });
    } catch (error) {
      if (state.stopped) return;
      const delayMs = Math.min(limits.networkRetryFirstMs * 2 ** failures, limits.networkRetryLongestMs);
      log.error('the task network could not be prepared; awsvpc tasks fail until it is. Trying again', {
        error: messageOf(error),
        delayMs,
      });
      state.cancel = clock.after(delayMs, () => void attempt(failures + 1));
    }
  };
  await attempt(0);
  return () => {
    state.stopped = true;
    state.cancel();
  };
}
