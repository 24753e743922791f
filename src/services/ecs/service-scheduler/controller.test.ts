import { describe, expect, test } from 'vitest';
import { fargate, inSubnet, joined, defined } from '../contract/opened-tasks.ts';
import { serviceDeploymentKey, serviceDeployments } from '../records/service-deployment.ts';
import { ownedBy, services } from '../records/service.ts';
import { taskKey, tasks } from '../records/task.ts';
import { nextProvider } from './capacity-providers.ts';
import { outcome } from '../contract/opened-ecs.ts';
import { openServices } from './contract/opened-services.ts';
import { schedulerSettings } from './settings.ts';

const { healthyAfterMs } = schedulerSettings;
const behind = (targetGroupArn: string) => ({
  loadBalancers: [{ targetGroupArn, containerName: 'app', containerPort: 80 }],
});

/** A service of FARGATE tasks that run behind a load balancer. */
async function balanced() {
  const ecs = await openServices();
  const arn = ecs.targets.addGroup('shop', 'ip');
  await ecs.create({}, { family: 'serverless', launchType: 'FARGATE', networkConfiguration: inSubnet, ...behind(arn) });
  await ecs.settle();
  for (const task of ecs.tasks()) {
    await ecs.db.transact((tx) =>
      tx.put(tasks, taskKey(task, 'web', task.id), { ...task, instanceKey: '/ecs/instance/pool/1' }),
    );
    await ecs.report(task, 'RUNNING');
  }
  await ecs.settle();
  const targets = ecs.tasks().map(({ attachment }) => ({ id: attachment?.privateIpv4Address ?? '', port: 80 }));
  return { ...ecs, arn, targetOf: targets };
}

describe('starting', () => {
  test('[SVC-1] [SVC-13] tasks on instances, with group, deployment and tags', async () => {
    const ecs = await openServices();
    await joined(ecs, 'web');
    await ecs.create();
    await ecs.settle();
    expect(ecs.tasks()).toHaveLength(2);
    expect(ecs.tasks()[0]).toMatchObject({
      group: 'service:shop',
      startedBy: 'ecs-svc/1',
      launchType: 'EC2',
      lastStatus: 'PENDING',
      tags: [
        { key: 'from', value: 'service' },
        { key: 'aws:ecs:serviceName', value: 'shop' },
        { key: 'aws:ecs:clusterName', value: 'web' },
      ],
    });
    const [said, ...others] = ecs.events();
    expect(said).toMatch(/^\(service shop\) has started 2 tasks: \(task [0-9a-f]{32}\) \(task [0-9a-f]{32}\)\.$/);
    for (const { id } of ecs.tasks()) expect(said).toContain(id);
    expect(others).toEqual([]);
  });

  test('[SVC-13] tags of the task definition, or none', async () => {
    for (const [propagateTags, tags] of [
      ['TASK_DEFINITION', [{ key: 'from', value: 'definition' }]],
      ['NONE', []],
    ] as const) {
      const ecs = await openServices();
      await joined(ecs, 'web');
      await ecs.create({ propagateTags, enableEcsManagedTags: false });
      await ecs.settle();
      expect(ecs.tasks()[0]?.tags).toEqual(tags);
    }
  });

  test('[SVC-12] FARGATE tasks go to the zones of their subnets in turn, and to providers by base and weight', async () => {
    const ecs = await openServices();
    await defined(ecs, 'serverless', fargate);
    const strategy = [
      { capacityProvider: 'FARGATE', base: 2, weight: 1 },
      { capacityProvider: 'FARGATE_SPOT', base: 0, weight: 3 },
    ];
    await ecs.create(
      { desiredCount: 6 },
      {
        family: 'serverless',
        capacityProviderStrategy: strategy,
        networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-a', 'subnet-b'] } },
      },
    );
    await ecs.settle();
    const zones = ecs.tasks().map(({ availabilityZone }) => availabilityZone?.slice(-1));
    expect(zones.filter((zone) => zone === 'a')).toHaveLength(3);
    const spot = ecs.tasks().filter(({ capacityProviderName }) => capacityProviderName === 'FARGATE_SPOT');
    expect(spot).toHaveLength(3);
    expect(nextProvider([{ capacityProvider: 'FARGATE_SPOT', base: 0, weight: 0 }], new Map())).toBe('FARGATE_SPOT');
  });

  test('[SVC-10] without room it says so once, counts a failure, and starts when there is some', async () => {
    const ecs = await openServices();
    await ecs.create();
    await ecs.settle();
    expect(ecs.events()).toEqual([
      '(service shop) was unable to place a task because no container instance met all of its requirements. Reason: No Container Instances were found in your cluster. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.',
    ]);
    expect(ecs.service().deployments[0]?.failedTasks).toBe(1);
    await joined(ecs, 'web');
    await ecs.clock.advance(schedulerSettings.longestPlacementPauseMs);
    expect(ecs.tasks()).toHaveLength(2);
    expect(ecs.events()).toHaveLength(2);
  });

  test('[SVC-10] the reason is the one of the instance that came nearest', async () => {
    const ecs = await openServices();
    const { id } = await joined(ecs, 'web');
    await ecs.create({ desiredCount: 10 });
    await ecs.settle();
    expect(ecs.tasks()).toHaveLength(8);
    expect(ecs.events().join()).toContain(
      `The closest matching (container-instance ${id}) has insufficient CPU units available.`,
    );
  });
});

