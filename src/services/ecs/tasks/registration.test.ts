import { beforeEach, expect, test } from 'vitest';
import { aTask } from '../contract/opened-ecs.ts';
import { openTasks, type OpenedTasks } from '../contract/opened-tasks.ts';
import { taskKey, tasks, type TaskContainer, type TaskRecord } from '../records/task.ts';
import { registrationController } from './registration-controller.ts';
import { registeredAttributes, registeredHealth } from './registration.ts';
import { stopped, toldToStop } from './stopped.ts';
import { writeTask } from './write-task.ts';

const id = '0123456789abcdef0123456789abcdef';
const container = (patch: Partial<TaskContainer> = {}): TaskContainer => ({
  name: 'app',
  id: 'c',
  image: 'busybox',
  lastStatus: 'RUNNING',
  networkBindings: [],
  healthStatus: 'UNKNOWN',
  essential: true,
  checked: false,
  cpuUnits: 0,
  ...patch,
});
const attachment = {
  privateIpv4Address: '172.31.0.7',
  availabilityZone: 'us-east-1b',
  networkInterfaceId: 'eni-1',
} as NonNullable<TaskRecord['attachment']>;

let ecs: OpenedTasks;
let arn = '';
const key = taskKey(aTask(), 'web', id);

beforeEach(async () => {
  ecs = await openTasks();
  arn = ecs.registrar.addRegistry('web', { recordTypes: ['A'], customHealth: true });
});

async function put(patch: Partial<TaskRecord> = {}): Promise<void> {
  const task = aTask({
    group: 'service:web',
    attachment,
    containers: [container()],
    registry: { registryArn: arn },
    instanceKey: '/ecs/instance/pool/1',
    ...patch,
  });
  await ecs.db.transact((tx) => tx.put(tasks, key, task));
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await ecs.settle();
}

const instance = () => ecs.registrar.instances.get(`${arn} ${id}`);
const row = (): TaskRecord => ecs.db.get(tasks, key)?.row ?? aTask();

test('[CM-21] a running task of a service with a registry becomes its instance, also one that ran before the start', async () => {
  await put({ lastStatus: 'PENDING' });
  const stop = ecs.run(registrationController(ecs.deps));
  await settled();
  expect(instance()).toBeUndefined();
  await put();
  await settled();
  expect(instance()).toEqual({
    health: 'HEALTHY',
    attributes: {
      AWS_INSTANCE_IPV4: '172.31.0.7',
      AVAILABILITY_ZONE: 'us-east-1b',
      REGION: 'us-east-1',
      ECS_CLUSTER_NAME: 'web',
      ECS_SERVICE_NAME: 'web',
      ECS_TASK_DEFINITION_FAMILY: 'web',
      AWS_INIT_HEALTH_STATUS: 'HEALTHY',
    },
  });
  expect(row().registered).toBe(true);
  stop();
  ecs.registrar.instances.clear();
  await put();
  ecs.run(registrationController(ecs.deps));
  await settled();
  expect(instance()).toBeDefined();
});

test('[CM-22] the health of essential containers is told; who was taken out by somebody else stays out', async () => {
  await put({
    containers: [container({ checked: true }), container({ name: 'side', essential: false, checked: true })],
  });
  ecs.run(registrationController(ecs.deps));
  await settled();
  expect(instance()?.health).toBe('UNHEALTHY');
  const healthy = async (healthStatus: TaskContainer['healthStatus']): Promise<void> => {
    await ecs.db.transact((tx) =>
      tx.put(tasks, key, { ...row(), containers: [container({ checked: true, healthStatus })] }),
    );
    await settled();
  };
  await healthy('HEALTHY');
  expect(instance()?.health).toBe('HEALTHY');
  await healthy('UNHEALTHY');
  expect(instance()?.health).toBe('UNHEALTHY');
  ecs.registrar.instances.clear();
  await healthy('HEALTHY');
  expect(instance()).toBeUndefined();
});

const endings: readonly (readonly [string, (task: TaskRecord) => TaskRecord])[] = [
  ['is told to stop', (task) => toldToStop(task, { stopCode: 'UserInitiated', reason: 'x', nowMs: 1 })],
  ['ends by itself', (task) => stopped(task, { nowMs: 1, reason: '' })],
];
test.each(endings)('[CM-23] a task that %s leaves in the transaction that says so', async (_name, end) => {
  await put();
  ecs.run(registrationController(ecs.deps));
  await settled();
  expect(instance()).toBeDefined();
  await ecs.db.transact((tx) => writeTask(tx, ecs.deps, end(row())));
  expect(instance()).toBeUndefined();
  expect(row().registered).toBeUndefined();
  await settled();
  expect(instance()).toBeUndefined();
});

test('[CM-24] a registry that takes nothing more is asked again', async () => {
  ecs.registrar.full = true;
  await put();
  ecs.run(registrationController(ecs.deps));
  await settled();
  expect(row().registered).toBeUndefined();
  ecs.registrar.full = false;
  await ecs.clock.advance(60_000);
  expect(instance()).toBeDefined();
});

test.each([
  ['its port', { registryArn: 'r', port: 9 }, {}, '9'],
  ["its container's port", { registryArn: 'r', containerName: 'app', containerPort: 80 }, {}, '80'],
  [
    'the port of its machine',
    { registryArn: 'r', containerName: 'app', containerPort: 80 },
    { attachment: undefined, containers: [container({ networkBindings: [{ containerPort: 80, hostPort: 32_768 }] })] },
    '32768',
  ],
  [
    'the port of its machine in host mode',
    { registryArn: 'r', containerName: 'app', containerPort: 80 },
    { attachment: undefined, containers: [container()] },
    '80',
  ],
  ['no port', { registryArn: 'r' }, {}, undefined],
] as const)('[CM-25] an instance says %s', (_name, registry, patch, port) => {
  const task = { ...aTask({ containers: [container()], attachment }), ...patch } as TaskRecord;
  const machine = { ec2InstanceId: 'i-1', address: '10.0.0.5' };
  const said = registeredAttributes(task, registry, { machine, customHealth: false });
  expect(said?.['AWS_INSTANCE_PORT']).toBe(port);
  const own = task.attachment !== undefined;
  expect([said?.['AWS_INSTANCE_IPV4'], said?.['EC2_INSTANCE_ID']]).toEqual(
    own ? ['172.31.0.7', undefined] : ['10.0.0.5', 'i-1'],
  );
  expect(said).not.toHaveProperty('AWS_INIT_HEALTH_STATUS');
});

test('[CM-25] without an address there is no instance', () => {
  const task = aTask({ containers: [] });
  expect(registeredAttributes(task, { registryArn: 'r' }, { machine: undefined, customHealth: false })).toBeUndefined();
  expect(registeredHealth(task)).toBe('HEALTHY');
});
