import { parseArn } from '../../kernel/index.ts';
import type { Rows } from '../../store/index.ts';
import { clientException, clusterInactive, clusterNotFound, invalidParameter } from './errors.ts';
import { clusterKey, clusters } from './records/cluster.ts';
import type { ClusterRecord } from './records/cluster.ts';
import type { Scope } from './records/scope.ts';
import { families, familyKey, taskDefinitionKey, taskDefinitions } from './records/task-definition.ts';
import type { TaskDefinitionRecord } from './records/task-definition.ts';

export { presentRows, type Rows } from '../../store/index.ts';

/** The name of the cluster a request means when it names none. */
export const defaultCluster = 'default';

const clusterNamePattern = /^[a-zA-Z0-9\-_]{1,255}$/;

/** True for what CreateCluster accepts as a name. */
export function isClusterName(text: string): boolean {
  return clusterNamePattern.test(text);
}

/**
 * The resource part of an ECS ARN of this caller, such as `cluster/web`.
 * @throws InvalidParameterException for text that is no ECS ARN or of another region; `missing()` for another account's
 */
function ownResource(scope: Scope, text: string, missing: () => Error): string {
  const arn = parseArn(text);
  if (arn === undefined || arn.service !== 'ecs') throw invalidParameter('Invalid identifier: Unexpected ARN format');
  if (arn.region !== scope.region) throw invalidParameter('Invalid Region in ARN');
  if (arn.account !== scope.account) throw missing();
  return arn.resource;
}

/**
 * The name of the cluster that a `cluster` parameter means: a name, an ARN, or nothing for `default`. The cluster need not exist.
 * @throws InvalidParameterException when it is neither a name nor a cluster's ARN of this region
 */
export function clusterNameOf(scope: Scope, reference: string | undefined): string {
  if (reference === undefined || reference === '') return defaultCluster;
  if (!reference.startsWith('arn:')) return checkedClusterName(reference);
  const resource = ownResource(scope, reference, clusterNotFound);
  if (!resource.startsWith('cluster/')) throw invalidParameter('Invalid identifier: Unexpected ARN format');
  return checkedClusterName(resource.slice('cluster/'.length));
}

function checkedClusterName(name: string): string {
  if (isClusterName(name)) return name;
  throw invalidParameter(`Cluster must match ${clusterNamePattern.source}, but was ${name}`);
}

/** The cluster, ACTIVE or INACTIVE, or undefined. @throws InvalidParameterException for a malformed reference */
export function findCluster(rows: Rows, scope: Scope, reference: string | undefined): ClusterRecord | undefined {
  return rows.get(clusters, clusterKey(scope, clusterNameOf(scope, reference)));
}

/**
 * The ACTIVE cluster that a `cluster` parameter means. There is no `default` cluster until somebody creates it, as on AWS.
 * @throws ClusterNotFoundException when there is none or it was deleted; InvalidParameterException for a malformed reference
 */
export function activeCluster(rows: Rows, scope: Scope, reference: string | undefined): ClusterRecord {
  const cluster = findCluster(rows, scope, reference);
  if (cluster === undefined) throw clusterNotFound();
  if (cluster.status !== 'ACTIVE') throw clusterInactive();
  return cluster;
}

const resourceIdPattern = /^(?:[0-9a-f]{32}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/;

/**
 * The id of a task or container instance of `cluster`: 32 hexadecimal digits (or an old UUID), or an ARN in the long
 * (`task/cluster/id`) or old (`task/id`) form. Undefined when the text cannot be one: callers answer as for one that is missing.
 * @throws InvalidParameterException for an ARN of another region, resource type or cluster
 */
export function resourceIdOf(
  scope: Scope,
  options: { readonly type: 'task' | 'container-instance'; readonly cluster: string; readonly reference: string },
): string | undefined {
  const { type, cluster, reference } = options;
  if (!reference.startsWith('arn:')) return resourceIdPattern.test(reference) ? reference : undefined;
  const arn = parseArn(reference);
  if (arn === undefined || arn.service !== 'ecs') throw invalidParameter('Invalid identifier: Unexpected ARN format');
  if (arn.region !== scope.region) throw invalidParameter('Invalid Region in ARN');
  const parts = arn.resource.split('/');
  if (parts[0] !== type || parts.length < 2 || parts.length > 3) {
    throw invalidParameter('Invalid identifier: Unexpected ARN format');
  }
  if (arn.account !== scope.account) return undefined;
  if (parts.length === 3 && parts[1] !== cluster) {
    throw invalidParameter(`Invalid identifier: Identifier is for cluster ${parts[1]}. Your cluster is ${cluster}`);
  }
  return parts.at(-1);
}

/** A `taskDefinition` parameter, read: `family`, `family:revision`, or an ARN of either. */
export interface TaskDefinitionReference {
  readonly family: string;
  /** Absent: the latest ACTIVE revision. */
  readonly revision?: number;
}

const taskDefinitionPattern = /^([a-zA-Z0-9\-_]{1,255})(?::([0-9]{1,10}))?$/;

/** Reads a `taskDefinition` parameter; undefined when it is malformed or of another account or region. */
export function parseTaskDefinition(scope: Scope, reference: string): TaskDefinitionReference | undefined {
  const match = taskDefinitionPattern.exec(ownDefinitionName(scope, reference) ?? '');
  if (match === null) return undefined;
  const [, family = '', revision] = match;
  return revision === undefined ? { family } : { family, revision: Number(revision) };
}

function ownDefinitionName(scope: Scope, reference: string): string | undefined {
  if (!reference.startsWith('arn:')) return reference;
  const arn = parseArn(reference);
  if (arn?.service !== 'ecs' || arn.account !== scope.account || arn.region !== scope.region) return undefined;
  return arn.resource.startsWith('task-definition/') ? arn.resource.slice('task-definition/'.length) : undefined;
}

/** The revision meant, in any status, or undefined. `family` alone means its latest ACTIVE revision. */
export function findTaskDefinition(rows: Rows, scope: Scope, reference: string): TaskDefinitionRecord | undefined {
  const parsed = parseTaskDefinition(scope, reference);
  if (parsed === undefined) return undefined;
  const revision = parsed.revision ?? rows.get(families, familyKey(scope, parsed.family))?.latestActive ?? 0;
  return rows.get(taskDefinitions, taskDefinitionKey(scope, parsed.family, revision));
}

/** For DescribeTaskDefinition: any status. @throws ClientException when there is none */
export function describedTaskDefinition(rows: Rows, scope: Scope, reference: string): TaskDefinitionRecord {
  const found = findTaskDefinition(rows, scope, reference);
  if (found === undefined) throw clientException('Unable to describe task definition.');
  return found;
}

/**
 * For RunTask, StartTask and services: an ACTIVE revision.
 * @throws ClientException when there is none; InvalidParameterException when it was deregistered or the ARN is of another region
 */
export function runnableTaskDefinition(rows: Rows, scope: Scope, reference: string): TaskDefinitionRecord {
  const arn = parseArn(reference);
  if (arn !== undefined && arn.region !== scope.region) throw invalidParameter('Invalid Region in ARN');
  const found = findTaskDefinition(rows, scope, reference);
  if (found === undefined) throw clientException('TaskDefinition not found.');
  if (found.status !== 'ACTIVE') throw invalidParameter('TaskDefinition is inactive');
  return found;
}
