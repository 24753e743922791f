import { describe, expect, test } from 'vitest';
import { aTask, nothing, openEcs, outcome, root, scope } from '../contract/opened-ecs.ts';
import { tableCounts } from '../clusters/count-tables.ts';
import { clusterKey, clusters } from '../records/cluster.ts';
import { taskKey, tasks } from '../records/task.ts';
import type { TaskRecord } from '../records/task.ts';

const arn = 'arn:aws:ecs:us-east-1:123456789012:cluster/web';

describe('creating', () => {
  test('[CL-1] answers with the cluster as AWS shows a new one', async () => {
    const ecs = await openEcs();
    const given = {
      clusterName: 'web',
      capacityProviders: ['FARGATE', 'FARGATE_SPOT'],
      defaultCapacityProviderStrategy: [
        { capacityProvider: 'FARGATE', base: 1, weight: 1 },
        { capacityProvider: 'FARGATE_SPOT', weight: 4 },
      ],
      settings: [{ name: 'containerInsights' as const, value: 'enhanced' }],
      configuration: { executeCommandConfiguration: { logging: 'DEFAULT' as const } },
      tags: [{ key: 'team', value: 'a' }],
    };
    const { cluster } = await ecs.call('CreateCluster', given);
    expect(cluster).toEqual({
      clusterArn: arn,
      clusterName: 'web',
      status: 'ACTIVE',
      registeredContainerInstancesCount: 0,
      runningTasksCount: 0,
      pendingTasksCount: 0,
      activeServicesCount: 0,
      statistics: [],
      tags: given.tags,
      settings: given.settings,
      capacityProviders: given.capacityProviders,
      defaultCapacityProviderStrategy: [
        { capacityProvider: 'FARGATE', base: 1, weight: 1 },
        { capacityProvider: 'FARGATE_SPOT', base: 0, weight: 4 },
      ],
      configuration: given.configuration,
      attachments: [],
    });
    expect(await ecs.call('CreateCluster', given)).toEqual({ cluster });
    expect(await ecs.call('CreateCluster', { clusterName: 'web' })).toEqual({ cluster });
  });

  test('[CL-1] without a name makes default, which nothing else makes', async () => {
    const ecs = await openEcs();
    expect((await ecs.call('DescribeClusters', {})).failures).toEqual([
      { arn: 'arn:aws:ecs:us-east-1:123456789012:cluster/default', reason: 'MISSING' },
    ]);
    expect((await ecs.call('CreateCluster', {})).cluster?.clusterName).toBe('default');
    expect((await ecs.call('DescribeClusters', {})).clusters?.[0]?.clusterName).toBe('default');
  });

  test.each([
    [{ clusterName: 'a b' }, 'InvalidParameterException: Cluster must match ^[a-zA-Z0-9\\-_]{1,255}$, but was a b'],
    [{ clusterName: arn }, 'InvalidParameterException: Cluster name cannot be an ARN'],
    [
      { settings: [{ name: 'containerInsights' as const, value: 'on' }] },
      'InvalidParameterException: containerInsights should be one of [enabled,disabled,enhanced], but was on',
    ],
    [
      { capacityProviders: ['mine'] },
      "InvalidParameterException: The specified capacity provider 'mine' was not found. Specify a valid capacity provider and try again.",
    ],
    [
      { capacityProviders: ['FARGATE'], defaultCapacityProviderStrategy: [{ capacityProvider: 'FARGATE_SPOT' }] },
      'InvalidParameterException: The specified capacity provider strategy cannot contain a capacity provider that is not associated with the cluster. Associate the capacity provider with the cluster or specify a valid capacity provider and try again.',
    ],
    [
      {
        capacityProviders: ['FARGATE'],
        defaultCapacityProviderStrategy: [{ capacityProvider: 'FARGATE', weight: 1001 }],
      },
      'InvalidParameterException: The weight of capacity provider FARGATE should be between 0 and 1000, but was 1001',
    ],
    [
      {
        capacityProviders: ['FARGATE', 'FARGATE_SPOT'],
        defaultCapacityProviderStrategy: [
          { capacityProvider: 'FARGATE', base: 1 },
          { capacityProvider: 'FARGATE_SPOT', base: 1 },
        ],
      },
      'InvalidParameterException: Only one capacity provider in a capacity provider strategy can have a base greater than zero.',
    ],
    [
      { configuration: { managedStorageConfiguration: { kmsKeyId: 'k' } } },
      'UnsupportedFeatureException: Encryption of task storage with a KMS key (managedStorageConfiguration) is not implemented by Longshore',
    ],
    [
      { configuration: { executeCommandConfiguration: { logging: 'OVERRIDE' as const } } },
      'InvalidParameterException: A logConfiguration must be specified when executeCommandConfiguration logging is OVERRIDE',
    ],
    [{ tags: [{ key: 'a' }, { key: 'a' }] }, 'InvalidParameterException: Duplicate tag keys are not allowed'],
  ])('[CL-2] refuses %j', async (input, want) => {
    const ecs = await openEcs();
    expect(await outcome(ecs.call('CreateCluster', input))).toBe(want);
    expect((await ecs.call('ListClusters', {})).clusterArns).toEqual([]);
  });

  test('[CL-2] the same name with other arguments', async () => {
    const ecs = await openEcs();
    await ecs.call('CreateCluster', { clusterName: 'web' });
    const other = ecs.call('CreateCluster', { clusterName: 'web', tags: [{ key: 'a', value: 'b' }] });
    expect(await outcome(other)).toBe(
      'InvalidParameterException: Arguments on this idempotent request are inconsistent with arguments used in previous request(s).',
    );
  });

  test('[CL-3] takes containerInsights from the account setting', async () => {
    const ecs = await openEcs();
    const insights = async (clusterName: string, caller = root) =>
      (await ecs.call('CreateCluster', { clusterName }, { arn: caller })).cluster?.settings?.[0]?.value;
    expect(await insights('one')).toBe('disabled');
    await ecs.call('PutAccountSettingDefault', { name: 'containerInsights', value: 'enhanced' });
    expect(await insights('two')).toBe('enhanced');
    const user = 'arn:aws:iam::123456789012:user/ann';
    await ecs.call('PutAccountSetting', { name: 'containerInsights', value: 'enabled', principalArn: user });
    expect(await insights('three', user)).toBe('enabled');
    expect(await insights('four')).toBe('enhanced');
  });
});

