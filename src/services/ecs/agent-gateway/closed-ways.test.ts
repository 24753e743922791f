import { expect, test } from 'vitest';
import { closedWayPath } from '../../../agent-protocol/index.ts';
import { ApiError } from '../../../protocol/api/index.ts';
import { account } from '../contract/opened-ecs.ts';
import { defined, fargate, inSubnet, joined, openTasks, type TestSocket } from '../contract/opened-tasks.ts';
import { taskKey, tasks, type TaskRecord } from '../records/task.ts';
import { closedWayRoute } from './closed-ways.ts';

const cluster = 'web';
type Payload = { tasks: { arn: string; longshore?: { closedWays?: readonly object[] } }[] };

const region = 'us-east-1';
const dial = 'dial tcp 203.0.113.1:443: i/o timeout';

/** A task of a pool instance, which is an instance of `cluster` here, and the agent's next session. */
async function opened(launchType: 'FARGATE' | 'EC2') {
  const ecs = await openTasks();
  await ecs.call('CreateCluster', { clusterName: cluster });
  await defined(ecs, 'app', { ...fargate, requiresCompatibilities: [launchType] });
  const { arn, key } = await joined(ecs, cluster, { attributes: [{ name: 'ecs.capability.task-eni' }] });
  const { tasks: started = [], failures } = await ecs.call('RunTask', {
    cluster,
    taskDefinition: 'app',
    launchType,
    networkConfiguration: inSubnet,
  });
  expect(failures).toEqual([]);
  const id = started[0]?.taskArn?.split('/').at(-1) ?? '';
  const rowKey = taskKey({ account, region }, cluster, id);
  // As the placement of a FARGATE task does it: on an instance of the pool.
  await ecs.db.transact((tx) => tx.put(tasks, rowKey, { ...(tx.get(tasks, rowKey) as TaskRecord), instanceKey: key }));
  const task = ecs.db.get(tasks, rowKey)?.row;
  const eni = task?.attachment?.networkInterfaceId ?? '';
  const told = async (): Promise<readonly object[] | undefined> => {
    const socket: TestSocket = await ecs.connect(arn);
    const [payload] = socket.of('PayloadMessage') as unknown as readonly Payload[];
    return payload?.tasks[0]?.longshore?.closedWays;
  };
  const route = closedWayRoute({ db: ecs.db, ways: ecs.ways });
  const ask = (to: string, as = account, named = started[0]?.taskArn ?? ''): unknown => {
    try {
      return route.answer(new Map(Object.entries({ task: named, to })), ecs.contextOf(as));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return error.code;
    }
  };
  return { ecs, eni, told, ask, arn };
}

test('[WAY-9] a FARGATE task is told which of its ways are closed when it is sent, and its agent may ask again', async () => {
  const { ecs, eni, told, ask } = await opened('FARGATE');
  expect(await told()).toBeUndefined();
  expect(ask('registry/docker.io')).toEqual({});
  ecs.closedWays.set(`${eni} registry/docker.io`, 'no route');
  const closed = { to: 'registry/docker.io', dial, because: 'no route' };
  expect(await told()).toEqual([closed]);
  expect(ask('registry/docker.io')).toEqual({ closed });
  ecs.closedWays.clear();
  expect(await told()).toBeUndefined();
  expect(ask('registry/docker.io')).toEqual({});
});

test('[WAY-9] a task on an instance uses the instance’s network', async () => {
  const { ecs, eni, told, ask } = await opened('EC2');
  ecs.closedWays.set(`${eni} registry/docker.io`, 'no route');
  expect(await told()).toBeUndefined();
  expect(ask('registry/docker.io')).toEqual({});
});

test('[WAY-10] only whoever may be sent the task may ask', async () => {
  const { ecs, ask, arn } = await opened('FARGATE');
  expect(ask('nowhere')).toBe('InvalidParameterException');
  expect(ask('logs/us-east-1', '999999999999')).toBe('InvalidParameterException');
  expect(ask('logs/us-east-1', account, 'arn:aws:ecs:us-east-1:123456789012:task/web/0')).toBe(
    'InvalidParameterException',
  );
  const questions: unknown[] = [];
  ecs.authorized.ask = (question) => {
    questions.push([question.action, question.resource]);
    throw new ApiError('AccessDeniedException', 'no');
  };
  expect(ask('logs/us-east-1')).toBe('AccessDeniedException');
  expect(questions).toEqual([['ecs:Poll', arn]]);
  expect(closedWayRoute(ecs).path).toBe(closedWayPath);
});
