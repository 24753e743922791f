import type { ListTasksRequest } from '../../../protocol/generated/ecs.ts';
import type { TableSpec } from '../../../store/index.ts';
import { invalidParameter, serviceNotFound } from '../errors.ts';
import { scopeOf } from '../handlers/clusters-and-definitions-deps.ts';
import { listedPage, nextToken, pagePosition } from '../paging.ts';
import { containerInstanceKey } from '../records/container-instance.ts';
import type { Scope } from '../records/scope.ts';
import { taskArn, tasks, type TaskRecord } from '../records/task.ts';
import { activeCluster, presentRows, resourceIdOf } from '../references.ts';
import { findService } from '../services/find-service.ts';
import type { EcsHandler, TaskDeps } from '../tasks/deps.ts';

type TaskIndex = typeof tasks extends TableSpec<TaskRecord, infer Index> ? Index : never;

/** Where the tasks of a request are found without reading others, and what is left to check of each. */
interface Lookup {
  readonly index: TaskIndex;
  readonly value: string;
  readonly keep: (task: TaskRecord) => boolean;
}

/** Rows read for one page of a request that combines filters; past it the page ends early and the next token goes on. */
const maxRead = 1_000;

/**
 * At most one filter beside the cluster and desiredStatus has an index of its own; a request that combines two reads the one with fewer
 * rows and checks the other, a bounded number a page.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListTasks.html
 */
export function listTasks({ db }: TaskDeps): EcsHandler<'ListTasks'> {
  return (input, context) => {
    const scope = scopeOf(context);
    const cluster = activeCluster(presentRows(db), scope, input.cluster);
    const table = db.table(tasks);
    const service = serviceOf(db, scope, { cluster: cluster.name, reference: input.serviceName });
    const lookups = filters(input, scope, { cluster: cluster.name, service });
    const lookup = lookups.reduce((best, one) =>
      table.count(one.index, one.value) < table.count(best.index, best.value) ? one : best,
    );
    const rest = lookups.filter((one) => one !== lookup);
    const list = `ListTasks:${JSON.stringify({ ...input, cluster: cluster.name, maxResults: undefined, nextToken: undefined })}`;
    const position = pagePosition(input, list);
    const arns: string[] = [];
    let after = position.after;
    for (let read = 0; ;) {
      const page = listedPage(table, lookup, {
        limit: Math.min(position.limit - arns.length, maxRead - read),
        ...(after === undefined ? {} : { after }),
      });
      read += page.rows.length;
      for (const { row } of page.rows)
        if (rest.every((one) => one.keep(row))) arns.push(taskArn(row, row.cluster, row.id));
      after = page.next;
      if (after === undefined || arns.length >= position.limit || read >= maxRead) break;
    }
    return { taskArns: arns, ...nextToken(list, after) };
  };
}

/** The name of the service asked for, whatever its status: a deleted one may have tasks that still stop. @throws ServiceNotFoundException */
function serviceOf(
  db: TaskDeps['db'],
  scope: Scope,
  { cluster, reference }: { readonly cluster: string; readonly reference: string | undefined },
): string | undefined {
  if (reference === undefined) return undefined;
  const found = findService(presentRows(db), scope, cluster, reference);
  if (found === undefined) throw serviceNotFound();
  return found.name;
}

function filters(
  input: ListTasksRequest,
  scope: Scope,
  { cluster, service }: { readonly cluster: string; readonly service: string | undefined },
): readonly [Lookup, ...Lookup[]] {
  const desired = input.desiredStatus ?? 'RUNNING';
  const home = `${scope.account}/${scope.region}/${cluster}`;
  const { containerInstance, family, serviceName, startedBy, launchType } = input;
  const other = Object.entries({ containerInstance, family, serviceName, launchType }).find(
    ([, given]) => given !== undefined,
  );
  if (startedBy !== undefined && other !== undefined) {
    throw invalidParameter(`startedBy must be the only filter, but ${other[0]} was given too.`);
  }
  const found: Lookup[] = [];
  const add = (index: TaskIndex, value: string, keep: (task: TaskRecord) => boolean): void => {
    found.push({ index, value: `${value}/${desired}`, keep });
  };
  if (containerInstance !== undefined) {
    const id = resourceIdOf(scope, { type: 'container-instance', cluster, reference: containerInstance });
    if (id === undefined) throw invalidParameter('The referenced container instance was not found.');
    const key = containerInstanceKey(scope, cluster, id);
    add('instanceDesired', key, (task) => task.instanceKey === key && task.launchType !== 'FARGATE');
  }
  if (startedBy !== undefined) add('startedByDesired', `${home}/${startedBy}`, (task) => task.startedBy === startedBy);
  if (service !== undefined) add('serviceDesired', `${home}/${service}`, (task) => task.group === `service:${service}`);
  if (family !== undefined) add('familyDesired', `${home}/${family}`, (task) => task.family === family);
  if (launchType !== undefined)
    add('launchTypeDesired', `${home}/${launchType}`, (task) => task.launchType === launchType);
  const all: Lookup = { index: 'clusterDesired', value: `${home}/${desired}`, keep: () => true };
  const [first = all, ...others] = found;
  return [first, ...others];
}
