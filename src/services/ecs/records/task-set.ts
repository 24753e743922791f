import { formatArn } from '../../../kernel/index.ts';
import type { LoadBalancers, NetworkConfiguration } from '../../../protocol/generated/ecs.ts';
import type { TableSpec } from '../../../store/index.ts';
import type { StrategyItem } from './cluster.ts';
import type { Scope, Tag } from './scope.ts';
import type { TaskRegistry } from './task.ts';
import { ofService } from './service-revision.ts';

/**
 * A share of a service whose deployments somebody else decides (controllers EXTERNAL and CODE_DEPLOY). Its tasks are those whose `startedBy` is its id.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TaskSet.html
 */
export interface TaskSetRecord extends Scope {
  readonly cluster: string;
  readonly service: string;
  readonly incarnation: string;
  /** `ecs-svc/` and 19 digits. */
  readonly id: string;
  /** CODE_DEPLOY for those a deployment of CodeDeploy made; absent for EXTERNAL. */
  readonly startedBy?: string;
  readonly externalId?: string;
  readonly status: 'PRIMARY' | 'ACTIVE' | 'DRAINING';
  readonly family: string;
  readonly revision: number;
  readonly launchType?: 'EC2' | 'FARGATE' | 'EXTERNAL';
  readonly capacityProviderStrategy: readonly StrategyItem[];
  readonly platformVersion?: string;
  readonly platformFamily?: string;
  readonly networkConfiguration?: NetworkConfiguration;
  readonly loadBalancers: LoadBalancers;
  /** The Cloud Map service that its tasks register with; absent: none. */
  readonly registry?: TaskRegistry;
  /** Percent of the service's desired count. */
  readonly scalePercent: number;
  readonly stabilityStatus: 'STEADY_STATE' | 'STABILIZING';
  readonly stabilityStatusAtMs: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly tags: readonly Tag[];
}

export function taskSetKey(
  of: Scope & { readonly cluster: string; readonly service: string; readonly incarnation: string },
  id: string,
): string {
  return `/ecs/task-set/${of.account}/${of.region}/${of.cluster}/${of.service}/${of.incarnation}/${id}`;
}

export function taskSetArn(scope: Scope, cluster: string, service: string, id: string): string {
  return formatArn('ecs', scope.region, scope.account, `task-set/${cluster}/${service}/${id}`);
}

/** The ARN that a key of the table stands for. */
export function taskSetArnOfKey(key: string): string {
  const [, , , account = '', region = '', cluster = '', service = '', , , id = ''] = key.split('/');
  return taskSetArn({ account, region }, cluster, service, id);
}

export const taskSets: TableSpec<TaskSetRecord, 'service'> = {
  prefix: '/ecs/task-set/',
  indexes: { service: ofService },
};
