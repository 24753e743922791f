import {
  closedWayPath,
  destinationText,
  readDestination,
  type ClosedWay,
  type Destination,
} from '../../../agent-protocol/index.ts';
import { ApiError, type OwnRoute } from '../../../protocol/api/index.ts';
import type { Database } from '../../../store/index.ts';
import type { TaskWays } from '../ports.ts';
import type { TaskDefinitionRecord } from '../records/task-definition.ts';
import type { TaskRecord } from '../records/task.ts';
import { taskDestinations } from './task-destinations.ts';
import { taskOfCaller } from './task-of-caller.ts';

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
