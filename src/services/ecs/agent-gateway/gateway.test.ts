import { describe, expect, test } from 'vitest';
import { ApiError } from '../../../protocol/api/index.ts';
import { written } from '../../../testkit/index.ts';
import { outcome } from '../contract/opened-ecs.ts';
import { defined, inSubnet, joined, openTasks, TestSocket, type OpenedTasks } from '../contract/opened-tasks.ts';
import { tasks } from '../records/task.ts';
import { gatewayLimits } from './limits.ts';

async function ready() {
  const ecs = await openTasks();
  await ecs.call('CreateCluster', { clusterName: 'web' });
  await defined(ecs, 'app', {
    taskRoleArn: 'arn:aws:iam::123456789012:role/task',
    containerDefinitions: [
      { name: 'app', image: 'busybox', cpu: 10, memory: 16, healthCheck: { command: ['CMD', 'true'] } },
    ],
  });
  const instance = await joined(ecs, 'web', { connected: false, attributes: capabilities });
  return { ecs, ...instance };
}

const capabilities = [
  { name: 'ecs.capability.task-eni' },
  { name: 'ecs.capability.container-health-check' },
  { name: 'com.amazonaws.ecs.capability.task-iam-role' },
];

type Payload = { messageId: string; seqNum: number; tasks: { arn: string; desiredStatus: string }[] };

async function ran(ecs: OpenedTasks, request: object = {}): Promise<string> {
  const { tasks, failures } = await ecs.call('RunTask', { cluster: 'web', taskDefinition: 'app', ...request });
  if (tasks?.[0]?.taskArn === undefined) throw new Error(`not started: ${JSON.stringify(failures)}`);
  return tasks[0].taskArn;
}

const payloads = (socket: TestSocket) => socket.of('PayloadMessage') as unknown as readonly Payload[];
const acknowledge = (socket: TestSocket) => {
  for (const { messageId } of payloads(socket)) socket.receive('AckRequest', { messageId });
};

