import type { EpochMs } from '../../kernel/index.ts';
import type { PayloadContainer } from '../../agent-protocol/index.ts';
import type { ContainerState } from './task-state.ts';

/** AWS's restartAttemptPeriod when the definition gives none, in seconds. */
const defaultAttemptPeriodSeconds = 300;

/**
 * Is a container that just ended to be started again in place?
 * Not when it is to stop, when its exit code is unknown or ignored, nor when it ran for less than restartAttemptPeriod.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/container-restart-policy.html
 */
export function wantsRestart(
  definition: PayloadContainer,
  state: ContainerState,
  ended: { readonly exitCode?: number; readonly atMs: EpochMs },
): boolean {
  const policy = definition.restartPolicy;
  if (policy?.enabled !== true || state.desired === 'STOPPED' || state.startedAtMs === undefined) return false;
  if (ended.exitCode === undefined || (policy.ignoredExitCodes ?? []).includes(ended.exitCode)) return false;
  const periodMs = (policy.restartAttemptPeriod ?? defaultAttemptPeriodSeconds) * 1000;
  return ended.atMs - state.startedAtMs >= periodMs;
}
