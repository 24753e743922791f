import { expect, test } from 'vitest';
import { openTasks } from '../contract/opened-tasks.ts';
import { taskDefinitionKey, taskDefinitions } from '../records/task-definition.ts';
import { tasks } from '../records/task.ts';
import { platformTasks, type PlatformTask } from './platform-tasks.ts';
import { stopped } from './stopped.ts';
import { writeTask } from './write-task.ts';

const own = {
  networkInterfaceId: 'eni-of-a-user',
  macAddress: '02:00:00:00:00:01',
  privateIpv4Address: '172.31.0.9',
  privateDnsName: 'ip-172-31-0-9.ec2.internal',
  subnetId: 'subnet-a',
  prefixLength: 20,
  gateway: '172.31.0.1',
  vpcId: 'vpc-1',
  vpcPrefixes: ['172.31.0.0/16'],
  availabilityZone: 'us-east-1a',
};

const asked = (revision: number): PlatformTask => ({
  region: 'us-east-1',
  family: 'db',
  revision,
  image: 'postgres:15',
  entryPoint: ['bash', '-c'],
  command: ['true'],
  environment: { A: 'b' },
  mount: { sourcePath: '/data/db', containerPath: '/rds' },
  stopTimeoutSeconds: 120,
  port: 5_432,
  cpuUnits: 2_048,
  memoryMiB: 1_024,
  reservedCpuUnits: 256,
  interface: own,
});

async function opened() {
  const ecs = await openTasks();
  const platform = platformTasks(ecs.deps);
  const start = async (revision: number) => (await ecs.db.transact((tx) => platform.start(tx, asked(revision)))).result;
  const end = (key: string) =>
    ecs.db.transact((tx) => {
      const task = tx.get(tasks, key);
      if (task !== undefined) writeTask(tx, ecs.deps, stopped(task, { nowMs: ecs.clock.nowMs(), reason: 'it ended' }));
    });
  const definitions = () =>
    [1, 2].filter((revision) => {
      const key = taskDefinitionKey({ account: '000000000000', region: 'us-east-1' }, 'db', revision);
      return ecs.db.get(taskDefinitions, key) !== undefined;
    });
  return { ...ecs, platform, start, end, definitions };
}

test('[RDS-19] a task of the platform has the interface it is given, which outlives it', async () => {
  const { db, platform, start, end, definitions } = await opened();
  const heard: string[] = [];
  platform.onChange((family) => heard.push(family));
  const key = await start(1);
  expect(db.get(tasks, key)?.row).toMatchObject({
    account: '000000000000',
    launchType: 'FARGATE',
    lastStatus: 'PROVISIONING',
    availabilityZone: 'us-east-1a',
    resources: { cpuUnits: 256, memoryMiB: 1_024 },
    attachment: { ...own, status: 'PRECREATED' },
  });
  expect([platform.get(key), heard]).toEqual([{ status: 'starting' }, ['db']]);
  await end(key);
  expect(platform.get(key)).toEqual({ status: 'stopped', reason: 'it ended' });
  expect(definitions()).toEqual([1]);
  const next = await start(2);
  expect(definitions()).toEqual([2]);
  await db.transact((tx) => platform.stop(tx, next, 'enough'));
  expect(platform.get(next)).toMatchObject({ status: 'stopped', reason: 'enough' }); // no agent had it
  await db.transact((tx) => platform.stop(tx, next, 'again'));
  await db.transact((tx) => platform.forget(tx, { region: 'us-east-1', family: 'db', revision: 2 }));
  expect(definitions()).toEqual([]);
});

test('[RDS-19] users see nothing of it', async () => {
  const { start, call } = await opened();
  await start(1);
  expect((await call('ListTaskDefinitions', {})).taskDefinitionArns).toEqual([]);
  expect((await call('ListClusters', {})).clusterArns).toEqual([]);
});
