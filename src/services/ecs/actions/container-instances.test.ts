import { describe, expect, test } from 'vitest';
import { outcome, region } from '../contract/opened-ecs.ts';
import { defined, joined, openTasks } from '../contract/opened-tasks.ts';

async function ready() {
  const ecs = await openTasks();
  await ecs.call('CreateCluster', { clusterName: 'web' });
  await defined(ecs, 'app');
  return ecs;
}

type Ecs = Awaited<ReturnType<typeof ready>>;

const machine = {
  cluster: 'web',
  totalResources: [
    { name: 'CPU', type: 'INTEGER', integerValue: 2048 },
    { name: 'MEMORY', type: 'INTEGER', integerValue: 4096 },
    { name: 'PORTS', type: 'STRINGSET', stringSetValue: ['22'] },
  ],
};
const identity = (instanceType: string) =>
  JSON.stringify({ instanceId: 'i-0abc', instanceType, imageId: 'ami-1', availabilityZone: `${region}b` });
const describedOne = async (ecs: Ecs, id: string, include: ('TAGS' | 'CONTAINER_INSTANCE_HEALTH')[] = []) =>
  (await ecs.call('DescribeContainerInstances', { cluster: 'web', containerInstances: [id], include }))
    .containerInstances?.[0];

describe('registering', () => {
  test('[CI-1] every attribute is echoed, with the zone and what the identity document says', async () => {
    const ecs = await ready();
    const attributes = [{ name: 'stack', value: 'test' }, { name: 'ecs.capability.full-sync' }];
    const { containerInstance } = await ecs.call('RegisterContainerInstance', {
      ...machine,
      attributes,
      instanceIdentityDocument: identity('m5.large'),
      tags: [{ key: 't', value: '1' }],
    });
    expect(containerInstance).toMatchObject({
      ec2InstanceId: 'i-0abc',
      status: 'ACTIVE',
      agentConnected: false,
      tags: [{ key: 't', value: '1' }],
      attributes: [
        ...attributes,
        { name: 'ecs.availability-zone', value: `${region}b` },
        { name: 'ecs.instance-type', value: 'm5.large' },
        { name: 'ecs.ami-id', value: 'ami-1' },
      ],
    });
  });

  test('[CI-1] the versions it tells are shown and can be asked for before its agent connects, and follow a new registration', async () => {
    const ecs = await ready();
    const versionInfo = { agentVersion: '1.14.5', agentHash: 'abc', dockerVersion: 'DockerVersion: 20.10' };
    const { containerInstance } = await ecs.call('RegisterContainerInstance', { ...machine, versionInfo });
    expect(containerInstance?.versionInfo).toEqual(versionInfo);
    const { containerInstanceArn } = containerInstance ?? {};
    const found = await ecs.call('ListContainerInstances', { cluster: 'web', filter: 'agentVersion >= 1.14.5' });
    expect(found.containerInstanceArns).toEqual([containerInstanceArn]);
    const newer = { agentVersion: '1.15.0' };
    const again = await ecs.call('RegisterContainerInstance', {
      ...machine,
      containerInstanceArn,
      versionInfo: newer,
    });
    expect(again.containerInstance?.versionInfo).toEqual({ ...versionInfo, ...newer });
  });

  test('[CI-12] a registration whose answer was lost is found again by its token, however the rest changed; once left, it is a new one', async () => {
    const ecs = await ready();
    const register = async (clientToken: string, memory = 4096): Promise<string | undefined> => {
      const totalResources = [
        { name: 'CPU', integerValue: 2048 },
        { name: 'MEMORY', integerValue: memory },
      ];
      const { containerInstance } = await ecs.call('RegisterContainerInstance', {
        ...machine,
        totalResources,
        clientToken,
      });
      expect(containerInstance?.registeredResources?.[1]?.integerValue).toBe(memory);
      return containerInstance?.containerInstanceArn;
    };
    const first = await register('token-1');
    expect(await register('token-1', 100)).toBe(first);
    const [again, other] = await Promise.all([register('token-2'), register('token-2')]);
    expect(again).toBe(other);
    expect(again).not.toBe(first);
    expect((await ecs.call('ListContainerInstances', { cluster: 'web' })).containerInstanceArns).toHaveLength(2);
    await ecs.call('DeregisterContainerInstance', { cluster: 'web', containerInstance: first ?? '' });
    const fresh = await register('token-1');
    expect(fresh).not.toBe(first);
    expect(await register('token-1')).toBe(fresh);
  });

  test('[CI-2] again under its ARN it stays the same instance, with its custom attributes, and takes new totals', async () => {
    const ecs = await ready();
    const { arn } = await joined(ecs, 'web', { attributes: [{ name: 'stack', value: 'test' }] });
    const { containerInstance } = await ecs.call('RegisterContainerInstance', {
      ...machine,
      containerInstanceArn: arn,
      attributes: [{ name: 'ecs.os-type', value: 'linux' }],
      totalResources: [
        { name: 'CPU', integerValue: 1024 },
        { name: 'MEMORY', integerValue: 100 },
      ],
    });
    expect(containerInstance).toMatchObject({ containerInstanceArn: arn, version: 2 });
    expect(containerInstance?.registeredResources?.[0]?.integerValue).toBe(1024);
    expect(containerInstance?.attributes).toContainEqual({ name: 'stack', value: 'test' });
    expect(containerInstance?.attributes).toContainEqual({ name: 'ecs.os-type', value: 'linux' });
    expect((await ecs.call('ListContainerInstances', { cluster: 'web' })).containerInstanceArns).toEqual([arn]);
  });

  test('[CI-2] after it was deregistered it is a new instance; as another type it is refused', async () => {
    const ecs = await ready();
    const first = await ecs.call('RegisterContainerInstance', {
      ...machine,
      instanceIdentityDocument: identity('m5.large'),
    });
    const containerInstanceArn = first.containerInstance?.containerInstanceArn ?? '';
    const again = { ...machine, containerInstanceArn, instanceIdentityDocument: identity('m5.xlarge') };
    expect(await outcome(ecs.call('RegisterContainerInstance', again))).toBe(
      'ClientException: Container instance type changes are not supported.',
    );
    await ecs.call('DeregisterContainerInstance', { cluster: 'web', containerInstance: containerInstanceArn });
    const fresh = await ecs.call('RegisterContainerInstance', again);
    expect(fresh.containerInstance?.containerInstanceArn).not.toBe(containerInstanceArn);
  });

  test.each([
    [{ totalResources: [] }, /totalResources must hold CPU/],
    [{ totalResources: [{ name: 'CPU', integerValue: -1 }] }, /totalResources must hold CPU/],
    [
      { totalResources: [...machine.totalResources.slice(0, 2), { name: 'PORTS', stringSetValue: ['x'] }] },
      /'x' in PORTS is not a port/,
    ],
    [{ instanceIdentityDocument: '{' }, /The instance identity document is not JSON/],
    [{ instanceIdentityDocument: '1' }, /The instance identity document is not an object/],
    [{ cluster: 'none' }, /^ClusterNotFoundException/],
  ])('[CI-3] %j is refused', async (patch, sentence) => {
    const ecs = await ready();
    expect(await outcome(ecs.call('RegisterContainerInstance', { ...machine, ...patch }))).toMatch(sentence);
  });

  test('[CI-3] DiscoverPollEndpoint names the endpoint the agent already talks to', async () => {
    expect(await (await ready()).call('DiscoverPollEndpoint', {})).toEqual({
      endpoint: 'http://127.0.0.1:4566/acs/',
      telemetryEndpoint: 'http://127.0.0.1:4566/tcs/',
    });
  });
});

