import { describe, expect, test } from 'vitest';
import type { CreateServiceRequest } from '../../../protocol/generated/ecs.ts';
import { openEcs, outcome, scope, type OpenedEcs } from '../contract/opened-ecs.ts';
import { serviceDeployments, serviceDeploymentKey } from '../records/service-deployment.ts';
import { ownedBy, serviceKey, services } from '../records/service.ts';

const network = { awsvpcConfiguration: { subnets: ['subnet-a'] } } as const;
const base: CreateServiceRequest = {
  serviceName: 'web',
  taskDefinition: 'web',
  desiredCount: 3,
  launchType: 'FARGATE',
  networkConfiguration: network,
};

/** A cluster `default` with revisions web:1 and web:2 (awsvpc, FARGATE) and host:1 (bridge, EC2). */
async function opened(): Promise<OpenedEcs> {
  const ecs = await openEcs();
  await ecs.call('CreateCluster', {});
  const web = {
    family: 'web',
    networkMode: 'awsvpc',
    requiresCompatibilities: ['FARGATE'],
    cpu: '256',
    memory: '512',
    containerDefinitions: [{ name: 'web', image: 'web:1', portMappings: [{ containerPort: 8080 }] }],
  } as const;
  await ecs.call('RegisterTaskDefinition', web);
  await ecs.call('RegisterTaskDefinition', web);
  await ecs.call('RegisterTaskDefinition', {
    family: 'host',
    networkMode: 'bridge',
    containerDefinitions: [{ name: 'web', image: 'web:1', memory: 64, portMappings: [{ containerPort: 8080 }] }],
  });
  return ecs;
}

function record(ecs: OpenedEcs) {
  const row = ecs.db.get(services, serviceKey(scope, 'default', 'web'))?.row;
  if (row === undefined) throw new Error('no service web');
  return row;
}

