import { beforeEach, describe, expect, test } from 'vitest';
import { connectSocketPath, type ConnectMessage } from '../../../connect-protocol/index.ts';
import type { RequestContext } from '../../../protocol/api/index.ts';
import { aTask, scope } from '../contract/opened-ecs.ts';
import { openTasks, TestSocket, type OpenedTasks } from '../contract/opened-tasks.ts';
import { connectEndpointKey, connectEndpoints } from '../records/connect-endpoint.ts';
import { taskKey, tasks, type TaskContainer, type TaskRecord } from '../records/task.ts';
import { deactivationController } from '../tasks/deactivation-controller.ts';
import { stopped, toldToStop } from '../tasks/stopped.ts';
import { toldToAgent } from '../tasks/stopping.ts';
import { writeTask } from '../tasks/write-task.ts';
import { maxDrainMs } from './limits.ts';
import { connectRegistrationController } from './registration-controller.ts';

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

let ecs: OpenedTasks;
let arn = '';
const key = taskKey(aTask(), 'web', id);

beforeEach(async () => {
  ecs = await openTasks();
  arn = ecs.registrar.addRegistry('backend', { recordTypes: [] });
  await ecs.db.transact((tx) =>
    tx.put(connectEndpoints, connectEndpointKey(arn), {
      ...scope,
      cluster: 'web',
      service: 'backend',
      incarnation: '1',
      namespaceArn: 'ns',
      discoveryArn: arn,
      portName: 'http',
      discoveryName: 'backend',
      containerPort: 8080,
      protocol: 'http',
      names: [],
      idleTimeoutMs: 1,
      requestTimeoutMs: 2,
    }),
  );
});

