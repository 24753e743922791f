import { expect, test } from 'vitest';
import { callWayPath } from '../../../agent-protocol/index.ts';
import { ApiError } from '../../../protocol/api/index.ts';
import { account } from '../contract/opened-ecs.ts';
import { defined, fargate, inSubnet, joined, openTasks } from '../contract/opened-tasks.ts';
import { taskKey, tasks } from '../records/task.ts';
import { callWayRoute } from './call-ways.ts';

const cluster = 'web';
const region = 'us-east-1';
const to = 'secretsmanager/us-east-1';

/** A task on an instance, and the question of that instance's agent. */
async function opened(definition: object, networkConfiguration?: typeof inSubnet) {
  const ecs = await openTasks();
  await ecs.call('CreateCluster', { clusterName: cluster });
  await defined(ecs, 'app', { ...fargate, ...definition });
  const { arn } = await joined(ecs, cluster, { attributes: [{ name: 'ecs.capability.task-eni' }] });
  const input = { cluster, taskDefinition: 'app', launchType: 'EC2' as const };
  const { tasks: started = [], failures } = await ecs.call('RunTask', {
    ...input,
    ...(networkConfiguration && { networkConfiguration }),
  });
  expect(failures).toEqual([]);
  const taskArn = started[0]?.taskArn ?? '';
  const id = taskArn.split('/').at(-1) ?? '';
  const eni = ecs.db.get(tasks, taskKey({ account, region }, cluster, id))?.row.attachment?.networkInterfaceId;
  const route = callWayRoute({ db: ecs.db, ways: ecs.ways });
  const ask = (text: string, as = account, task = taskArn): unknown => {
    try {
      return route.answer(new Map(Object.entries({ task, to: text })), ecs.contextOf(as));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return error.code;
    }
  };
  return { ecs, arn, eni, ask, route };
}

test('[WAY-15] calls of a task of launch type EC2 with awsvpc leave by its interface, too; of any service', async () => {
  const { ecs, eni, ask } = await opened({ requiresCompatibilities: ['EC2'] }, inSubnet);
  expect(ask(to)).toEqual({});
  for (const each of [to, 'data-servicediscovery/eu-west-1']) {
    ecs.closedWays.set(`${eni} ${each}`, 'no route');
    expect(ask(each)).toEqual({ closed: 'no route' });
  }
  ecs.closedWays.clear();
  expect(ask(to)).toEqual({});
});

test('[WAY-15] a task without an interface calls through its machine', async () => {
  const { ecs, eni, ask } = await opened({ requiresCompatibilities: ['EC2'], networkMode: 'bridge' });
  expect(eni).toBeUndefined();
  ecs.closedWays.set(`undefined ${to}`, 'no route').set(` ${to}`, 'no route');
  expect(ask(to)).toEqual({});
});

test('[WAY-18] only whoever may be sent the task may ask', async () => {
  const { ecs, arn, ask, route } = await opened({ requiresCompatibilities: ['EC2'] }, inSubnet);
  for (const text of ['', 'ecs', 'ECS/us-east-1', 'ecs/us-east-1/x'])
    expect(ask(text)).toBe('InvalidParameterException');
  expect(ask(to, '999999999999')).toBe('InvalidParameterException');
  const questions: unknown[] = [];
  ecs.authorized.ask = (question) => {
    questions.push([question.action, question.resource]);
    throw new ApiError('AccessDeniedException', 'no');
  };
  expect(ask(to)).toBe('AccessDeniedException');
  expect(questions).toEqual([['ecs:Poll', arn]]);
  expect(route.path).toBe(callWayPath);
});
