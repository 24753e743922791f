import { formatArn, parseArn } from '../../../kernel/index.ts';
import { providerName } from '../clusters/capacity.ts';
import { clusterArn } from '../records/cluster.ts';
import { containerInstanceArn } from '../records/container-instance.ts';
import type { Scope } from '../records/scope.ts';
import { serviceArn } from '../records/service.ts';
import { taskDefinitionArn, type TaskDefinitionRecord } from '../records/task-definition.ts';
import { taskSetArn } from '../records/task-set.ts';
import { taskArn } from '../records/task.ts';
import { clusterNameOf, findTaskDefinition, parseTaskDefinition, resourceIdOf, type Rows } from '../references.ts';
import { serviceNameOf } from '../services/find-service.ts';

// References as requests have them to the ARNs that policies name, read as the handlers read them. What cannot be a reference keeps its text:
// the handler says what is wrong with it to those who may ask.

export interface AskedCluster {
  readonly name: string;
  readonly arn: string;
}

/** @throws InvalidParameterException for a malformed reference */
export function askedCluster(scope: Scope, reference: string | undefined): AskedCluster {
  const name = clusterNameOf(scope, reference);
  return { name, arn: clusterArn(scope, name) };
}

/** @throws InvalidParameterException for an ARN that is no service's, or of another cluster or region */
export function askedService(scope: Scope, cluster: AskedCluster, reference: string): string {
  const account = parseArn(reference)?.account ?? scope.account;
  return serviceArn({ account, region: scope.region }, cluster.name, serviceNameOf(scope, cluster.name, reference));
}

/** @throws InvalidParameterException for an ARN that is no task's, or of another cluster or region */
export function askedTask(scope: Scope, cluster: AskedCluster, reference: string): string {
  const id = resourceIdOf(scope, { type: 'task', cluster: cluster.name, reference });
  if (id === undefined && reference.startsWith('arn:')) return plainArn(reference);
  return taskArn(scope, cluster.name, id ?? reference);
}

/** @throws InvalidParameterException for an ARN that is no container instance's, or of another cluster or region */
export function askedInstance(scope: Scope, cluster: AskedCluster, reference: string): string {
  const id = resourceIdOf(scope, { type: 'container-instance', cluster: cluster.name, reference });
  if (id === undefined && reference.startsWith('arn:')) return plainArn(reference);
  return containerInstanceArn(scope, cluster.name, id ?? reference);
}

export interface AskedDefinition {
  /** With its revision; without one in the request, that of the latest ACTIVE revision, and `:*` where there is none. */
  readonly arn: string;
  readonly row: TaskDefinitionRecord | undefined;
}

export function askedDefinition(rows: Rows, scope: Scope, reference: string): AskedDefinition {
  const parsed = parseTaskDefinition(scope, reference);
  if (parsed === undefined) {
    const arn = reference.startsWith('arn:') ? plainArn(reference) : definitionArn(scope, reference);
    return { arn, row: undefined };
  }
  const row = findTaskDefinition(rows, scope, reference);
  const revision = parsed.revision ?? row?.revision;
  const { family } = parsed;
  return { arn: revision === undefined ? anyRevision(scope, family) : taskDefinitionArn(scope, family, revision), row };
}

/** Of a family, before the revision is known. */
export function anyRevision(scope: Scope, family: string): string {
  return definitionArn(scope, `${family}:*`);
}

function definitionArn({ account, region }: Scope, name: string): string {
  return formatArn('ecs', region, account, `task-definition/${name}`);
}

/**
 * An ARN as policies write it, for handlers that take what is written otherwise for the same: another partition, a revision with zeros in front.
 * Other text stays.
 */
export function plainArn(text: string): string {
  const arn = parseArn(text);
  if (arn === undefined) return text;
  const [type, name = ''] = arn.resource.split('/');
  const named = type === 'task-definition' ? parseTaskDefinition(arn, name) : undefined;
  if (named?.revision !== undefined) return taskDefinitionArn(arn, named.family, named.revision);
  return formatArn(arn.service, arn.region, arn.account, arn.resource);
}

/** By id or ARN; of an ARN only the id counts. */
export function askedTaskSet(scope: Scope, service: string, reference: string): string {
  const [, cluster = '', name = ''] = parseArn(service)?.resource.split('/') ?? [];
  return taskSetArn(scope, cluster, name, reference.slice(reference.lastIndexOf('/') + 1));
}

/** By name or ARN. */
export function askedProvider({ account, region }: Scope, reference: string): string {
  return formatArn('ecs', region, account, `capacity-provider/${providerName(reference)}`);
}

/** Of an ARN `service-deployment/cluster/service/id` or `service-revision/…`, the service's and the cluster's ARN; undefined for another ARN. */
export function ownersOf(arn: string): { readonly service: string; readonly cluster: string } | undefined {
  const parsed = parseArn(arn);
  const [, cluster, service, id] = parsed?.resource.split('/') ?? [];
  if (parsed === undefined || cluster === undefined || service === undefined || id === undefined) return undefined;
  return { service: serviceArn(parsed, cluster, service), cluster: clusterArn(parsed, cluster) };
}