test('[SVC-21] [SVC-1] it becomes steady, and replaces what ends', async () => {
  const ecs = await openServices();
  await joined(ecs, 'web');
  await ecs.create();
  await ecs.settle();
  for (const task of ecs.tasks()) await ecs.report(task, 'RUNNING');
  await ecs.clock.advance(healthyAfterMs);
  expect(ecs.service()).toMatchObject({ steady: true, completedRevisionId: 'r1' });
  const of = ownedBy(ecs.service());
  expect(ecs.db.get(serviceDeployments, serviceDeploymentKey(of, 'd1'))?.row.status).toBe('SUCCESSFUL');
  const [first] = ecs.tasks();
  if (first === undefined) throw new Error('no task');
  await ecs.report(first, 'STOPPED');
  await ecs.settle();
  expect(ecs.fresh(first).settled).toBe(true);
  expect(ecs.tasks().map(({ id }) => id)).not.toContain(first.id);
  expect(ecs.tasks()).toHaveLength(2);
});

describe('targets', () => {
  test('[SVC-14] a task that runs is a target, and healthy when its target is', async () => {
    const ecs = await balanced();
    for (const target of ecs.targetOf)
      expect(ecs.targets.health(ecs.service(), ecs.arn, target)?.state).toBe('initial');
    await ecs.clock.advance(healthyAfterMs);
    expect(ecs.service().steady).toBe(false);
    for (const target of ecs.targetOf) ecs.targets.set(ecs.arn, target, { state: 'healthy' });
    await ecs.settle();
    expect(ecs.service().steady).toBe(true);
    expect(ecs.events().filter((text) => text.includes('registered'))).not.toHaveLength(0);
  });

  test('[SVC-14] of a group of instances, a target is the machine and its port', async () => {
    const ecs = await openServices();
    const arn = ecs.targets.addGroup('shop', 'instance');
    await joined(ecs, 'web');
    await ecs.create({ desiredCount: 1 }, behind(arn));
    await ecs.settle();
    const [task] = ecs.tasks();
    await ecs.call('SubmitTaskStateChange', {
      cluster: 'web',
      task: `arn:aws:ecs:us-east-1:123456789012:task/web/${task?.id}`,
      status: 'RUNNING',
      containers: [
        { containerName: 'app', status: 'RUNNING', networkBindings: [{ containerPort: 80, hostPort: 32_768 }] },
      ],
    });
    await ecs.settle();
    expect(ecs.tasks()[0]?.targets).toMatchObject([
      { targetGroupArn: arn, id: expect.stringMatching(/^i-/), port: 32_768 },
    ]);
  });

  test('[SVC-15] a task with targets that is to stop drains first, also over a restart; then its agent hears', async () => {
    const ecs = await balanced();
    const [task] = ecs.tasks();
    const [target] = ecs.targetOf;
    if (task === undefined || target === undefined) throw new Error('no task');
    await ecs.call('StopTask', { cluster: 'web', task: task.id });
    await ecs.settle();
    expect(ecs.fresh(task)).toMatchObject({ desiredStatus: 'STOPPED', lastStatus: 'DEACTIVATING' });
    expect(ecs.targets.health(task, ecs.arn, target)?.state).toBe('draining');
    ecs.restart();
    await ecs.settle();
    expect(ecs.fresh(task).lastStatus).toBe('DEACTIVATING');
    ecs.targets.set(ecs.arn, target, undefined);
    await ecs.settle();
    expect(ecs.fresh(task).lastStatus).toBe('STOPPING');
    expect(ecs.fresh(task).targets).toBeUndefined();
  });

  test('[SVC-16] targets of a task that has stopped leave at once', async () => {
    const ecs = await balanced();
    const [task] = ecs.tasks();
    const [target] = ecs.targetOf;
    if (task === undefined || target === undefined) throw new Error('no task');
    await ecs.report(task, 'STOPPED');
    expect(ecs.targets.health(task, ecs.arn, target)?.state).toBe('draining');
    expect(ecs.fresh(task).targets).toBeUndefined();
  });
});

