import { describe, expect, test } from 'vitest';
import { account, outcome, region } from '../contract/opened-ecs.ts';
import { defined, fargate, inSubnet, joined, openTasks } from '../contract/opened-tasks.ts';
import { platformAccount } from '../records/scope.ts';

async function ready() {
  const ecs = await openTasks();
  await ecs.call('CreateCluster', { clusterName: 'web' });
  await defined(ecs, 'app', { containerDefinitions: [{ name: 'app', image: 'busybox', cpu: 10, memory: 32 }] });
  await defined(ecs, 'serverless', fargate);
  return ecs;
}

type Ecs = Awaited<ReturnType<typeof ready>>;

async function ran(ecs: Ecs, request: object = {}): Promise<string> {
  const { tasks } = await ecs.call('RunTask', { cluster: 'web', taskDefinition: 'app', ...request });
  return tasks?.[0]?.taskArn ?? '';
}

const serverless = { taskDefinition: 'serverless', launchType: 'FARGATE', networkConfiguration: inSubnet } as const;
const described = async (ecs: Ecs, arn: string) =>
  (await ecs.call('DescribeTasks', { cluster: 'web', tasks: [arn] })).tasks?.[0];

describe('stopping', () => {
  test('[TK-22] says who stopped it; without a reason, that the user did', async () => {
    const ecs = await ready();
    await joined(ecs, 'web');
    const task = await ran(ecs);
    const answer = await ecs.call('StopTask', { cluster: 'web', task });
    expect(answer.task).toMatchObject({
      desiredStatus: 'STOPPED',
      lastStatus: 'PENDING',
      stopCode: 'UserInitiated',
      stoppedReason: 'Task stopped by user',
    });
    const again = await ecs.call('StopTask', { cluster: 'web', task, reason: 'again' });
    expect(again.task).toMatchObject({ stoppedReason: 'Task stopped by user', version: 2 });
    await ecs.call('SubmitTaskStateChange', { task, status: 'STOPPED', reason: '' });
    expect(await described(ecs, task)).toMatchObject({ lastStatus: 'STOPPED', stopCode: 'UserInitiated' });
    expect((await ecs.call('StopTask', { cluster: 'web', task })).task?.lastStatus).toBe('STOPPED');
  });

  test('[TK-22] a task without an agent ends at once, and its interface with it', async () => {
    const ecs = await ready();
    const task = await ran(ecs, serverless);
    expect(ecs.interfaces.live.size).toBe(1);
    const answer = await ecs.call('StopTask', { cluster: 'web', task, reason: 'enough' });
    expect(answer.task).toMatchObject({
      lastStatus: 'STOPPED',
      stoppedReason: 'enough',
      attachments: [{ status: 'DELETED' }],
      containers: [{ lastStatus: 'STOPPED' }],
    });
    expect(ecs.interfaces.live.size).toBe(0);
  });

  test('[TK-22] refused: unknown tasks, long reasons', async () => {
    const ecs = await ready();
    const none = { cluster: 'web', task: '0'.repeat(32) };
    expect(await outcome(ecs.call('StopTask', none))).toBe(
      'InvalidParameterException: The referenced task was not found.',
    );
    expect(await outcome(ecs.call('StopTask', { ...none, reason: 'x'.repeat(256) }))).toMatch(/at most 255 characters/);
  });
});

describe('describing', () => {
  test('[TK-23] tells MISSING from there, tags where asked for, 1 to 100 at once', async () => {
    const ecs = await ready();
    await joined(ecs, 'web');
    const arn = await ran(ecs, { tags: [{ key: 'a', value: 'b' }] });
    const id = arn.slice(arn.lastIndexOf('/') + 1);
    const missing = arn.replace(id, 'f'.repeat(32));
    const answer = await ecs.call('DescribeTasks', { cluster: 'web', tasks: [id, 'f'.repeat(32)], include: ['TAGS'] });
    expect(answer.tasks?.map((task) => [task.taskArn, task.tags])).toEqual([[arn, [{ key: 'a', value: 'b' }]]]);
    expect(answer.failures).toEqual([{ arn: missing, reason: 'MISSING' }]);
    expect((await described(ecs, arn))?.tags).toEqual([]);
    expect(await outcome(ecs.call('DescribeTasks', { cluster: 'web', tasks: [] }))).toMatch(/Tasks cannot be empty/);
    const many = Array.from({ length: 101 }, () => id);
    expect(await outcome(ecs.call('DescribeTasks', { cluster: 'web', tasks: many }))).toMatch(/at most 100/);
  });
});