describe('an ACS session', () => {
  test('[GW-10] connects the instance, notes the versions, greets with a heartbeat, its tasks and the manifest', async () => {
    const { ecs, arn, id } = await ready();
    const socket = await ecs.connect(arn, 'acs', {
      agentVersion: '1.105.1',
      agentHash: 'a8b3e7d3',
      dockerVersion: 'DockerVersion: 20.10.24',
    });
    const task = await ran(ecs);
    expect(
      payloads(socket).map((one) => one.tasks.map(({ arn: named, desiredStatus }) => [named, desiredStatus])),
    ).toEqual([[[task, 'RUNNING']]]);
    const [instance] =
      (await ecs.call('DescribeContainerInstances', { cluster: 'web', containerInstances: [id] })).containerInstances ??
      [];
    expect(instance).toMatchObject({
      agentConnected: true,
      versionInfo: { agentVersion: '1.105.1', agentHash: 'a8b3e7d3' },
    });
    const second = await ecs.connect(arn);
    expect(second.sent.map(({ type }) => type)).toEqual(['HeartbeatMessage', 'PayloadMessage', 'TaskManifestMessage']);
    expect(second.of('TaskManifestMessage')[0]).toMatchObject({ tasks: [{ taskArn: task, desiredStatus: 'RUNNING' }] });
  });

  test('[GW-11] takes over from the one before; the old one’s end then changes nothing', async () => {
    const { ecs, arn, key } = await ready();
    const first = await ecs.connect(arn);
    await ecs.connect(arn);
    expect(first.closed?.code).toBe(1000);
    expect(ecs.gateway.quietSinceMs(key)).toBeUndefined();
    expect(ecs.ledger.available(key)?.connected).toBe(true);
  });

  test('[GW-29] of two agents with one identity the first stays while it answers', async () => {
    const { ecs, arn, key } = await ready();
    const first = await ecs.connect(arn);
    const second = outcome(ecs.admit(arn, 'acs', { processId: 'two' }));
    await ecs.settle();
    const asked = first.of('HeartbeatMessage').at(-1) as { messageId: string };
    first.receive('HeartbeatAckRequest', { messageId: asked.messageId });
    expect(await second).toMatch(
      /^InstanceInUseException: The container instance \S+ is in use: another agent, at 127\.0\.0\.1, is connected with the same identity/,
    );
    expect(first.closed).toBeUndefined();
    expect(await outcome(ecs.admit(arn, 'tcs', { processId: 'two' }))).toContain('InstanceInUseException');
    expect(await outcome(ecs.admit(arn, 'tcs'))).toBe('ok');
    expect(ecs.gateway.quietSinceMs(key)).toBeUndefined();
  });

  test('[GW-29] one that does not answer gives its place, after three seconds; an agent of protocol 1 is not asked', async () => {
    const { ecs, arn } = await ready();
    const first = await ecs.connect(arn);
    const second = ecs.connect(arn, 'acs', { processId: 'two' });
    await ecs.clock.advance(gatewayLimits.answerMs - 1);
    expect(first.closed).toBeUndefined();
    await ecs.clock.advance(1);
    await second;
    expect(first.closed?.code).toBe(1000);
    const old = await ecs.connect(arn, 'acs', { processId: 'two', protocolVersion: '1' });
    await ecs.connect(arn, 'acs', { processId: 'three' });
    expect(old.closed?.code).toBe(1000);
  });

  test('[GW-29] its registration is refused as well, before it changes anything of the instance', async () => {
    const { ecs, arn, id } = await ready();
    const first = await ecs.connect(arn);
    const again = outcome(
      ecs.call('RegisterContainerInstance', {
        cluster: 'web',
        containerInstanceArn: arn,
        totalResources: [
          { name: 'CPU', type: 'INTEGER', integerValue: 1 },
          { name: 'MEMORY', type: 'INTEGER', integerValue: 1 },
        ],
      }),
    );
    await ecs.settle();
    const asked = first.of('HeartbeatMessage').at(-1) as { messageId: string };
    first.receive('HeartbeatAckRequest', { messageId: asked.messageId });
    expect(await again).toContain('InstanceInUseException');
    const { containerInstances: [instance] = [] } = await ecs.call('DescribeContainerInstances', {
      cluster: 'web',
      containerInstances: [id],
    });
    expect(instance?.registeredResources?.find(({ name }) => name === 'CPU')?.integerValue).toBe(2048);
  });

  test('[GW-12] numbers only grow, over sessions too, and manifests share them with payloads', async () => {
    const { ecs, arn } = await ready();
    const numbers: number[] = [];
    for (let session = 0; session < 3; session++) {
      const socket = await ecs.connect(arn);
      await ran(ecs);
      for (const { type, message } of socket.sent) {
        if (type === 'PayloadMessage') numbers.push(Number(message['seqNum']));
        if (type === 'TaskManifestMessage') numbers.push(Number(message['timeline']));
      }
    }
    expect(numbers.length).toBeGreaterThan(6);
    expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b));
  });

  test('[GW-13] a payload is sent until it is acknowledged; of a task that is over never again', async () => {
    const { ecs, arn } = await ready();
    const socket = await ecs.connect(arn);
    const task = await ran(ecs);
    const beat = async () => {
      await ecs.clock.advance(gatewayLimits.heartbeatMs);
      for (const { messageId } of socket.of('HeartbeatMessage')) socket.receive('HeartbeatAckRequest', { messageId });
    };
    await beat();
    expect(payloads(socket)).toHaveLength(2);
    acknowledge(socket);
    await beat();
    await beat();
    expect(payloads(socket)).toHaveLength(2);
    const other = await ran(ecs);
    await ecs.call('SubmitTaskStateChange', { task: other, status: 'STOPPED', reason: 'UnrecogniedTaskError: no' });
    await beat();
    await beat();
    expect(payloads(socket).filter((one) => one.tasks[0]?.arn === other)).toHaveLength(1);
    await ecs.call('StopTask', { cluster: 'web', task });
    expect(payloads(socket).at(-1)?.tasks[0]).toMatchObject({ arn: task, desiredStatus: 'STOPPED' });
  });

  test('[GW-24] a task is STOPPING once its agent has the order to stop it, not before', async () => {
    const { ecs, arn } = await ready();
    const socket = await ecs.connect(arn);
    const task = await ran(ecs);
    const shown = async () =>
      (await ecs.call('DescribeTasks', { cluster: 'web', tasks: [task] })).tasks?.[0]?.lastStatus;
    await ecs.call('SubmitTaskStateChange', { task, status: 'RUNNING' });
    acknowledge(socket);
    const { task: told } = await ecs.call('StopTask', { cluster: 'web', task });
    expect(told).toMatchObject({ lastStatus: 'RUNNING', desiredStatus: 'STOPPED' });
    expect(await shown()).toBe('RUNNING');
    acknowledge(socket);
    await ecs.clock.advance(1);
    expect(await shown()).toBe('STOPPING');
    await ecs.call('SubmitTaskStateChange', { task, status: 'STOPPED' });
    expect(await shown()).toBe('STOPPED');
  });

  test('[GW-25] of a task that is DEACTIVATING the agent hears only when that is done', async () => {
    const { ecs, arn, key: instanceKey } = await ready();
    const socket = await ecs.connect(arn);
    const task = await ran(ecs);
    const [key = ''] = ecs.db.table(tasks).keys('instanceLive', instanceKey);
    await ecs.db.transact((tx) => {
      const row = tx.get(tasks, key);
      if (row !== undefined) tx.put(tasks, key, { ...row, desiredStatus: 'STOPPED', lastStatus: 'DEACTIVATING' });
    });
    const asked = () => payloads(socket).filter((one) => one.tasks[0]?.desiredStatus === 'STOPPED').length;
    expect(asked()).toBe(0);
    const again = await ecs.connect(arn);
    expect(payloads(again).at(-1)?.tasks[0]).toMatchObject({ arn: task, desiredStatus: 'RUNNING' });
    expect(again.of('TaskManifestMessage')[0]).toMatchObject({ tasks: [{ taskArn: task, desiredStatus: 'RUNNING' }] });
    await ecs.db.transact((tx) => {
      const row = tx.get(tasks, key);
      if (row !== undefined) tx.put(tasks, key, { ...row, lastStatus: 'STOPPING' });
    });
    expect(payloads(again).at(-1)?.tasks[0]).toMatchObject({ arn: task, desiredStatus: 'STOPPED' });
  });

  test('[GW-26] a new session brings the execution role of tasks that end or ended lately, for their last lines', async () => {
    const { ecs, arn } = await ready();
    await ecs.connect(arn);
    await defined(ecs, 'logs', {
      executionRoleArn: 'arn:aws:iam::123456789012:role/execution',
      containerDefinitions: [{ name: 'app', image: 'busybox', cpu: 10, memory: 16 }],
    });
    const task = await ran(ecs, { taskDefinition: 'logs' });
    const sent = async () =>
      (await ecs.connect(arn)).of('IAMRoleCredentialsMessage').map(({ taskArn, roleType }) => [taskArn, roleType]);
    expect(await sent()).toEqual([]); // they are in the payload of a task that is to run
    await ecs.call('StopTask', { cluster: 'web', task });
    expect(await sent()).toEqual([[task, 'TaskExecution']]);
    await ecs.call('SubmitTaskStateChange', { task, status: 'STOPPED' });
    expect(await sent()).toEqual([[task, 'TaskExecution']]);
    await ecs.clock.advance(gatewayLimits.endedTaskMs + 1);
    expect(await sent()).toEqual([]);
  });

  test('[GW-27] the tasks of a turn come in one payload, and those not acknowledged again, one by one', async () => {
    const { ecs, arn } = await ready();
    const socket = await ecs.connect(arn);
    const count = 5;
    const { tasks = [] } = await ecs.call('RunTask', { cluster: 'web', taskDefinition: 'app', count });
    const started = tasks.map(({ taskArn = '' }) => taskArn);
    const [first, ...others] = payloads(socket);
    expect(others).toEqual([]);
    expect(first?.tasks.map(({ arn: named }) => named)).toEqual(started);
    await ecs.clock.advance(gatewayLimits.heartbeatMs);
    const again = payloads(socket).slice(1);
    expect(again.map((one) => one.tasks.map(({ arn: named }) => named))).toEqual(started.map((named) => [named]));
    socket.receive('AckRequest', { messageId: again[0]?.messageId });
    await ecs.clock.advance(gatewayLimits.heartbeatMs);
    expect(payloads(socket).slice(1 + count)).toHaveLength(count - 1);
  });

  test('[GW-27] a payload has at most 16 tasks', async () => {
    const { ecs, arn } = await ready();
    await ecs.connect(arn);
    for (let turn = 0; turn < 4; turn++)
      await ecs.call('RunTask', { cluster: 'web', taskDefinition: 'app', count: 10 });
    const socket = await ecs.connect(arn);
    expect(payloads(socket).map((one) => one.tasks.length)).toEqual([16, 16, 8]);
  });

  test('[GW-14] ends when heartbeats stay unanswered, but not for agents of the old protocol', async () => {
    const { ecs, arn, key } = await ready();
    const socket = await ecs.connect(arn);
    await ecs.clock.advance(gatewayLimits.heartbeatMs * (gatewayLimits.unansweredHeartbeats + 1));
    expect(socket.closed?.code).toBe(1001);
    expect(ecs.gateway.quietSinceMs(key)).toBeLessThanOrEqual(ecs.clock.nowMs());
    expect(ecs.ledger.available(key)?.connected).toBe(false);
    const old = await ecs.connect(arn, 'acs', { protocolVersion: '1' });
    await ecs.clock.advance(gatewayLimits.heartbeatMs * 10);
    expect(old.closed).toBeUndefined();
  });

  test('[GW-15] confirms to stop only what the store says is to stop', async () => {
    const { ecs, arn } = await ready();
    const first = await ecs.connect(arn);
    const wanted = await ran(ecs);
    const unwanted = await ran(ecs);
    await ecs.call('StopTask', { cluster: 'web', task: unwanted });
    const unknown = wanted.replace(/.{32}$/, 'f'.repeat(32));
    const candidate = (taskArn: string) => ({ taskArn, taskClusterArn: 'c', desiredStatus: 'STOPPED' });
    const [manifest] = first.of('TaskManifestMessage');
    const told = { messageId: manifest?.['messageId'], stopCandidates: [wanted, unwanted, unknown].map(candidate) };
    first.receive('TaskStopVerificationMessage', { ...told, messageId: 'another' });
    expect(first.of('TaskStopVerificationAck')).toEqual([]);
    first.receive('TaskStopVerificationMessage', told);
    expect(first.of('TaskStopVerificationAck')).toMatchObject([
      { messageId: manifest?.['messageId'], stopTasks: [candidate(unwanted), candidate(unknown)] },
    ]);
    first.receive('TaskStopVerificationMessage', told);
    expect(first.of('TaskStopVerificationAck')).toHaveLength(1);
  });

  test('[GW-16] credentials come with the task and are renewed under the same id well before they end', async () => {
    const { ecs, arn } = await ready();
    const socket = await ecs.connect(arn, 'acs', { protocolVersion: '1' });
    await ran(ecs);
    acknowledge(socket);
    const [payload] = socket.of('PayloadMessage') as {
      tasks: { roleCredentials: { credentialsId: string; expiration: string } }[];
    }[];
    const issued = payload?.tasks[0]?.roleCredentials;
    expect(issued?.credentialsId).toMatch(/^[0-9a-f-]{36}$/);
    await ecs.clock.advance(3 * 60 * 60_000);
    expect(socket.of('IAMRoleCredentialsMessage')).toEqual([]);
    await ecs.clock.advance(2 * 60 * 60_000);
    const renewed = socket.of('IAMRoleCredentialsMessage') as {
      roleCredentials: { credentialsId: string; expiration: string };
    }[];
    expect(renewed.length).toBeGreaterThan(0);
    expect(renewed[0]?.roleCredentials.credentialsId).toBe(issued?.credentialsId);
    expect((renewed[0]?.roleCredentials.expiration ?? '') > (issued?.expiration ?? '9')).toBe(true);
  });

  test('[GW-28] a task whose role cannot be assumed ends before its agent hears of it; one that began goes on', async () => {
    const { ecs, arn } = await ready();
    const socket = await ecs.connect(arn);
    const [role, why] = ['arn:aws:iam::123456789012:role/task', 'ECS was unable to assume the role'];
    const begun = await ran(ecs);
    acknowledge(socket);
    await ecs.call('SubmitTaskStateChange', { cluster: 'web', task: begun, status: 'RUNNING' });
    ecs.refusedRoles.set(role, why);
    const refused = await ran(ecs);
    await ecs.clock.advance(10);
    const { tasks: found } = await ecs.call('DescribeTasks', { cluster: 'web', tasks: [begun, refused] });
    expect(
      found?.map(({ desiredStatus, stopCode, stoppedReason }) => [desiredStatus, stopCode, stoppedReason]),
    ).toEqual([
      ['RUNNING', undefined, undefined],
      ['STOPPED', 'TaskFailedToStart', why],
    ]);
    const second = await ecs.connect(arn);
    const told = [...payloads(socket), ...payloads(second)].flatMap(({ tasks: sent }) => sent.map((task) => task.arn));
    expect(new Set(told)).toEqual(new Set([begun]));
  });

  test('[GW-17] an interface is announced before the payload that carries it', async () => {
    const { ecs, arn } = await ready();
    await defined(ecs, 'vpc', { networkMode: 'awsvpc' });
    const socket = await ecs.connect(arn);
    const task = await ran(ecs, { taskDefinition: 'vpc', networkConfiguration: inSubnet });
    expect(socket.sent.slice(-2).map(({ type }) => type)).toEqual([
      'AttachTaskNetworkInterfacesMessage',
      'PayloadMessage',
    ]);
    const [announced] = socket.of('AttachTaskNetworkInterfacesMessage');
    expect(announced).toMatchObject({
      taskArn: task,
      waitTimeoutMs: 300_000,
      elasticNetworkInterfaces: [
        { ipv4Addresses: [{ primary: true, privateAddress: '172.31.0.1' }], subnetGatewayIpv4Address: '172.31.0.1/20' },
      ],
    });
  });

  test('[GW-18] whatever an agent sends, the session goes on', async () => {
    const { ecs, arn } = await ready();
    const socket = await ecs.connect(arn);
    for (const text of [
      '',
      '{',
      'null',
      '[]',
      '{"type":1}',
      '{"type":"AckRequest"}',
      '{"type":"AckRequest","message":null}',
      '{"type":"Unknown","message":{}}',
    ])
      socket.receiveText(text);
    socket.receive('TaskStopVerificationMessage', { messageId: 1, stopCandidates: 'x' });
    socket.receive('NackRequest', { messageId: 'x', reason: 'Updates are disabled' });
    const task = await ran(ecs);
    expect(payloads(socket).at(-1)?.tasks[0]?.arn).toBe(task);
    expect(socket.closed).toBeUndefined();
  });
});

