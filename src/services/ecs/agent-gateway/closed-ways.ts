import {
  closedWayPath,
  destinationText,
  readDestination,
  type ClosedWay,
  type Destination,
} from '../../../agent-protocol/index.ts';
import { parseArn } from '../../../kernel/index.ts';
import { ApiError, type OwnRoute, type RequestContext } from '../../../protocol/api/index.ts';
import type { Database } from '../../../store/index.ts';
import { ask } from '../authorization/ask.ts';
import type { TaskWays } from '../ports.ts';
import { clusterArn } from '../records/cluster.ts';
import { containerInstanceArn, containerInstances } from '../records/container-instance.ts';
import type { TaskDefinitionRecord } from '../records/task-definition.ts';
import { taskKey, tasks, type TaskRecord } from '../records/task.ts';
import { presentRows } from '../references.ts';
import { reportedTask } from '../tasks/reported-task.ts';
import { taskDestinations } from './task-destinations.ts';

/** What a FARGATE task needs and cannot reach now; undefined: nothing. Of tasks on instances, the machine's own network carries it. */
export function closedWays(
  task: TaskRecord,
  definition: TaskDefinitionRecord,
  ways: TaskWays,
): readonly ClosedWay[] | undefined {
  if (!usesOwnInterface(task)) return undefined;
  const closed = closedOf(task, taskDestinations(task, definition), ways);
  return closed.length === 0 ? undefined : closed;
}

function usesOwnInterface({ launchType, attachment }: TaskRecord): boolean {
  return launchType === 'FARGATE' && attachment !== undefined;
}

function closedOf(task: TaskRecord, destinations: readonly Destination[], ways: TaskWays): readonly ClosedWay[] {
  const found = ways(task, task.attachment?.networkInterfaceId ?? '', destinations);
  return destinations.flatMap((destination, at) => {
    const way = found[at];
    if (way === undefined || way.reachable) return [];
    return [{ to: destinationText(destination), dial: way.dial, because: way.because }];
  });
}

/** An agent asks again whether a way is closed that was when the task was sent to it: routes and rules may have changed. */
export function closedWayRoute({ db, ways }: { readonly db: Database; readonly ways: TaskWays }): OwnRoute {
  return {
    path: closedWayPath,
    signingName: 'ecs',
    answer(query, context) {
      const task = taskOfCaller(db, query.get('task') ?? '', context);
      const text = query.get('to') ?? '';
      const destination = readDestination(text);
      if (destination === undefined)
        throw new ApiError('InvalidParameterException', `'${text}' is no destination, such as ecr.api/us-east-1`);
      if (!usesOwnInterface(task)) return {};
      const [closed] = closedOf(task, [destination], ways);
      return closed === undefined ? {} : { closed };
    },
  };
}

/** Whoever may be sent a task may know this of it. @throws AccessDeniedException, InvalidParameterException */
function taskOfCaller(db: Database, arn: string, context: RequestContext): TaskRecord {
  const reported = reportedTask(arn);
  const task = reported && db.get(tasks, taskKey(reported, reported.cluster, reported.id))?.row;
  const instance = task?.instanceKey === undefined ? undefined : db.get(containerInstances, task.instanceKey)?.row;
  if (task === undefined || instance === undefined || instance.account !== context.account)
    throw new ApiError(
      'InvalidParameterException',
      `'${arn}' is not a task of a container instance of ${context.account}`,
    );
  const instanceArn = containerInstanceArn(instance, instance.cluster, instance.id);
  const keys = { 'ecs:cluster': clusterArn(parseArn(instanceArn) ?? instance, instance.cluster) };
  context.authorize(ask(presentRows(db), 'Poll', instanceArn, { keys }));
  return task;
}
