import { describe, expect, test } from 'vitest';
import { outcome } from '../contract/opened-ecs.ts';
import { defined, fargate, inSubnet, joined, openTasks } from '../contract/opened-tasks.ts';
import { tasks } from '../records/task.ts';

async function ready() {
  const ecs = await openTasks();
  await ecs.call('CreateCluster', { clusterName: 'web', capacityProviders: ['FARGATE', 'FARGATE_SPOT'] });
  await defined(ecs, 'app');
  await defined(ecs, 'serverless', fargate);
  return ecs;
}

const onFargate = {
  cluster: 'web',
  taskDefinition: 'serverless',
  launchType: 'FARGATE',
  networkConfiguration: inSubnet,
} as const;

describe('where there is room', () => {
  test('[TK-1] an EC2 task is PENDING on its instance; a FARGATE task is PROVISIONING with its interface', async () => {
    const ecs = await ready();
    const { arn } = await joined(ecs, 'web');
    const [task] = (await ecs.call('RunTask', { cluster: 'web', taskDefinition: 'app' })).tasks ?? [];
    expect(task).toMatchObject({
      lastStatus: 'PENDING',
      desiredStatus: 'RUNNING',
      launchType: 'EC2',
      containerInstanceArn: arn,
      group: 'family:app',
      cpu: '256',
      memory: '512',
      version: 1,
      containers: [{ name: 'app', lastStatus: 'PENDING', cpu: '256', memory: '512' }],
      overrides: { containerOverrides: [{ name: 'app' }] },
    });
    const [serverless] = (await ecs.call('RunTask', onFargate)).tasks ?? [];
    expect(serverless).toMatchObject({
      lastStatus: 'PROVISIONING',
      platformVersion: '1.4.0',
      platformFamily: 'Linux',
      ephemeralStorage: { sizeInGiB: 20 },
      attributes: [{ name: 'ecs.cpu-architecture', value: 'x86_64' }],
      attachments: [{ type: 'ElasticNetworkInterface', status: 'PRECREATED' }],
    });
    expect(serverless?.containerInstanceArn).toBeUndefined();
    expect(ecs.interfaces.live.size).toBe(1);
  });

  test('[TK-2] what does not fit is a failure for each instance, with what fits started', async () => {
    const ecs = await ready();
    const { arn } = await joined(ecs, 'web');
    const answer = await ecs.call('RunTask', { cluster: 'web', taskDefinition: 'app', count: 10 });
    expect(answer.tasks).toHaveLength(8);
    expect(answer.failures).toEqual([{ arn, reason: 'RESOURCE:CPU', detail: expect.any(String) as string }]);
    expect(await outcome((await ready()).call('RunTask', { cluster: 'web', taskDefinition: 'app' }))).toBe(
      'InvalidParameterException: No Container Instances were found in your cluster.',
    );
  });

  test('[TK-3] requests at the same time never get more than there is', async () => {
    const ecs = await ready();
    const { key } = await joined(ecs, 'web');
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => ecs.call('RunTask', { cluster: 'web', taskDefinition: 'app' })),
    );
    expect(answers.flatMap((answer) => answer.tasks ?? [])).toHaveLength(8);
    expect(answers.flatMap((answer) => answer.failures ?? [])).toHaveLength(4);
    expect(ecs.ledger.available(key)).toMatchObject({ cpuUnits: 0, memoryMiB: 0 });
  });

  test('[TK-4] a client token starts its tasks once, also when used twice at once, and holds no more room', async () => {
    const ecs = await ready();
    const { key } = await joined(ecs, 'web');
    const request = { cluster: 'web', taskDefinition: 'app', count: 2, clientToken: 't' };
    const [one, two] = await Promise.all([ecs.call('RunTask', request), ecs.call('RunTask', request)]);
    const again = await ecs.call('RunTask', request);
    const arns = (answer: typeof one) => answer.tasks?.map((task) => task.taskArn);
    expect(arns(two)).toEqual(arns(one));
    expect(arns(again)).toEqual(arns(one));
    expect(ecs.ledger.available(key)?.cpuUnits).toBe(2048 - 512);
    await expect(ecs.call('RunTask', { ...request, count: 3 })).rejects.toMatchObject({
      code: 'ConflictException',
      members: { resourceIds: arns(one) },
    });
  });

  test('[TK-5] an interface that cannot be made starts nothing and holds no room', async () => {
    const ecs = await ready();
    const { key } = await joined(ecs, 'web', { attributes: [{ name: 'ecs.capability.task-eni' }] });
    await defined(ecs, 'vpc', { networkMode: 'awsvpc' });
    const request = { cluster: 'web', taskDefinition: 'vpc' };
    const wrong = { awsvpcConfiguration: { subnets: ['subnet-x'] } };
    expect(await outcome(ecs.call('RunTask', { ...request, networkConfiguration: wrong }))).toBe(
      "InvalidParameterException: The subnet ID 'subnet-x' does not exist",
    );
    expect(ecs.ledger.available(key)?.cpuUnits).toBe(2048);
    expect(ecs.db.table(tasks).count('unplaced', 'all')).toBe(0);
    expect((await ecs.call('RunTask', { ...request, networkConfiguration: inSubnet })).tasks).toHaveLength(1);
  });
});