describe('creating', () => {
  test('[SV-1] answers with the service as AWS shows a new one', async () => {
    const ecs = await opened();
    const { service } = await ecs.call('CreateService', { ...base, tags: [{ key: 'team', value: 'a' }] });
    const id = record(ecs).deployments[0]?.id;
    expect(id).toMatch(/^ecs-svc\/[1-9][0-9]{18}$/);
    expect(service).toMatchObject({
      serviceArn: 'arn:aws:ecs:us-east-1:123456789012:service/default/web',
      serviceName: 'web',
      clusterArn: 'arn:aws:ecs:us-east-1:123456789012:cluster/default',
      status: 'ACTIVE',
      desiredCount: 3,
      runningCount: 0,
      pendingCount: 0,
      launchType: 'FARGATE',
      platformVersion: 'LATEST',
      platformFamily: 'Linux',
      taskDefinition: 'arn:aws:ecs:us-east-1:123456789012:task-definition/web:2',
      deploymentConfiguration: {
        deploymentCircuitBreaker: { enable: false, rollback: false },
        maximumPercent: 200,
        minimumHealthyPercent: 100,
        strategy: 'ROLLING',
      },
      deployments: [
        {
          id,
          status: 'PRIMARY',
          taskDefinition: 'arn:aws:ecs:us-east-1:123456789012:task-definition/web:2',
          desiredCount: 3,
          runningCount: 0,
          pendingCount: 0,
          failedTasks: 0,
          launchType: 'FARGATE',
          platformVersion: '1.4.0',
          rolloutState: 'IN_PROGRESS',
          rolloutStateReason: `ECS deployment ${id} in progress.`,
        },
      ],
      events: [],
      loadBalancers: [],
      schedulingStrategy: 'REPLICA',
      deploymentController: { type: 'ECS' },
      availabilityZoneRebalancing: 'ENABLED',
      propagateTags: 'NONE',
      tags: [{ key: 'team', value: 'a' }],
    });
    expect(service?.healthCheckGracePeriodSeconds).toBeUndefined();
  });

  test('[SV-2] the same request again is the same service, another one is refused', async () => {
    const ecs = await opened();
    const first = await ecs.call('CreateService', base);
    expect(await ecs.call('CreateService', base)).toEqual(first);
    expect(await outcome(ecs.call('CreateService', { ...base, desiredCount: 4 }))).toBe(
      'InvalidParameterException: Creation of service was not idempotent.',
    );
    expect((await ecs.call('ListServiceDeployments', { service: 'web' })).serviceDeployments).toHaveLength(1);
  });

  test.each<[name: string, patch: Partial<CreateServiceRequest>, want: string]>([
    ['no cluster', { cluster: 'gone' }, 'ClusterNotFoundException: Cluster not found.'],
    ['no definition', { taskDefinition: undefined }, 'InvalidParameterException: TaskDefinition can not be blank.'],
    ['unknown definition', { taskDefinition: 'gone' }, 'ClientException: TaskDefinition not found.'],
    [
      'a negative count',
      { desiredCount: -1 },
      'InvalidParameterException: desiredCount should be between 0 and 5000, but was -1',
    ],
    [
      'percents that block',
      { deploymentConfiguration: { maximumPercent: 100, minimumHealthyPercent: 100 } },
      'InvalidParameterException: Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments.',
    ],
    [
      'a count for daemons',
      { schedulingStrategy: 'DAEMON' },
      'InvalidParameterException: The daemon scheduling strategy does not support a desired count for services. Remove the desired count value and try again',
    ],
    [
      'grace without load balancer',
      { healthCheckGracePeriodSeconds: 30 },
      'InvalidParameterException: Health check grace period is only valid for services configured to use load balancers',
    ],
    [
      'no network',
      { networkConfiguration: undefined },
      "InvalidParameterException: Network Configuration must be provided when networkMode 'awsvpc' is specified.",
    ],
    [
      'a registry that is not there',
      { serviceRegistries: [{ registryArn: 'arn' }] },
      'InvalidParameterException: Unable to describe the service registry arn: the Cloud Map service was not found.',
    ],
    [
      'a threshold of nothing',
      {
        deploymentConfiguration: {
          deploymentCircuitBreaker: {
            enable: true,
            rollback: true,
            thresholdConfiguration: { type: 'COUNT', value: 0 },
          },
        },
      },
      'InvalidParameterException: thresholdConfiguration value must be at least 1.',
    ],
  ])('[SV-3] refuses %s and makes nothing', async (_name, patch, want) => {
    const ecs = await opened();
    expect(await outcome(ecs.call('CreateService', { ...base, ...patch }))).toBe(want);
    expect((await ecs.call('ListServices', {})).serviceArns).toEqual([]);
  });

  test('[SV-4] a target group must exist, be behind a load balancer, and fit the network; the container must map the port', async () => {
    const ecs = await opened();
    const arn = ecs.targets.addGroup('web', 'ip');
    const lone = ecs.targets.addGroup('lone', 'ip', { loadBalancerArns: [] });
    const machines = ecs.targets.addGroup('machines', 'instance');
    const of = (targetGroupArn: string, containerName = 'web', containerPort = 8080) =>
      outcome(
        ecs.call('CreateService', { ...base, loadBalancers: [{ targetGroupArn, containerName, containerPort }] }),
      );
    expect(await of(lone)).toBe(
      `InvalidParameterException: The target group with targetGroupArn ${lone} does not have an associated load balancer.`,
    );
    expect(await of(machines)).toContain(
      'has target type instance, which is incompatible with the awsvpc network mode',
    );
    expect(await of(`${arn}0`)).toContain('Unable to describe target group');
    expect(await of(arn, 'gone')).toBe(
      'InvalidParameterException: The container gone does not exist in the task definition.',
    );
    expect(await of(arn, 'web', 80)).toBe(
      'InvalidParameterException: The container web did not have a container port 80 defined.',
    );
    expect(await of(arn)).toBe('ok');
  });
});

