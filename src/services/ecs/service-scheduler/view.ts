import type { EpochMs } from '../../../kernel/index.ts';
import type { TargetGroupWeight, TargetHealthFacts } from '../ports.ts';
import type { ServiceDeploymentRecord } from '../records/service-deployment.ts';
import type { ServiceRevisionRecord } from '../records/service-revision.ts';
import type { ServiceRecord } from '../records/service.ts';
import type { TaskSetRecord } from '../records/task-set.ts';
import type { TaskTarget } from '../records/task.ts';
import type { SchedulerSettings } from './settings.ts';
import type { TaskFacts } from './task-facts.ts';

/** A target that a task should be, and what its group says of it. */
export interface WantedTarget extends TaskTarget {
  /** Nobody can register it: its group is gone. */
  readonly lost?: true;
  /** Absent: it is not in the group. */
  readonly health?: TargetHealthFacts;
}

export interface ViewedTask extends TaskFacts {
  /** Its container instance is DRAINING; of FARGATE never. */
  readonly onDrainingInstance: boolean;
  /** Every target it should be while it runs. Empty before it has an address and ports. */
  readonly wantedTargets: readonly WantedTarget[];
}

/** A container instance as DAEMON needs it. */
export interface ViewedInstance {
  readonly key: string;
  readonly connected: boolean;
  /** ACTIVE, and meets what task definition and service ask of it, room aside. */
  readonly takesTasks: boolean;
}

/** Everything that deciding about a service may look at. */
export interface ServiceView {
  readonly service: ServiceRecord;
  /** Of its deployments and of the one that completed last, by id; what its task sets run, by the id of the set. */
  readonly revisions: ReadonlyMap<string, ServiceRevisionRecord>;
  /** Of its deployments, by id. */
  readonly serviceDeployments: ReadonlyMap<string, ServiceDeploymentRecord>;
  /** Of a service whose deployments somebody else decides; else empty. */
  readonly taskSets: readonly TaskSetRecord[];
  /** Live tasks, and those that ended and were not taken note of. */
  readonly tasks: readonly ViewedTask[];
  /** Only for DAEMON. */
  readonly instances: readonly ViewedInstance[];
  /** Availability zones that tasks of the PRIMARY may be in, for balance. */
  readonly zones: readonly string[];
  /**
   * While a deployment shifts traffic: what its rules, and those of the revision it came from, send where. A rule that is gone, or does not forward, or
   * whose groups are gone, is absent.
   */
  readonly traffic: ReadonlyMap<string, readonly TargetGroupWeight[]>;
  /** Names of the service's deployment alarms that are in ALARM. */
  readonly alarming: readonly string[];
  readonly nowMs: EpochMs;
  readonly settings: SchedulerSettings;
  /** 19 digits that nothing has yet, for a rollback that needs a deployment of its own. */
  readonly newId: string;
}

/** What the tasks of a deployment or task set run. */
export function revisionOf(
  { service, revisions }: Pick<ServiceView, 'service' | 'revisions'>,
  startedBy: string,
): ServiceRevisionRecord | undefined {
  return revisions.get(service.deployments.find(({ id }) => id === startedBy)?.revisionId ?? startedBy);
}