describe('what a request may say', () => {
  const app = { cluster: 'web', taskDefinition: 'app' };
  const strategy = [{ capacityProvider: 'FARGATE', weight: 1 }];
  test.each([
    [{ ...app, count: 0 }, /^InvalidParameterException: count should be between 1 and 10/],
    [{ ...app, count: 11 }, /^InvalidParameterException: count should be between 1 and 10/],
    [{ ...app, taskDefinition: 'none' }, /^ClientException: TaskDefinition not found\.$/],
    [{ ...app, cluster: 'none' }, /^ClusterNotFoundException: Cluster not found\.$/],
    [{ ...app, launchType: 'FARGATE' as const }, /Task definition does not support launch_type FARGATE\./],
    [{ ...onFargate, launchType: 'MANAGED_INSTANCES' as const }, /^UnsupportedFeatureException/],
    [{ ...onFargate, capacityProviderStrategy: strategy }, /Specifying both a launch type and capacity provider/],
    [
      {
        ...onFargate,
        launchType: undefined,
        capacityProviderStrategy: [{ capacityProvider: 'FARGATE' }, { capacityProvider: 'FARGATE_SPOT' }],
      },
      /must have a weight greater than zero/,
    ],
    [
      { ...onFargate, networkConfiguration: undefined },
      /Network Configuration must be provided when networkMode 'awsvpc'/,
    ],
    [{ ...app, networkConfiguration: inSubnet }, /Network Configuration is not valid for the given networkMode/],
    [{ ...onFargate, networkConfiguration: { awsvpcConfiguration: { subnets: [] } } }, /subnets can not be empty/],
    [{ ...app, platformVersion: 'LATEST' }, /The platform version must be null when specifying an EC2 launch type\./],
    [{ ...onFargate, platformVersion: '9.9.9' }, /The specified platform version does not exist: 9\.9\.9/],
    [{ ...app, group: 'service:x' }, /Invalid namespace for group\./],
    [{ ...app, startedBy: 'x'.repeat(129) }, /^InvalidParameterException: startedBy longer than 128\.$/],
    [{ ...app, enableExecuteCommand: true }, /^UnsupportedFeatureException: enableExecuteCommand/],
    [{ ...app, propagateTags: 'SERVICE' as const }, /Tags can not be propagated from a service/],
    [{ ...onFargate, placementStrategy: [{ type: 'random' as const }] }, /not supported for launch type FARGATE/],
    [
      { ...app, overrides: { containerOverrides: [{ name: 'app', command: ['x'.repeat(8_192)] }] } },
      /^InvalidParameterException: Container Overrides length must be at most 8192$/,
    ],
  ])('[TK-6] %#: refused', async (request, sentence) => {
    const ecs = await ready();
    await joined(ecs, 'web');
    expect(await outcome(ecs.call('RunTask', request))).toMatch(sentence);
    expect(ecs.db.table(tasks).count('unplaced', 'all')).toBe(0);
  });

  test('[TK-6] no public address for awsvpc tasks on EC2', async () => {
    const ecs = await ready();
    await defined(ecs, 'vpc', { networkMode: 'awsvpc' });
    const networkConfiguration = { awsvpcConfiguration: { subnets: ['subnet-a'], assignPublicIp: 'ENABLED' as const } };
    const vpc = { cluster: 'web', taskDefinition: 'vpc', networkConfiguration };
    expect(await outcome(ecs.call('RunTask', vpc))).toBe(
      'InvalidParameterException: Assign public IP is not supported for this launch type.',
    );
    expect((await ecs.call('RunTask', { ...onFargate, networkConfiguration })).tasks).toHaveLength(1);
  });

  test('[TK-7] tags: the request before the definition, and those ECS manages', async () => {
    const ecs = await ready();
    await defined(ecs, 'tagged', {
      ...fargate,
      tags: [
        { key: 'a', value: 'definition' },
        { key: 'b', value: 'definition' },
      ],
    });
    const { tasks: [task] = [] } = await ecs.call('RunTask', {
      ...onFargate,
      taskDefinition: 'tagged',
      propagateTags: 'TASK_DEFINITION',
      enableECSManagedTags: true,
      tags: [{ key: 'a', value: 'request' }],
    });
    expect(task?.tags).toEqual([
      { key: 'a', value: 'request' },
      { key: 'b', value: 'definition' },
      { key: 'aws:ecs:clusterName', value: 'web' },
    ]);
  });
});