describe('who may connect', () => {
  test('[GW-19] a deregistered instance is turned away in the way its agent understands, connected or not', async () => {
    const { ecs, arn, id } = await ready();
    const acs = await ecs.connect(arn);
    const tcs = await ecs.connect(arn, 'tcs');
    await ecs.call('DeregisterContainerInstance', { cluster: 'web', containerInstance: id });
    for (const socket of [acs, tcs]) {
      expect(socket.closed?.code).toBe(1008);
      expect(socket.closed?.reason).toContain('InactiveInstanceException');
    }
    expect(await outcome(ecs.connect(arn))).toMatch(/^InactiveInstanceException/);
    expect(await outcome(ecs.connect(arn, 'tcs').then(() => 0))).toMatch(/^InactiveInstanceException/);
  });

  test.each(['acs', 'tcs'] as const)('[GW-19] also when it left while its %s socket was opened', async (kind) => {
    const { ecs, arn, id, key } = await ready();
    const accept = await ecs.admit(arn, kind);
    await ecs.call('DeregisterContainerInstance', { cluster: 'web', containerInstance: id });
    const socket = new TestSocket();
    accept(socket);
    expect(socket.closed).toMatchObject({
      code: 1008,
      reason: expect.stringContaining('InactiveInstanceException') as string,
    });
    expect(socket.sent).toEqual([]);
    expect(ecs.gateway.quietSinceMs(key)).toBeDefined();
  });

  test.each([
    ['acs', 'Poll'],
    ['tcs', 'StartTelemetrySession'],
  ] as const)('[AUT-9] the %s session asks the agent’s policies for ecs:%s', async (kind, action) => {
    const { ecs, arn } = await ready();
    const asked: string[] = [];
    const refusal = new ApiError('AccessDeniedException', 'not authorized');
    ecs.authorized.ask = (question) => {
      asked.push(written(question, ['ecs:cluster']));
      throw refusal;
    };
    await expect(ecs.admit(arn, kind)).rejects.toBe(refusal);
    const unknown = arn.replace(/.{32}$/, 'f'.repeat(32));
    await expect(ecs.admit(unknown, kind)).rejects.toBe(refusal);
    const cluster = 'ecs:cluster=arn:aws:ecs:us-east-1:123456789012:cluster/web';
    expect(asked).toEqual([`ecs:${action} ${arn} ${cluster}`, `ecs:${action} ${unknown} ${cluster}`]);
  });

  test('[GW-20] nobody else’s and no unknown instance', async () => {
    const { ecs, arn } = await ready();
    for (const wrong of [
      '',
      'nonsense',
      arn.replace('123456789012', '999999999999'),
      arn.replace('container-instance', 'task'),
    ])
      expect(await outcome(ecs.connect(wrong))).toMatch(/^InvalidInstanceException/);
    expect(await outcome(ecs.connect(arn.replace(/.{32}$/, 'f'.repeat(32))))).toMatch(/^InactiveInstanceException/);
  });
});

