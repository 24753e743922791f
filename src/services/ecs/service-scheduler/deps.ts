import type { DeploymentAlarms } from '../ports.ts';
import type { TaskDeps } from '../tasks/deps.ts';
import type { SchedulerSettings } from './settings.ts';

/** What the service scheduler stands on. */
export interface SchedulerDeps extends TaskDeps {
  readonly alarms: DeploymentAlarms;
  readonly settings: SchedulerSettings;
}