describe('StartTask', () => {
  test('[TK-8] starts one task on each instance it can, and says why not on the others', async () => {
    const ecs = await ready();
    const good = await joined(ecs, 'web');
    const away = await joined(ecs, 'web', { connected: false });
    const draining = await joined(ecs, 'web');
    const gone = await joined(ecs, 'web');
    await ecs.call('UpdateContainerInstancesState', {
      cluster: 'web',
      containerInstances: [draining.id],
      status: 'DRAINING',
    });
    await ecs.call('DeregisterContainerInstance', { cluster: 'web', containerInstance: gone.id });
    const missing = 'f'.repeat(32);
    const answer = await ecs.call('StartTask', {
      cluster: 'web',
      taskDefinition: 'app',
      containerInstances: [good.arn, away.id, draining.arn, gone.arn, missing],
    });
    expect(answer.tasks?.map((task) => task.containerInstanceArn)).toEqual([good.arn]);
    expect(answer.failures?.map(({ arn, reason }) => [arn, reason])).toEqual([
      [away.arn, 'AGENT'],
      [draining.arn, 'INACTIVE'],
      [gone.arn, 'INACTIVE'],
      [good.arn.replace(good.id, missing), 'MISSING'],
    ]);
  });

  test('[TK-8] needs 1 to 10 instances and a definition that runs there', async () => {
    const ecs = await ready();
    const { id } = await joined(ecs, 'web');
    const start = { cluster: 'web', taskDefinition: 'app' };
    expect(await outcome(ecs.call('StartTask', { ...start, containerInstances: [] }))).toBe(
      'InvalidParameterException: Container instances cannot be empty.',
    );
    expect(
      await outcome(ecs.call('StartTask', { ...start, containerInstances: Array(11).fill(id) as string[] })),
    ).toMatch(/at most 10/);
  });

  test('[TK-8] an interface that cannot be made on the second instance starts none', async () => {
    const ecs = await ready();
    await defined(ecs, 'vpc', { networkMode: 'awsvpc' });
    const eni = { name: 'ecs.capability.task-eni' };
    const a = await joined(ecs, 'web', { attributes: [eni, { name: 'ecs.availability-zone', value: 'us-east-1a' }] });
    const b = await joined(ecs, 'web', { attributes: [eni, { name: 'ecs.availability-zone', value: 'us-east-1b' }] });
    const start = { cluster: 'web', taskDefinition: 'vpc', networkConfiguration: inSubnet };
    expect(await outcome(ecs.call('StartTask', { ...start, containerInstances: [a.id, b.id] }))).toBe(
      'InvalidParameterException: no subnet in the zones',
    );
    expect((await ecs.call('ListTasks', { cluster: 'web' })).taskArns).toEqual([]);
    expect(ecs.ledger.available(a.key)?.cpuUnits).toBe(2048);
  });
});
