import { callWayPath, readCalledService, type CallWay } from '../../../agent-protocol/index.ts';
import { ApiError, type OwnRoute } from '../../../protocol/api/index.ts';
import type { Database } from '../../../store/index.ts';
import type { TaskWays } from '../ports.ts';
import { taskOfCaller } from './task-of-caller.ts';

/** An agent asks how a call of a program in a task leaves the task's interface. A task without one uses its machine's network, which is open. */
export function callWayRoute({ db, ways }: { readonly db: Database; readonly ways: TaskWays }): OwnRoute {
  return {
    path: callWayPath,
    signingName: 'ecs',
    answer(query, context): CallWay {
      const task = taskOfCaller(db, query.get('task') ?? '', context);
      const text = query.get('to') ?? '';
      const called = readCalledService(text);
      if (called === undefined)
        throw new ApiError('InvalidParameterException', `'${text}' is no service, such as secretsmanager/us-east-1`);
      if (task.attachment === undefined) return {};
      const [way] = ways(task, task.attachment.networkInterfaceId, [called]);
      return way === undefined || way.reachable ? {} : { closed: way.because };
    },
  };
}