describe('updating', () => {
  test('[SV-5] what its tasks run begins a deployment, the earlier one stays ACTIVE', async () => {
    const ecs = await opened();
    await ecs.call('CreateService', { ...base, taskDefinition: 'web:1' });
    const first = record(ecs).deployments[0];
    const { service } = await ecs.call('UpdateService', { service: 'web', taskDefinition: 'web:2' });
    expect(service?.deployments?.map(({ status, taskDefinition }) => [status, taskDefinition?.slice(-5)])).toEqual([
      ['PRIMARY', 'web:2'],
      ['ACTIVE', 'web:1'],
    ]);
    expect(record(ecs).deployments[1]).toMatchObject({ id: first?.id, desiredCount: 3 });
    const ended = ecs.db.get(
      serviceDeployments,
      serviceDeploymentKey(ownedBy(record(ecs)), first?.serviceDeploymentId ?? ''),
    );
    expect(ended?.row.status).toBe('STOPPED');
    const { serviceDeployments: listed } = await ecs.call('ListServiceDeployments', { service: 'web' });
    expect(listed?.map(({ status }) => status)).toEqual(['PENDING', 'STOPPED']);
  });

  test.each([
    ['the count', { desiredCount: 5 }],
    ['the percents', { deploymentConfiguration: { minimumHealthyPercent: 50 } }],
    ['the revision that runs', { taskDefinition: 'web:1' }],
    ['tags', { propagateTags: 'SERVICE' as const, enableECSManagedTags: true }],
  ])('[SV-6] %s begins none', async (_name, patch) => {
    const ecs = await opened();
    await ecs.call('CreateService', { ...base, taskDefinition: 'web:1' });
    const { service } = await ecs.call('UpdateService', { service: 'web', ...patch });
    expect(service?.deployments).toHaveLength(1);
    expect(service?.deployments?.[0]?.desiredCount).toBe(service?.desiredCount);
    expect(service).toMatchObject(
      'deploymentConfiguration' in patch
        ? { deploymentConfiguration: { maximumPercent: 200, minimumHealthyPercent: 50 } }
        : {},
    );
  });

  test('[SV-6] forceNewDeployment begins one of the same revision', async () => {
    const ecs = await opened();
    await ecs.call('CreateService', base);
    const { service } = await ecs.call('UpdateService', { service: 'web', forceNewDeployment: true });
    expect(new Set(service?.deployments?.map(({ taskDefinition }) => taskDefinition)).size).toBe(1);
    expect(service?.deployments).toHaveLength(2);
  });

  test('[SV-7] a service that is not there, or no longer', async () => {
    const ecs = await opened();
    expect(await outcome(ecs.call('UpdateService', { service: 'web' }))).toBe(
      'ServiceNotFoundException: Service not found.',
    );
    await ecs.call('CreateService', base);
    await ecs.call('DeleteService', { service: 'web', force: true });
    expect(await outcome(ecs.call('UpdateService', { service: 'web' }))).toBe(
      'ServiceNotActiveException: Service was not ACTIVE.',
    );
    expect(await outcome(ecs.call('CreateService', base))).toBe(
      'ClientException: Unable to Start a service that is still Draining.',
    );
  });
});

describe('describing, listing, deleting, stopping', () => {
  test('[SV-8] at most ten, unknown ones are MISSING, in the order of the request', async () => {
    const ecs = await opened();
    await ecs.call('CreateService', base);
    const { services: found, failures } = await ecs.call('DescribeServices', { services: ['web', 'gone'] });
    expect(found?.map(({ serviceName }) => serviceName)).toEqual(['web']);
    expect(failures).toEqual([{ arn: 'arn:aws:ecs:us-east-1:123456789012:service/default/gone', reason: 'MISSING' }]);
    const many = Array.from({ length: 11 }, (_, index) => `s${index}`);
    expect(await outcome(ecs.call('DescribeServices', { services: many }))).toContain('at most 10');
  });

  test('[SV-9] ListServices filters by launch type and strategy and pages by ten', async () => {
    const ecs = await opened();
    for (let index = 0; index < 12; index++) await ecs.call('CreateService', { ...base, serviceName: `s${index}` });
    await ecs.call('CreateService', {
      serviceName: 'daemon',
      taskDefinition: 'host',
      schedulingStrategy: 'DAEMON',
      launchType: 'EC2',
    });
    const first = await ecs.call('ListServices', {});
    expect(first.serviceArns).toHaveLength(10);
    const second = await ecs.call('ListServices', { nextToken: first.nextToken });
    expect(second.serviceArns).toHaveLength(3);
    const names = async (filter: object) =>
      (await ecs.call('ListServices', { maxResults: 100, ...filter })).serviceArns?.map((arn) => arn.split('/').at(-1));
    expect(await names({ launchType: 'EC2' })).toEqual(['daemon']);
    expect(await names({ schedulingStrategy: 'DAEMON' })).toEqual(['daemon']);
    expect(await names({ schedulingStrategy: 'DAEMON', launchType: 'FARGATE' })).toEqual([]);
  });

  test('[SV-10] deleting needs a count of 0 or force, and drains', async () => {
    const ecs = await opened();
    await ecs.call('CreateService', base);
    expect(await outcome(ecs.call('DeleteService', { service: 'web' }))).toBe(
      'InvalidParameterException: The service cannot be stopped while it is scaled above 0.',
    );
    const { service } = await ecs.call('DeleteService', { service: 'web', force: true });
    expect(service).toMatchObject({ status: 'DRAINING', desiredCount: 0 });
  });

  test('[SV-11] stopping a service deployment asks for its rollback, once', async () => {
    const ecs = await opened();
    await ecs.call('CreateService', base);
    const { services: found } = await ecs.call('DescribeServices', { services: ['web'] });
    const arn = found?.[0]?.currentServiceDeployment ?? '';
    expect(await ecs.call('StopServiceDeployment', { serviceDeploymentArn: arn })).toEqual({
      serviceDeploymentArn: arn,
    });
    const described = await ecs.call('DescribeServiceDeployments', { serviceDeploymentArns: [arn, `${arn}0`] });
    expect(described.serviceDeployments?.[0]?.status).toBe('ROLLBACK_REQUESTED');
    expect(described.failures).toEqual([{ arn: `${arn}0`, reason: 'MISSING' }]);
  });

  test('[SV-12] a service revision shows what the deployment runs', async () => {
    const ecs = await opened();
    await ecs.call('CreateService', base);
    const { services: found } = await ecs.call('DescribeServices', { services: ['web'] });
    const arn = found?.[0]?.currentServiceRevisions?.[0]?.arn ?? '';
    const { serviceRevisions } = await ecs.call('DescribeServiceRevisions', { serviceRevisionArns: [arn] });
    expect(serviceRevisions?.[0]).toMatchObject({
      taskDefinition: 'arn:aws:ecs:us-east-1:123456789012:task-definition/web:2',
      launchType: 'FARGATE',
      containerImages: [{ containerName: 'web', image: 'web:1' }],
      networkConfiguration: network,
    });
  });
});