describe('describing', () => {
  test('[CI-4] shows what is left, what runs and what waits', async () => {
    const ecs = await ready();
    const { id } = await joined(ecs, 'web');
    const { tasks: [task] = [] } = await ecs.call('RunTask', { cluster: 'web', taskDefinition: 'app', count: 2 });
    await ecs.call('SubmitTaskStateChange', { task: task?.taskArn, status: 'RUNNING' });
    expect(await describedOne(ecs, id)).toMatchObject({
      agentConnected: true,
      runningTasksCount: 1,
      pendingTasksCount: 1,
      remainingResources: [
        { name: 'CPU', integerValue: 1536 },
        { name: 'MEMORY', integerValue: 3072 },
        { name: 'PORTS', stringSetValue: ['22'] },
        { name: 'PORTS_UDP', stringSetValue: [] },
      ],
      tags: [],
    });
  });

  test('[CI-4] unknown ones are MISSING; deregistered ones are shown INACTIVE', async () => {
    const ecs = await ready();
    const { arn, id } = await joined(ecs, 'web');
    await ecs.call('DeregisterContainerInstance', { cluster: 'web', containerInstance: id });
    const missing = 'f'.repeat(32);
    const answer = await ecs.call('DescribeContainerInstances', { cluster: 'web', containerInstances: [arn, missing] });
    expect(answer.containerInstances?.map((one) => one.status)).toEqual(['INACTIVE']);
    expect(answer.failures).toEqual([{ arn: arn.replace(id, missing), reason: 'MISSING' }]);
    for (const containerInstances of [[], Array.from({ length: 101 }, () => id)])
      expect(await outcome(ecs.call('DescribeContainerInstances', { cluster: 'web', containerInstances }))).toMatch(
        /^InvalidParameterException/,
      );
  });
});

