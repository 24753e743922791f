import type { Draft } from '../service-scheduler/decision.ts';
import { advanceRolling, completeRolling } from './rolling.ts';
import { primaryOf } from './rollouts.ts';

/**
 * Moves the deployment in progress on, before tasks are decided. Each strategy has a file of its own; the API refuses those that have none yet
 * (services/deployment-configuration).
 */
export function advanceDeployment(draft: Draft): void {
  const primary = primaryOf(draft.service);
  if (primary === undefined || draft.service.status !== 'ACTIVE') return;
  if (isRolling(draft)) advanceRolling(draft, primary);
}

/** Every task that is wanted runs and is healthy, and nothing else is to run. */
export function completeDeployment(draft: Draft): void {
  const primary = primaryOf(draft.service);
  // A rollback shows before it completes, even where everything is still in place.
  if (primary?.id !== primaryOf(draft.view.service)?.id) return;
  if (primary?.rolloutState === 'IN_PROGRESS' && isRolling(draft)) completeRolling(draft, primary);
}

function isRolling({ service }: Draft): boolean {
  return (service.deploymentConfiguration.strategy ?? 'ROLLING') === 'ROLLING';
}