describe('task sets', () => {
  const external: CreateServiceRequest = {
    serviceName: 'web',
    desiredCount: 5,
    deploymentController: { type: 'EXTERNAL' },
  };
  const set = { cluster: 'default', service: 'web', taskDefinition: 'web:1', launchType: 'FARGATE' as const };

  async function withService() {
    const ecs = await opened();
    await ecs.call('CreateService', external);
    return ecs;
  }

  test('[SV-13] a service of an external controller runs what its task sets say, each its share, rounded up', async () => {
    const ecs = await withService();
    const made = await ecs.call('CreateTaskSet', {
      ...set,
      networkConfiguration: network,
      scale: { value: 50, unit: 'PERCENT' },
      externalId: 'blue',
    });
    expect(made.taskSet).toMatchObject({
      status: 'ACTIVE',
      computedDesiredCount: 3,
      externalId: 'blue',
      stabilityStatus: 'STABILIZING',
      taskDefinition: 'arn:aws:ecs:us-east-1:123456789012:task-definition/web:1',
    });
    await ecs.call('UpdateServicePrimaryTaskSet', {
      cluster: 'default',
      service: 'web',
      primaryTaskSet: made.taskSet?.taskSetArn ?? '',
    });
    const { services: found } = await ecs.call('DescribeServices', { services: ['web'] });
    expect(found?.[0]).toMatchObject({
      taskDefinition: 'arn:aws:ecs:us-east-1:123456789012:task-definition/web:1',
      launchType: 'FARGATE',
      deployments: [],
      taskSets: [{ status: 'PRIMARY', externalId: 'blue' }],
    });
  });

  test('[SV-13] another PRIMARY makes the first ACTIVE; a share is changed and removed', async () => {
    const ecs = await withService();
    const add = () => ecs.call('CreateTaskSet', { ...set, networkConfiguration: network });
    const ids = [(await add()).taskSet?.id ?? '', (await add()).taskSet?.id ?? ''];
    for (const primaryTaskSet of ids)
      await ecs.call('UpdateServicePrimaryTaskSet', { cluster: 'default', service: 'web', primaryTaskSet });
    const of = { cluster: 'default', service: 'web' };
    const shown = async () =>
      (await ecs.call('DescribeTaskSets', of)).taskSets?.map(({ status, scale }) => [status, scale?.value]);
    expect(await shown()).toEqual([
      ['ACTIVE', 0],
      ['PRIMARY', 0],
    ]);
    await ecs.call('UpdateTaskSet', { ...of, taskSet: ids[0] ?? '', scale: { value: 100, unit: 'PERCENT' } });
    expect(await outcome(ecs.call('DeleteTaskSet', { ...of, taskSet: ids[0] ?? '' }))).toContain('scaled above 0');
    await ecs.call('DeleteTaskSet', { ...of, taskSet: ids[0] ?? '', force: true });
    expect(await shown()).toEqual([
      ['DRAINING', 0],
      ['PRIMARY', 0],
    ]);
  });

  test('[SV-13] a service of ECS has none, and an external one is told nothing that a task set says', async () => {
    const ecs = await opened();
    await ecs.call('CreateService', base);
    expect(await outcome(ecs.call('CreateTaskSet', { ...set, networkConfiguration: network }))).toContain(
      'only supports task sets for services with an EXTERNAL deployment controller',
    );
    expect(
      await outcome(ecs.call('CreateService', { ...external, serviceName: 'x', taskDefinition: 'web:1' })),
    ).toContain('taskDefinition is not supported with the EXTERNAL deployment controller');
  });
});