describe('listing', () => {
  test('[CI-5] by status and by cluster query, page by page; deregistered ones in neither', async () => {
    const ecs = await ready();
    const a = await joined(ecs, 'web', { attributes: [{ name: 'stack', value: 'test' }] });
    const b = await joined(ecs, 'web');
    const c = await joined(ecs, 'web');
    await ecs.call('UpdateContainerInstancesState', { cluster: 'web', containerInstances: [b.id], status: 'DRAINING' });
    await ecs.call('DeregisterContainerInstance', { cluster: 'web', containerInstance: c.id });
    const list = async (filter: object) =>
      (await ecs.call('ListContainerInstances', { cluster: 'web', ...filter })).containerInstanceArns;
    expect((await list({}))?.toSorted()).toEqual([a.arn, b.arn].toSorted());
    expect(await list({ status: 'DRAINING' })).toEqual([b.arn]);
    expect(await list({ filter: 'attribute:stack == test' })).toEqual([a.arn]);
    const page = await ecs.call('ListContainerInstances', { cluster: 'web', maxResults: 1 });
    const rest = await list({ maxResults: 1, nextToken: page.nextToken });
    expect([...(page.containerInstanceArns ?? []), ...(rest ?? [])].toSorted()).toEqual([a.arn, b.arn].toSorted());
    expect(await outcome(list({ filter: 'stack ==' }))).toMatch(/^InvalidParameterException/);
  });

  test('[CI-6] a filter with patterns looks at 200 instances a page, and the pages together at all', async () => {
    const ecs = await ready();
    for (let made = 0; made < 250; made++) await joined(ecs, 'web', { connected: false });
    const filter = 'attribute:ecs.availability-zone =~ nowhere.*';
    const first = await ecs.call('ListContainerInstances', { cluster: 'web', filter });
    expect(first.containerInstanceArns).toEqual([]);
    expect(first.nextToken).toBeDefined();
    const second = await ecs.call('ListContainerInstances', { cluster: 'web', filter, nextToken: first.nextToken });
    expect(second).toEqual({ containerInstanceArns: [] });
  });
});

describe('leaving', () => {
  test('[CI-7] DRAINING and ACTIVE may be set; the others and more than ten are refused; each has its own failure', async () => {
    const ecs = await ready();
    const a = await joined(ecs, 'web');
    const gone = await joined(ecs, 'web');
    await ecs.call('DeregisterContainerInstance', { cluster: 'web', containerInstance: gone.id });
    const update = { cluster: 'web', containerInstances: [a.id, gone.id, 'f'.repeat(32)], status: 'DRAINING' as const };
    const answer = await ecs.call('UpdateContainerInstancesState', update);
    expect(answer.containerInstances).toMatchObject([{ status: 'DRAINING', version: 2 }]);
    expect(answer.failures?.map(({ reason }) => reason)).toEqual(['INACTIVE', 'MISSING']);
    expect((await ecs.call('UpdateContainerInstancesState', update)).containerInstances).toMatchObject([
      { version: 2 },
    ]);
    expect(
      await ecs.call('RunTask', { cluster: 'web', taskDefinition: 'app' }).catch((error: Error) => error),
    ).toBeInstanceOf(Error);
    await ecs.call('UpdateContainerInstancesState', { ...update, status: 'ACTIVE' });
    expect((await ecs.call('RunTask', { cluster: 'web', taskDefinition: 'app' })).tasks).toHaveLength(1);
    expect(await outcome(ecs.call('UpdateContainerInstancesState', { ...update, status: 'DEREGISTERING' }))).toBe(
      'InvalidParameterException: Container instance status should be one of [ACTIVE,DRAINING]',
    );
    const many = Array.from({ length: 11 }, () => a.id);
    expect(await outcome(ecs.call('UpdateContainerInstancesState', { ...update, containerInstances: many }))).toMatch(
      /at most 10/,
    );
  });

  test('[CI-8] with tasks only by force; a second time it is not found', async () => {
    const ecs = await ready();
    const { id } = await joined(ecs, 'web');
    await ecs.call('RunTask', { cluster: 'web', taskDefinition: 'app' });
    const leave = { cluster: 'web', containerInstance: id };
    expect(await outcome(ecs.call('DeregisterContainerInstance', leave))).toBe(
      'InvalidParameterException: Found running tasks on the instance.',
    );
    const answer = await ecs.call('DeregisterContainerInstance', { ...leave, force: true });
    expect(answer.containerInstance?.status).toBe('INACTIVE');
    expect(await outcome(ecs.call('DeregisterContainerInstance', leave))).toMatch(/container instance was not found/);
  });

  test('[CI-9] there is no newer agent to update to', async () => {
    const ecs = await ready();
    const { id } = await joined(ecs, 'web');
    const update = (containerInstance: string) =>
      outcome(ecs.call('UpdateContainerAgent', { cluster: 'web', containerInstance }));
    expect(await update(id)).toMatch(
      /^NoUpdateAvailableException: There is no update available for your container agent/,
    );
    expect(await update('f'.repeat(32))).toMatch(/^InvalidParameterException/);
  });
});
