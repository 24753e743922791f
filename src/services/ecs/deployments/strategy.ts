import type { DeploymentConfiguration } from '../../../protocol/generated/ecs.ts';
import type { Draft } from '../service-scheduler/decision.ts';
import type { Judged } from '../service-scheduler/health.ts';
import { isOpen } from './hook-runs.ts';
import { advanceRolling, completeRolling } from './rolling.ts';
import { primaryOf } from './rollouts.ts';
import { advanceShifting } from './shifting.ts';

/** Does the strategy keep two revisions beside one another and shift traffic between them? */
export function shiftsTraffic({ strategy }: Pick<DeploymentConfiguration, 'strategy'>): boolean {
  return strategy === 'BLUE_GREEN' || strategy === 'LINEAR' || strategy === 'CANARY';
}

/** Is a deployment in progress, or on its way back, that shifts traffic? As it was configured when it began. */
export function isShifting(draft: Draft): boolean {
  const primary = primaryOf(draft.service);
  if (primary?.rolloutState !== 'IN_PROGRESS' || draft.service.status !== 'ACTIVE') return false;
  const row = draft.serviceDeployment(primary.serviceDeploymentId);
  return row !== undefined && shiftsTraffic(row.deploymentConfiguration);
}

/** Moves the deployment in progress on, before tasks are decided. Each kind of strategy has a file of its own. */
export function advanceDeployment(draft: Draft, judged: readonly Judged[]): void {
  const primary = primaryOf(draft.service);
  if (primary === undefined || draft.service.status !== 'ACTIVE') return;
  if (isShifting(draft)) advanceShifting(draft, primary, judged);
  else advanceRolling(draft, primary);
}

/** Every task that is wanted runs and is healthy, and nothing else is to run. */
export function completeDeployment(draft: Draft): void {
  const primary = primaryOf(draft.service);
  // A rollback shows before it completes, even where everything is still in place.
  if (primary?.id !== primaryOf(draft.view.service)?.id) return;
  if (primary?.rolloutState !== 'IN_PROGRESS') return;
  const row = draft.serviceDeployment(primary.serviceDeploymentId);
  const back = row?.status === 'ROLLBACK_IN_PROGRESS';
  if (back && row.hooks.some(isOpen)) return;
  // Going forward, the last stage completes a deployment that shifts traffic.
  if (back || !isShifting(draft)) completeRolling(draft, primary);
}
