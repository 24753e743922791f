import { parseArn } from '../../../kernel/index.ts';
import type { Transaction } from '../../../store/index.ts';
import { clusterNotFound, invalidParameter, notImplemented, resourceNotFound } from '../errors.ts';
import { clusterKey, clusters } from '../records/cluster.ts';
import { containerInstanceKey, containerInstances } from '../records/container-instance.ts';
import type { Scope, Tag } from '../records/scope.ts';
import { serviceKey, services } from '../records/service.ts';
import { taskDefinitionKey, taskDefinitions } from '../records/task-definition.ts';
import { taskKey, tasks } from '../records/task.ts';
import { parseTaskDefinition } from '../references.ts';
import type { Rows } from '../references.ts';
import { definitionNotFound } from '../task-definitions/missing.ts';

/** The tags of one resource, and how to put others in their place in a transaction. */
export interface Tagged {
  readonly tags: readonly Tag[];
  replace(tx: Transaction, tags: readonly Tag[]): void;
}

type Finder = (rows: Rows, scope: Scope, resource: string) => Tagged;

/** By the first part of the ARN's resource. */
const finders: ReadonlyMap<string, Finder> = new Map([
  ['cluster', taggedCluster],
  ['task-definition', taggedDefinition],
  ['task', taggedTask],
  ['container-instance', taggedInstance],
  ['service', taggedService],
]);

/** Resources of ECS that can have tags on AWS and do not exist here yet. */
const laterTypes = ['task-set', 'capacity-provider', 'service-deployment', 'service-revision', 'daemon'];

/**
 * The resource that TagResource and its siblings mean.
 * @throws InvalidParameterException for what is no long ARN of this region; the resource's own not-found error
 */
export function findTagged(rows: Rows, scope: Scope, resourceArn: string): Tagged {
  const arn = parseArn(resourceArn);
  if (arn === undefined || arn.service !== 'ecs') throw invalidParameter(`Invalid ARN: ${resourceArn}`);
  if (arn.region !== scope.region) throw invalidParameter('Invalid Region in ARN');
  const type = arn.resource.split('/', 1)[0] ?? '';
  if (laterTypes.includes(type)) throw notImplemented(`Tagging a resource of type ${type}`);
  const finder = finders.get(type);
  if (finder === undefined) throw invalidParameter(`Resource type '${type}' cannot be tagged`);
  if (arn.account !== scope.account) throw resourceNotFound(`The specified resource was not found: ${resourceArn}`);
  return finder(rows, scope, arn.resource.slice(type.length + 1));
}

function taggedCluster(rows: Rows, scope: Scope, name: string): Tagged {
  const key = clusterKey(scope, name);
  const row = rows.get(clusters, key);
  if (row === undefined) throw clusterNotFound();
  if (row.status !== 'ACTIVE') {
    throw invalidParameter('The specified cluster is inactive. Specify an active cluster and try again.');
  }
  return { tags: row.tags, replace: (tx, tags) => tx.put(clusters, key, { ...row, tags }) };
}

function taggedDefinition(rows: Rows, scope: Scope, name: string): Tagged {
  const reference = parseTaskDefinition(scope, name);
  const key = taskDefinitionKey(scope, reference?.family ?? '', reference?.revision ?? 0);
  const row = rows.get(taskDefinitions, key);
  if (row === undefined) throw invalidParameter(definitionNotFound);
  return { tags: row.tags, replace: (tx, tags) => tx.put(taskDefinitions, key, { ...row, tags }) };
}

/** The cluster and id of the long format. @throws InvalidParameterException for the old one, which has no cluster */
function longParts(resource: string): readonly [cluster: string, id: string] {
  const [cluster, id, ...more] = resource.split('/');
  if (cluster === undefined || id === undefined || more.length > 0) {
    throw invalidParameter('Long arn format must be used for tagging operations');
  }
  return [cluster, id];
}

function taggedTask(rows: Rows, scope: Scope, resource: string): Tagged {
  const key = taskKey(scope, ...longParts(resource));
  const row = rows.get(tasks, key);
  if (row === undefined)
    throw invalidParameter('The specified task was not found. Specify a valid task and try again.');
  return { tags: row.tags, replace: (tx, tags) => tx.put(tasks, key, { ...row, tags }) };
}

function taggedInstance(rows: Rows, scope: Scope, resource: string): Tagged {
  const key = containerInstanceKey(scope, ...longParts(resource));
  const row = rows.get(containerInstances, key);
  if (row === undefined || row.status === 'INACTIVE') {
    throw invalidParameter(
      'The specified container instance was not found. Specify a valid container instance and try again.',
    );
  }
  return { tags: row.tags, replace: (tx, tags) => tx.put(containerInstances, key, { ...row, tags }) };
}

function taggedService(rows: Rows, scope: Scope, resource: string): Tagged {
  const key = serviceKey(scope, ...longParts(resource));
  const row = rows.get(services, key);
  if (row === undefined || row.status === 'INACTIVE')
    throw invalidParameter('The specified service was not found. Specify a valid service and try again.');
  return { tags: row.tags, replace: (tx, tags) => tx.put(services, key, { ...row, tags }) };
}