test('[SVC-22] a deleted service drains, and ends with its last task', async () => {
  const ecs = await balanced();
  await ecs.db.transact((tx) => tx.put(services, ecs.key, { ...ecs.service(), status: 'DRAINING', desiredCount: 0 }));
  await ecs.settle();
  expect(ecs.tasks().map(({ lastStatus }) => lastStatus)).toEqual(['DEACTIVATING', 'DEACTIVATING']);
  for (const target of ecs.targetOf) ecs.targets.set(ecs.arn, target, undefined);
  await ecs.settle();
  for (const task of ecs.tasks()) await ecs.report(task, 'STOPPED');
  await ecs.settle();
  expect(ecs.service().status).toBe('INACTIVE');
  expect(ecs.tasks()).toEqual([]);
});

test('[SVC-6] protection is set and shown by the API, and kept', async () => {
  const ecs = await openServices();
  await joined(ecs, 'web');
  await ecs.create();
  await ecs.settle();
  const named = ecs.tasks().map(({ id }) => id);
  const put = await ecs.call('UpdateTaskProtection', {
    cluster: 'web',
    tasks: named,
    protectionEnabled: true,
    expiresInMinutes: 5,
  });
  expect(put.failures).toEqual([]);
  expect(put.protectedTasks).toHaveLength(2);
  const untilMs = ecs.clock.nowMs() + 5 * 60_000;
  const got = await ecs.call('GetTaskProtection', { cluster: 'web', tasks: named });
  expect(got.protectedTasks?.[0]).toMatchObject({ protectionEnabled: true, expirationDate: untilMs });
  await ecs.db.transact((tx) => tx.put(services, ecs.key, { ...ecs.service(), desiredCount: 0 }));
  await ecs.settle();
  expect(ecs.tasks().every(({ desiredStatus }) => desiredStatus === 'RUNNING')).toBe(true);
  await ecs.clock.advance(5 * 60_000);
  expect(ecs.tasks().some(({ desiredStatus }) => desiredStatus === 'RUNNING')).toBe(false);
});

test('[TK-35] ListTasks shows the tasks of a service by name or ARN, and ServiceNotFoundException where there is none', async () => {
  const ecs = await openServices();
  await joined(ecs, 'web');
  await ecs.create();
  await expect.poll(() => ecs.tasks().length).toBe(2);
  const arnOf = (name: string): string => `arn:aws:ecs:us-east-1:123456789012:service/web/${name}`;
  for (const serviceName of ['shop', arnOf('shop')])
    expect((await ecs.call('ListTasks', { cluster: 'web', serviceName })).taskArns).toHaveLength(2);
  for (const serviceName of ['other', arnOf('other')])
    expect(await outcome(ecs.call('ListTasks', { cluster: 'web', serviceName }))).toBe(
      'ServiceNotFoundException: Service not found.',
    );
});