async function put(patch: Partial<TaskRecord> = {}): Promise<void> {
  const task = aTask({
    group: 'service:backend',
    startedBy: 'ecs-svc/1',
    attachment: {
      privateIpv4Address: '172.31.0.7',
      availabilityZone: 'us-east-1b',
      networkInterfaceId: 'eni-1',
    } as NonNullable<TaskRecord['attachment']>,
    containers: [container()],
    connect: { revisionKey: 'r', hosts: [{ discoveryArn: arn, port: 8080 }] },
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
const toldStop = (atOnce = false) =>
  ecs.db.transact((tx) =>
    writeTask(
      tx,
      ecs.deps,
      toldToStop(row(), { stopCode: 'UserInitiated', reason: 'x', nowMs: ecs.clock.nowMs(), atOnce }),
    ),
  );

/** An agent's websocket, with what it has been told. */
async function agent(account = '000000000000') {
  const route = ecs.connects.routes.find(({ path }) => path === connectSocketPath);
  const context = { account, sourceIp: '', authorize: () => undefined } as unknown as RequestContext;
  const take = await route?.accept(new Map(), context);
  const socket = new TestSocket();
  take?.(socket);
  const messages = (): readonly ConnectMessage[] => socket.sent as unknown as readonly ConnectMessage[];
  return {
    socket,
    messages,
    say: async (report: object) => {
      socket.receiveText(JSON.stringify(report));
      await ecs.clock.advance(1);
    },
    hosts: () =>
      messages()
        .at(-1)
        ?.endpoints[0]?.hosts.map((host) => host.id),
  };
}

describe('hosts', () => {
  test('[CN-11] a running task becomes a host, one with a health check when it is healthy, and leaves when it is not', async () => {
    ecs.run(connectRegistrationController(ecs.deps));
    await put({ lastStatus: 'PENDING' });
    await settled();
    expect(instance()).toBeUndefined();
    const checked = (healthStatus: TaskContainer['healthStatus']) =>
      put({
        containers: [container({ checked: true, healthStatus })],
        ...(row().connected ? { connected: true } : {}),
      });
    await checked('UNKNOWN');
    await settled();
    expect(instance()).toBeUndefined();
    await checked('HEALTHY');
    await settled();
    expect(instance()?.attributes).toEqual({
      AWS_INSTANCE_IPV4: '172.31.0.7',
      AWS_INSTANCE_PORT: '8080',
      AvailabilityZone: 'us-east-1b',
      DeploymentId: 'ecs-svc/1',
      ECS_CLUSTER_NAME: 'web',
      ECS_SERVICE_NAME: 'backend',
    });
    await checked('UNHEALTHY');
    await settled();
    expect([instance(), row().connected]).toEqual([undefined, undefined]);
    await checked('HEALTHY');
    await settled();
    expect(row().connected).toBe(true);
  });

  test('[CN-12] one that ends by itself leaves in that transaction', async () => {
    ecs.run(connectRegistrationController(ecs.deps));
    await put();
    await settled();
    await ecs.db.transact((tx) => writeTask(tx, ecs.deps, stopped(row(), { nowMs: 1, reason: '' })));
    expect([instance(), row().connected]).toEqual([undefined, undefined]);
  });

  test('[CN-12] one that is told to stop waits until every agent has drained it', async () => {
    ecs.run(connectRegistrationController(ecs.deps));
    ecs.run(deactivationController(ecs.deps));
    await put();
    await settled();
    const agents = [await agent(), await agent()];
    for (const one of agents) await one.say({ type: 'watch', add: [arn], remove: [] });
    expect(agents.map(({ hosts }) => hosts())).toEqual([[id], [id]]);
    await toldStop();
    expect(instance()).toBeUndefined();
    await ecs.clock.advance(1_000);
    expect(agents.map(({ hosts }) => hosts())).toEqual([[], []]);
    expect(row().lastStatus).toBe('DEACTIVATING');
    expect(toldToAgent(row())).toBe('RUNNING');
    await agents[0]?.say({ type: 'settled', sequence: 2 });
    expect(row().lastStatus).toBe('DEACTIVATING');
    await agents[1]?.say({ type: 'settled', sequence: 2 });
    await settled();
    expect(row().lastStatus).toBe('STOPPING');
  });

  test.each([
    ['the agent goes away', async (one: Awaited<ReturnType<typeof agent>>) => one.socket.close(1001, 'gone')],
    [
      'its last caller ends',
      async (one: Awaited<ReturnType<typeof agent>>) => one.say({ type: 'watch', add: [], remove: [arn] }),
    ],
    ['the time is over', async () => ecs.clock.advance(maxDrainMs)],
  ])('[CN-12] nor is it waited for when %s', async (_name, end) => {
    ecs.run(connectRegistrationController(ecs.deps));
    ecs.run(deactivationController(ecs.deps));
    await put();
    await settled();
    const one = await agent();
    await one.say({ type: 'watch', add: [arn], remove: [] });
    await toldStop();
    await settled();
    expect(row().lastStatus).toBe('DEACTIVATING');
    await end(one);
    await settled();
    expect(row().lastStatus).toBe('STOPPING');
  });

  test('[CN-12] at once where nobody calls it, and where all is to end', async () => {
    ecs.run(connectRegistrationController(ecs.deps));
    ecs.run(deactivationController(ecs.deps));
    await put();
    await settled();
    await toldStop();
    await settled();
    expect(row().lastStatus).toBe('STOPPING');
    await put();
    await settled();
    await toldStop(true);
    expect(row().lastStatus).toBe('RUNNING');
    expect(toldToAgent(row())).toBe('STOPPED');
  });
});

describe('what agents are told', () => {
  test('[CN-13] the endpoints that they watch, then what changed of those', async () => {
    ecs.run(connectRegistrationController(ecs.deps));
    const one = await agent();
    await one.say({
      type: 'watch',
      add: [arn, 'arn:aws:servicediscovery:us-east-1:123456789012:service/srv-x'],
      remove: [],
    });
    expect(one.messages()).toEqual([
      {
        type: 'endpoints',
        sequence: 1,
        endpoints: [{ id: arn, protocol: 'http', idleTimeoutMs: 1, requestTimeoutMs: 2, hosts: [] }],
        removed: ['arn:aws:servicediscovery:us-east-1:123456789012:service/srv-x'],
      },
    ]);
    await put();
    await settled();
    await ecs.clock.advance(1);
    expect(one.messages().at(-1)?.endpoints[0]?.hosts).toEqual([{ id, address: '172.31.0.7', port: 8080 }]);
    const { length } = one.messages();
    await one.say({ type: 'watch', add: [], remove: [arn] });
    await toldStop();
    await ecs.clock.advance(1_000);
    expect(one.messages()).toHaveLength(length);
  });

  test('[CN-13] only of their own account; what is no report ends the connection', async () => {
    const other = await agent('111122223333');
    await other.say({ type: 'watch', add: [arn], remove: [] });
    expect(other.messages()).toEqual([{ type: 'endpoints', sequence: 1, endpoints: [], removed: [arn] }]);
    await other.say({ type: 'watch', add: [7], remove: [] });
    expect(other.socket.closed?.code).toBe(1008);
  });
});
