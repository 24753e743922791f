import { formatArn } from '../../../kernel/index.ts';
import type { DeploymentConfiguration } from '../../../protocol/generated/ecs.ts';
import type { TableSpec } from '../../../store/index.ts';
import type { Scope } from './scope.ts';
import { ofService, serviceRevisionKey } from './service-revision.ts';

export type ServiceDeploymentStatus =
  | 'PENDING'
  | 'IN_PROGRESS'
  | 'SUCCESSFUL'
  | 'STOPPED'
  | 'STOP_REQUESTED'
  | 'ROLLBACK_REQUESTED'
  | 'ROLLBACK_IN_PROGRESS'
  | 'ROLLBACK_SUCCESSFUL'
  | 'ROLLBACK_FAILED';

/** In order; a rolling update has none of them. https://docs.aws.amazon.com/AmazonECS/latest/developerguide/blue-green-deployment-how-it-works.html */
export const lifecycleStages = [
  'RECONCILE_SERVICE',
  'PRE_SCALE_UP',
  'SCALE_UP',
  'POST_SCALE_UP',
  'TEST_TRAFFIC_SHIFT',
  'POST_TEST_TRAFFIC_SHIFT',
  'PRE_PRODUCTION_TRAFFIC_SHIFT',
  'PRODUCTION_TRAFFIC_SHIFT',
  'POST_PRODUCTION_TRAFFIC_SHIFT',
  'BAKE_TIME',
  'CLEAN_UP',
] as const;
export type LifecycleStage = (typeof lifecycleStages)[number];

/** A revision that takes part in a deployment, and what is asked of it. */
export interface RevisionShare {
  readonly revisionId: string;
  readonly requestedTaskCount: number;
  /** Percent, for deployments that shift traffic. */
  readonly productionTrafficWeight?: number;
  readonly testTrafficWeight?: number;
}

/** A lifecycle hook that was called, or a pause that waits for ContinueServiceDeployment. */
export interface HookRun {
  /** The `hookId` of ContinueServiceDeployment: `ecs-`, the type of the hook, and what it is for. */
  readonly id: string;
  /** Its place in `deploymentConfiguration.lifecycleHooks`. */
  readonly hook: number;
  readonly stage: LifecycleStage;
  readonly status: 'AWAITING_ACTION' | 'IN_PROGRESS' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT';
  readonly startedAtMs: number;
  readonly expiresAtMs: number;
  /** When an IN_PROGRESS hook is called again. */
  readonly nextCallAtMs?: number;
  /** What the hook gave along for its next call, in place of the configuration's `hookDetails`. */
  readonly details?: unknown;
  /** Why it FAILED, where it did not say so itself. */
  readonly reason?: string;
}

/**
 * One deployment of a service from its start to its end, kept after it ended.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceDeployment.html
 */
export interface ServiceDeploymentRecord extends Scope {
  readonly cluster: string;
  readonly service: string;
  readonly incarnation: string;
  /** 19 digits. */
  readonly id: string;
  readonly status: ServiceDeploymentStatus;
  readonly statusReason?: string;
  /** Those that ran when it began. */
  readonly sources: readonly RevisionShare[];
  readonly target: RevisionShare;
  /** As it was when it began. */
  readonly deploymentConfiguration: DeploymentConfiguration;
  readonly lifecycleStage?: LifecycleStage;
  /** When the stage began; of a canary or linear shift, the present step of it. */
  readonly stageStartedAtMs?: number;
  /** Step of the shift of production traffic, from 0; absent before it. */
  readonly shiftStep?: number;
  /** Those that are open, and the last ones that ended. */
  readonly hooks: readonly HookRun[];
  /** Failures that count towards the circuit breaker's threshold. */
  readonly failureCount: number;
  readonly circuitBreaker: 'DISABLED' | 'MONITORING' | 'MONITORING_COMPLETE' | 'TRIGGERED';
  readonly alarms: 'DISABLED' | 'MONITORING' | 'MONITORING_COMPLETE' | 'TRIGGERED';
  readonly triggeredAlarmNames: readonly string[];
  readonly rollback?: { readonly reason: string; readonly startedAtMs: number; readonly revisionId: string };
  readonly createdAtMs: number;
  readonly startedAtMs?: number;
  readonly finishedAtMs?: number;
  readonly stoppedAtMs?: number;
  readonly updatedAtMs: number;
}

/** Are its hooks called: as it goes forward, or back? */
export function callsHooks({ status }: Pick<ServiceDeploymentRecord, 'status'>): boolean {
  return status === 'IN_PROGRESS' || status === 'ROLLBACK_IN_PROGRESS';
}

export function serviceDeploymentKey(
  of: Scope & { readonly cluster: string; readonly service: string; readonly incarnation: string },
  id: string,
): string {
  return `/ecs/service-deployment/${of.account}/${of.region}/${of.cluster}/${of.service}/${of.incarnation}/${id}`;
}

export function serviceDeploymentArn(scope: Scope, cluster: string, service: string, id: string): string {
  return formatArn('ecs', scope.region, scope.account, `service-deployment/${cluster}/${service}/${id}`);
}

const dayMs = 86_400_000;

/** The day a service deployment ended on, as the index value under which the clean-up finds it. */
export function endedDay(finishedAtMs: number): string {
  return String(Math.floor(finishedAtMs / dayMs));
}

/** The service revisions that a deployment tells of. */
export function revisionIdsOf({ target, sources, rollback }: ServiceDeploymentRecord): readonly string[] {
  const ids = [target.revisionId, ...sources.map(({ revisionId }) => revisionId)];
  return [...new Set(rollback === undefined ? ids : [...ids, rollback.revisionId])];
}

type ServiceDeploymentIndex = 'service' | 'serviceStatus' | 'calling' | 'endedDay' | 'revision';

export const serviceDeployments: TableSpec<ServiceDeploymentRecord, ServiceDeploymentIndex> = {
  prefix: '/ecs/service-deployment/',
  indexes: {
    service: ofService,
    serviceStatus: (row) => `${ofService(row)}/${row.status}`,
    /** Those with hooks to call, over all accounts. */
    calling: (row) => (callsHooks(row) && row.hooks.some(({ status }) => status === 'IN_PROGRESS') ? 'all' : undefined),
    /** Over all accounts. */
    endedDay: (row) => (row.finishedAtMs === undefined ? undefined : endedDay(row.finishedAtMs)),
    /** By service revision: which of them a deployment still tells of. */
    revision: (row) => revisionIdsOf(row).map((id) => serviceRevisionKey(row, id)),
  },
};