test('[CL-4] describes what include asks for, by name and ARN, with failures for the rest', async () => {
  const ecs = await openEcs();
  await ecs.call('CreateCluster', { clusterName: 'web', tags: [{ key: 'a', value: 'b' }] });
  ecs.count.now = {
    containerInstances: 1,
    runningTasks: 2,
    pendingTasks: 3,
    liveTasks: 5,
    activeServices: 4,
    statistics: [{ name: 'runningFargateTasksCount', value: 2 }],
  };
  const plain = await ecs.call('DescribeClusters', { clusters: ['web', arn, 'nope'] });
  const shown = {
    clusterArn: arn,
    clusterName: 'web',
    status: 'ACTIVE',
    registeredContainerInstancesCount: 1,
    runningTasksCount: 2,
    pendingTasksCount: 3,
    activeServicesCount: 4,
    statistics: [],
    tags: [],
    settings: [],
    capacityProviders: [],
    defaultCapacityProviderStrategy: [],
  };
  expect(plain).toEqual({
    clusters: [shown, shown],
    failures: [{ arn: 'arn:aws:ecs:us-east-1:123456789012:cluster/nope', reason: 'MISSING' }],
  });
  const full = await ecs.call('DescribeClusters', {
    clusters: ['web'],
    include: ['ATTACHMENTS', 'CONFIGURATIONS', 'SETTINGS', 'STATISTICS', 'TAGS'],
  });
  expect(full.clusters).toEqual([
    {
      ...shown,
      attachments: [],
      tags: [{ key: 'a', value: 'b' }],
      settings: [{ name: 'containerInsights', value: 'disabled' }],
      statistics: [{ name: 'runningFargateTasksCount', value: '2' }],
    },
  ]);
  expect((await ecs.call('UpdateCluster', { cluster: 'web' })).cluster?.statistics).toEqual([]);
  const many = Array.from({ length: 101 }, (_, i) => `c${i}`);
  expect(await outcome(ecs.call('DescribeClusters', { clusters: many }))).toBe(
    'InvalidParameterException: clusters can have at most 100 items.',
  );
  expect(
    await outcome(ecs.call('DescribeClusters', { clusters: ['arn:aws:ecs:eu-west-1:123456789012:cluster/web'] })),
  ).toBe('InvalidParameterException: Invalid Region in ARN');
});