describe('listing', () => {
  test('[TK-24] filters by every member, and by several together', async () => {
    const ecs = await ready();
    const one = await joined(ecs, 'web');
    const a = await ran(ecs, { startedBy: 'me' });
    const b = await ran(ecs, serverless);
    const c = await ran(ecs);
    await ecs.call('StopTask', { cluster: 'web', task: c });
    const list = async (filter: object) =>
      (await ecs.call('ListTasks', { cluster: 'web', ...filter })).taskArns?.toSorted();
    const both = [a, b].toSorted();
    expect(await list({})).toEqual(both);
    expect(await list({ desiredStatus: 'STOPPED' })).toEqual([c]);
    expect(await list({ desiredStatus: 'PENDING' })).toEqual([]);
    expect(await list({ family: 'app' })).toEqual([a]);
    expect(await list({ family: 'app', desiredStatus: 'STOPPED' })).toEqual([c]);
    expect(await list({ launchType: 'FARGATE' })).toEqual([b]);
    expect(await list({ launchType: 'FARGATE', family: 'app' })).toEqual([]);
    expect(await list({ startedBy: 'me' })).toEqual([a]);
    expect(await list({ startedBy: 'me', desiredStatus: 'STOPPED' })).toEqual([]);
    expect(await list({ containerInstance: one.id })).toEqual([a]);
    expect(await list({ containerInstance: one.arn, family: 'app', launchType: 'EC2' })).toEqual([a]);
    expect(await outcome(ecs.call('ListTasks', { cluster: 'web', startedBy: 'me', family: 'app' }))).toBe(
      'InvalidParameterException: startedBy must be the only filter, but family was given too.',
    );
  });

  test('[TK-25] pages show each task once, also where filters are combined', async () => {
    const ecs = await ready();
    await joined(ecs, 'web');
    for (let round = 0; round < 3; round++) await ran(ecs, { count: 10 });
    await ran(ecs, serverless);
    for (const filter of [{}, { launchType: 'EC2' as const, family: 'app' }]) {
      const seen: string[] = [];
      let nextToken: string | undefined;
      do {
        const page = await ecs.call('ListTasks', { cluster: 'web', maxResults: 7, ...filter, nextToken });
        seen.push(...(page.taskArns ?? []));
        nextToken = page.nextToken;
      } while (nextToken !== undefined);
      expect(new Set(seen).size).toBe(seen.length);
      expect(seen).toHaveLength('family' in filter ? 30 : 31);
    }
    const { nextToken } = await ecs.call('ListTasks', { cluster: 'web', maxResults: 1 });
    expect(await outcome(ecs.call('ListTasks', { cluster: 'web', family: 'app', nextToken }))).toBe(
      'InvalidParameterException: Invalid token.',
    );
  });
});

describe('reports of agents', () => {
  test('[TK-26] of an unknown task or no task are refused with the code that makes an agent forget them', async () => {
    const ecs = await ready();
    for (const task of [`arn:aws:ecs:${region}:${account}:task/web/${'0'.repeat(32)}`, 'nonsense', undefined])
      expect(await outcome(ecs.call('SubmitTaskStateChange', { task, status: 'RUNNING' }))).toMatch(
        /^InvalidParameterException/,
      );
  });

  test('[TK-26] another account may not report, the platform may', async () => {
    const ecs = await ready();
    const task = await ran(ecs, serverless);
    const report = { task, status: 'RUNNING' };
    expect(await outcome(ecs.call('SubmitTaskStateChange', report, '999999999999'))).toMatch(
      /^InvalidParameterException/,
    );
    expect(await ecs.call('SubmitTaskStateChange', report, platformAccount)).toEqual({ acknowledgment: 'ACK' });
    expect((await described(ecs, task))?.lastStatus).toBe('RUNNING');
  });

  test('[TK-26] of one container change that container', async () => {
    const ecs = await ready();
    await joined(ecs, 'web');
    const task = await ran(ecs);
    await ecs.call('SubmitContainerStateChange', { task, containerName: 'app', status: 'RUNNING', runtimeId: 'r' });
    expect(await described(ecs, task)).toMatchObject({
      lastStatus: 'PENDING',
      containers: [{ lastStatus: 'RUNNING', runtimeId: 'r' }],
    });
    const attachments = [{ attachmentArn: 'arn:aws:ecs:us-east-1:123456789012:attachment/0', status: 'ATTACHED' }];
    expect(await outcome(ecs.call('SubmitAttachmentStateChanges', { attachments }))).toContain('was not found');
  });
});

describe('task protection', () => {
  test('[TK-27] is for tasks of services: each other is one failure', async () => {
    const ecs = await ready();
    await joined(ecs, 'web');
    const arn = await ran(ecs);
    const tasks = [arn, 'f'.repeat(32)];
    const reasons = ['TASK_NOT_VALID', 'MISSING'];
    const got = await ecs.call('GetTaskProtection', { cluster: 'web', tasks });
    expect(got.failures?.map(({ reason }) => reason)).toEqual(reasons);
    const put = await ecs.call('UpdateTaskProtection', { cluster: 'web', tasks, protectionEnabled: true });
    expect(put.failures?.map(({ reason }) => reason)).toEqual(reasons);
  });

  test('[TK-27] takes 1 to 10 tasks to change, 1 to 100 to show, and 1 to 2,880 minutes', async () => {
    const ecs = await ready();
    const many = Array.from({ length: 11 }, () => 'f'.repeat(32));
    const update = { cluster: 'web', protectionEnabled: true };
    expect(await outcome(ecs.call('UpdateTaskProtection', { ...update, tasks: many }))).toMatch(/at most 10 items/);
    expect(await outcome(ecs.call('GetTaskProtection', { cluster: 'web', tasks: many }))).toBe('ok');
    expect(await outcome(ecs.call('GetTaskProtection', { cluster: 'web', tasks: [] }))).toMatch(
      /Tasks cannot be empty/,
    );
    for (const expiresInMinutes of [0, 2_881])
      expect(
        await outcome(ecs.call('UpdateTaskProtection', { ...update, tasks: ['f'.repeat(32)], expiresInMinutes })),
      ).toMatch(/expiresInMinutes should be between 1 and 2880/);
  });
});