describe('a TCS session', () => {
  const signed = (type: string, message: object) =>
    `Authorization: AWS4-HMAC-SHA256 Credential=AKIDTEST/20261120/us-east-1/ecs/aws4_request, SignedHeaders=host;x-amz-date, Signature=0\r\nHost: 127.0.0.1:8080\r\nX-Amz-Date: 20261120T182233Z\r\n\r\n${JSON.stringify({ type, message })}`;

  test('[GW-21] metrics are acknowledged and dropped', async () => {
    const { ecs, arn } = await ready();
    const socket = await ecs.connect(arn, 'tcs');
    // As recorded from Amazon's agent 1.105.1 with nothing running.
    const metadata = {
      cluster: 'default',
      containerInstance: arn,
      fin: true,
      idle: true,
      messageId: '35541bf5-8040-4f36-b8d3-3f85b886a2bb',
    };
    socket.receiveText(signed('PublishMetricsRequest', { metadata, timestamp: 1795198953.818 }));
    expect(socket.of('AckPublishMetric')).toHaveLength(1);
  });

  test('[GW-22] health of containers goes into their tasks, of this instance only, with a version only when it changed', async () => {
    const { ecs, arn } = await ready();
    await ecs.connect(arn);
    const task = await ran(ecs);
    const socket = await ecs.connect(arn, 'tcs');
    const report = (healthStatus: string) => {
      const containers = [{ containerName: 'app', healthStatus, statusSince: 1795198957.578 }];
      socket.receiveText(
        signed('PublishHealthRequest', {
          metadata: { fin: true },
          tasks: [{ taskArn: task, containers }, { taskArn: 1 }, null],
        }),
      );
    };
    const shown = async () => (await ecs.call('DescribeTasks', { cluster: 'web', tasks: [task] })).tasks?.[0];
    report('HEALTHY');
    await ecs.settle();
    expect(await shown()).toMatchObject({
      healthStatus: 'HEALTHY',
      version: 2,
      containers: [{ healthStatus: 'HEALTHY' }],
    });
    report('HEALTHY');
    report('nonsense');
    await ecs.settle();
    expect((await shown())?.version).toBe(2);
    report('UNHEALTHY');
    await ecs.settle();
    expect(await shown()).toMatchObject({ healthStatus: 'UNHEALTHY', version: 3 });
    expect(socket.of('AckPublishHealth')).toHaveLength(4);
  });

  test('[GW-23] the agent’s own health is shown where it is asked for, until its session ends', async () => {
    const { ecs, arn, id } = await ready();
    const socket = await ecs.connect(arn, 'tcs');
    const statuses = [
      { lastStatusChange: 1795198954.328, lastUpdated: 1795198953.789, status: 'OK', type: 'ContainerRuntime' },
    ];
    socket.receiveText(signed('PublishInstanceStatusRequest', { metadata: {}, statuses, timestamp: 1795198973.822 }));
    const shown = async () =>
      (
        await ecs.call('DescribeContainerInstances', {
          cluster: 'web',
          containerInstances: [id],
          include: ['CONTAINER_INSTANCE_HEALTH'],
        })
      ).containerInstances?.[0]?.healthStatus;
    expect(await shown()).toEqual({
      overallStatus: 'OK',
      details: [
        { type: 'CONTAINER_RUNTIME', status: 'OK', lastUpdated: 1795198953789, lastStatusChange: 1795198954328 },
      ],
    });
    socket.close(1000, '');
    expect((await shown())?.overallStatus).toBe('INSUFFICIENT_DATA');
  });
});