test('[CL-5] lists page by page, each cluster once, and only the caller’s', async () => {
  const ecs = await openEcs();
  const names = Array.from({ length: 7 }, (_, i) => `c${i}`);
  for (const clusterName of names) await ecs.call('CreateCluster', { clusterName });
  await ecs.call('CreateCluster', { clusterName: 'other' }, { account: '999999999999' });
  const listed: string[] = [];
  let nextToken: string | undefined;
  do {
    const page = await ecs.call('ListClusters', { maxResults: 3, nextToken });
    listed.push(...(page.clusterArns ?? []));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  expect(listed).toEqual(names.map((name) => `arn:aws:ecs:us-east-1:123456789012:cluster/${name}`));
  expect(await outcome(ecs.call('ListClusters', { nextToken: 'abc' }))).toBe(
    'InvalidParameterException: Invalid token.',
  );
  expect(await outcome(ecs.call('ListClusters', { maxResults: 0 }))).toBe(
    'InvalidParameterException: maxResults should be between 1 and 100, but was 0',
  );
});

test('[CL-6] updates settings, configuration and capacity providers, and nothing else', async () => {
  const ecs = await openEcs();
  const { cluster } = await ecs.call('CreateCluster', { clusterName: 'web', tags: [{ key: 'a', value: 'b' }] });
  const settings = [{ name: 'containerInsights' as const, value: 'enabled' }];
  expect((await ecs.call('UpdateClusterSettings', { cluster: 'web', settings })).cluster).toEqual({
    ...cluster,
    settings,
  });
  const configuration = {
    executeCommandConfiguration: { logging: 'OVERRIDE' as const, logConfiguration: { cloudWatchLogGroupName: 'g' } },
  };
  expect((await ecs.call('UpdateCluster', { cluster: arn, configuration })).cluster).toEqual({
    ...cluster,
    settings,
    configuration,
  });
  const capacityProviders = ['FARGATE'];
  const defaultCapacityProviderStrategy = [{ capacityProvider: 'FARGATE', weight: 1, base: 0 }];
  const put = { cluster: 'web', capacityProviders, defaultCapacityProviderStrategy };
  const changed = { ...cluster, settings, configuration, capacityProviders, defaultCapacityProviderStrategy };
  expect((await ecs.call('PutClusterCapacityProviders', put)).cluster).toEqual(changed);
  expect(
    (
      await ecs.call('PutClusterCapacityProviders', {
        cluster: 'web',
        capacityProviders: [],
        defaultCapacityProviderStrategy: [],
      })
    ).cluster,
  ).toMatchObject({ capacityProviders: [] });
  expect(await outcome(ecs.call('UpdateClusterSettings', { cluster: 'nope', settings }))).toBe(
    'ClusterNotFoundException: Cluster not found.',
  );
  expect(await outcome(ecs.call('UpdateCluster', { cluster: 'nope' }))).toBe(
    'ClusterNotFoundException: Cluster not found.',
  );
});

describe('deleting', () => {
  test.each([
    [
      { containerInstances: 1, liveTasks: 1 },
      'ClusterContainsContainerInstancesException: The Cluster cannot be deleted while Container Instances are active or draining.',
    ],
    [
      { activeServices: 1, liveTasks: 1 },
      'ClusterContainsServicesException: The Cluster cannot be deleted while Services are active.',
    ],
    [{ liveTasks: 1 }, 'ClusterContainsTasksException: The Cluster cannot be deleted while Tasks are active.'],
  ])('[CL-7] not with %j in it; it stays open', async (count, want) => {
    const ecs = await openEcs();
    await ecs.call('CreateCluster', { clusterName: 'web' });
    ecs.count.now = { ...nothing, ...count };
    expect(await outcome(ecs.call('DeleteCluster', { cluster: 'web' }))).toBe(want);
    expect((await ecs.call('DescribeClusters', { clusters: ['web'] })).clusters?.[0]?.status).toBe('ACTIVE');
  });

  test('[CL-7] is closed to new work before it is counted', async () => {
    const ecs = await openEcs();
    await ecs.call('CreateCluster', { clusterName: 'web' });
    const seen: (string | undefined)[] = [];
    Object.defineProperty(ecs.count, 'now', {
      get: () => {
        seen.push(
          ecs.db.get(clusters, clusterKey({ account: '123456789012', region: 'us-east-1' }, 'web'))?.row.status,
        );
        return nothing;
      },
    });
    await ecs.call('DeleteCluster', { cluster: 'web' });
    expect(seen[0]).toBe('DEPROVISIONING');
  });

  test('[CL-8] leaves it describable as INACTIVE, out of lists, closed to changes, and free to be made anew', async () => {
    const ecs = await openEcs();
    await ecs.call('CreateCluster', { clusterName: 'web', tags: [{ key: 'old', value: '' }] });
    expect((await ecs.call('DeleteCluster', { cluster: arn })).cluster).toMatchObject({
      clusterName: 'web',
      status: 'INACTIVE',
    });
    expect((await ecs.call('DescribeClusters', { clusters: ['web'] })).clusters?.[0]?.status).toBe('INACTIVE');
    expect((await ecs.call('ListClusters', {})).clusterArns).toEqual([]);
    expect(await outcome(ecs.call('DeleteCluster', { cluster: 'web' }))).toBe(
      'ClusterNotFoundException: Cluster not found.',
    );
    expect(await outcome(ecs.call('UpdateCluster', { cluster: 'web' }))).toBe(
      'ClusterNotFoundException: The referenced cluster was inactive.',
    );
    expect((await ecs.call('CreateCluster', { clusterName: 'web' })).cluster).toMatchObject({
      status: 'ACTIVE',
      tags: [],
    });
  });

  test('[CL-7] goes on after a crash that left it DEPROVISIONING', async () => {
    const ecs = await openEcs();
    await ecs.call('CreateCluster', { clusterName: 'web' });
    const key = clusterKey({ account: '123456789012', region: 'us-east-1' }, 'web');
    await ecs.db.transact((tx) => tx.put(clusters, key, { ...tx.get(clusters, key)!, status: 'DEPROVISIONING' }));
    expect(await outcome(ecs.call('CreateCluster', { clusterName: 'web' }))).toBe(
      'ConflictException: Cluster web is being deleted. Try again later.',
    );
    expect((await ecs.call('DeleteCluster', { cluster: 'web' })).cluster?.status).toBe('INACTIVE');
  });
});

test('[CL-9] describes the built-in capacity providers, and MISSING for others', async () => {
  const ecs = await openEcs();
  const fargate = {
    capacityProviderArn: 'arn:aws:ecs:us-east-1:123456789012:capacity-provider/FARGATE',
    name: 'FARGATE',
    status: 'ACTIVE',
    type: 'FARGATE',
    tags: [],
  };
  const spot = {
    capacityProviderArn: 'arn:aws:ecs:us-east-1:123456789012:capacity-provider/FARGATE_SPOT',
    name: 'FARGATE_SPOT',
    status: 'ACTIVE',
    type: 'FARGATE_SPOT',
    tags: [],
  };
  expect(await ecs.call('DescribeCapacityProviders', {})).toEqual({ capacityProviders: [fargate, spot], failures: [] });
  expect(
    await ecs.call('DescribeCapacityProviders', { capacityProviders: ['FARGATE', 'mine'], include: ['TAGS'] }),
  ).toEqual({
    capacityProviders: [fargate],
    failures: [{ arn: 'arn:aws:ecs:us-east-1:123456789012:capacity-provider/mine', reason: 'MISSING' }],
  });
  const first = await ecs.call('DescribeCapacityProviders', { maxResults: 1 });
  expect(first.capacityProviders).toEqual([fargate]);
  expect(
    (await ecs.call('DescribeCapacityProviders', { maxResults: 1, nextToken: first.nextToken })).capacityProviders,
  ).toEqual([spot]);
  await ecs.call('CreateCluster', { clusterName: 'web', capacityProviders: ['FARGATE_SPOT'] });
  expect((await ecs.call('DescribeCapacityProviders', { cluster: 'web' })).capacityProviders).toEqual([spot]);
});

test('[CL-4] counts come from indexes', async () => {
  const ecs = await openEcs();
  const put = (id: string, patch: Partial<TaskRecord>) =>
    ecs.db.transact((tx) => tx.put(tasks, taskKey(scope, 'web', id), aTask({ id, ...patch })));
  await put('1', {});
  await put('2', { launchType: 'EC2' });
  await put('3', { lastStatus: 'PROVISIONING' });
  await put('4', { lastStatus: 'DEPROVISIONING' });
  await put('5', { lastStatus: 'STOPPED' });
  await put('6', { cluster: 'other' });
  expect(tableCounts(ecs.db).of(scope, 'web')).toEqual({
    containerInstances: 0,
    runningTasks: 2,
    pendingTasks: 1,
    liveTasks: 4,
    activeServices: 0,
    statistics: [
      { name: 'runningEC2TasksCount', value: 1 },
      { name: 'pendingEC2TasksCount', value: 0 },
      { name: 'runningFargateTasksCount', value: 1 },
      { name: 'pendingFargateTasksCount', value: 1 },
      { name: 'runningExternalTasksCount', value: 0 },
      { name: 'pendingExternalTasksCount', value: 0 },
    ],
  });
});
