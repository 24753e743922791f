import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SubmitTaskStateChangeRequest } from '../../../protocol/generated/ecs.ts';
import { aTask } from '../contract/opened-ecs.ts';
import { taskStatuses, type TaskContainer, type TaskRecord } from '../records/task.ts';
import { isLater } from './lifecycle.ts';
import { afterContainerReport, afterReport } from './state-change.ts';

function container(name: string, patch: Partial<TaskContainer> = {}): TaskContainer {
  return {
    name,
    id: `id-${name}`,
    image: 'busybox',
    lastStatus: 'PENDING',
    networkBindings: [],
    healthStatus: 'UNKNOWN',
    essential: true,
    checked: false,
    cpuUnits: 0,
    ...patch,
  };
}

const instanceKey = '/ecs/instance/123456789012/us-east-1/web/i';
const pending = (patch: Partial<TaskRecord> = {}): TaskRecord =>
  aTask({ lastStatus: 'PENDING', instanceKey, containers: [container('app'), container('side')], ...patch });

describe('a report', () => {
  test('[TK-10] of RUNNING sets startedAt to our clock, once, and the first report makes the task CONNECTED', () => {
    const report = {
      status: 'RUNNING',
      containers: [
        {
          containerName: 'app',
          status: 'RUNNING',
          runtimeId: 'r',
          networkBindings: [{ containerPort: 80, hostPort: 32768 }],
        },
      ],
      pullStartedAt: 5,
      pullStoppedAt: 6,
    };
    const running = afterReport(pending(), report, 100);
    expect(running).toMatchObject({
      lastStatus: 'RUNNING',
      startedAtMs: 100,
      connectivity: 'CONNECTED',
      connectivityAtMs: 100,
      pullStartedAtMs: 5,
      pullStoppedAtMs: 6,
      version: 2,
      containers: [
        {
          name: 'app',
          lastStatus: 'RUNNING',
          runtimeId: 'r',
          networkBindings: [{ containerPort: 80, hostPort: 32768 }],
        },
        { name: 'side', lastStatus: 'PENDING' },
      ],
    });
    expect(afterReport(running, report, 200)).toBe(running);
  });

  test('[TK-11] may hold the same container twice, in order, and an exit code with RUNNING', () => {
    const task = afterReport(
      pending(),
      {
        status: 'RUNNING',
        containers: [
          { containerName: 'side', status: 'RUNNING', exitCode: 0 },
          { containerName: 'side', status: 'STOPPED', exitCode: 0 },
          { containerName: 'unknown', status: 'RUNNING' },
        ],
      },
      1,
    );
    expect(task.containers[1]).toMatchObject({ lastStatus: 'STOPPED', exitCode: 0 });
    expect(task.containers).toHaveLength(2);
  });

  test('[TK-11] keeps the first reason and exit code, cut to 1,024 characters, and takes no empty reason', () => {
    const long = 'x'.repeat(2_000);
    const first = afterContainerReport(container('app'), { status: 'STOPPED', reason: long, exitCode: 1 });
    expect(first.reason).toHaveLength(1_024);
    expect(afterContainerReport(first, { reason: 'other', exitCode: 2 })).toMatchObject({
      reason: first.reason,
      exitCode: 1,
    });
    expect(afterContainerReport(container('app'), { reason: '' }).reason).toBeUndefined();
  });

  test('[TK-12] that the interface is attached moves a PROVISIONING task on to PENDING; of another attachment nothing', () => {
    const attachment = { ...attachmentOf('mine') };
    const task = pending({ lastStatus: 'PROVISIONING', attachment });
    const told = (id: string): SubmitTaskStateChangeRequest => ({
      attachments: [{ attachmentArn: `arn:aws:ecs:us-east-1:1:attachment/${id}`, status: 'ATTACHED' }],
    });
    expect(afterReport(task, told('mine'), 1)).toMatchObject({
      lastStatus: 'PENDING',
      attachment: { status: 'ATTACHED' },
    });
    expect(afterReport(task, told('other'), 1)).toMatchObject({ lastStatus: 'PROVISIONING', attachment });
  });

  test.each(['RUNNING', 'STOPPING'] as const)('[TK-12] that comes late leaves a %s task where it is', (lastStatus) => {
    const id = 'a1a1a1a1-0000-4000-8000-000000000000';
    const task = aTask({ lastStatus, attachment: attachmentOf(id) });
    const attachments = [{ attachmentArn: `arn:aws:ecs:us-east-1:1:attachment/${id}`, status: 'ATTACHED' }];
    expect(afterReport(task, { attachments }, 1)).toMatchObject({ lastStatus, attachment: { status: 'ATTACHED' } });
  });
});

describe('on its way to STOPPED', () => {
  const app = (status: string, more: object = {}) => ({ containerName: 'app', status, ...more });
  const side = (status: string) => ({ containerName: 'side', status });
  const running = (patch: Partial<TaskRecord> = {}): TaskRecord =>
    afterReport(pending(patch), { status: 'RUNNING', containers: [app('RUNNING'), side('RUNNING')] }, 10);
  const ended = { stopCode: 'EssentialContainerExited', stoppedReason: 'Essential container in task exited' };

  test('[TK-33] an essential container that ended makes it STOPPING, with why and since when, while the others are stopped', () => {
    const report = { status: 'RUNNING', containers: [app('STOPPED', { exitCode: 3 })], executionStoppedAt: 15 };
    const stopping = afterReport(running(), report, 20);
    expect(stopping).toMatchObject({
      lastStatus: 'STOPPING',
      desiredStatus: 'STOPPED',
      stoppingAtMs: 20,
      executionStoppedAtMs: 15,
      ...ended,
    });
    expect(stopping.stoppedAtMs).toBeUndefined();
    const stopped = afterReport(stopping, { status: 'STOPPED', containers: [side('STOPPED')] }, 30);
    expect(stopped).toMatchObject({ lastStatus: 'STOPPED', stoppingAtMs: 20, stoppedAtMs: 30, ...ended });
  });

  test('[TK-33] another container that ended does not, nor one of a task that never ran', () => {
    const container = { containerName: 'side', status: 'STOPPED' };
    const containers = pending().containers.map((one) => ({ ...one, essential: one.name === 'app' }));
    expect(afterReport(running({ containers }), { status: 'RUNNING', containers: [container] }, 20)).toMatchObject({
      lastStatus: 'RUNNING',
      desiredStatus: 'RUNNING',
    });
    expect(
      afterReport(pending(), { containers: [app('STOPPED', { reason: 'CannotPullContainerError: no' })] }, 20),
    ).toMatchObject({ lastStatus: 'PENDING', desiredStatus: 'RUNNING' });
  });

  test.each([
    { name: 'with an interface', attachment: attachmentOf('a'), want: 'DEPROVISIONING' },
    { name: 'without one', attachment: undefined, want: 'STOPPING' },
  ])(
    '[TK-34] $name it is $want once all its containers are over, until its agent says STOPPED',
    ({ attachment, want }) => {
      const task = running(attachment === undefined ? {} : { attachment });
      const over = afterReport(task, { containers: [app('STOPPED', { exitCode: 0 }), side('STOPPED')] }, 20);
      expect(over).toMatchObject({ lastStatus: want, desiredStatus: 'STOPPED', stoppingAtMs: 20, ...ended });
      expect(over.attachment?.status).toBe(attachment?.status);
      const stopped = afterReport(over, { status: 'STOPPED' }, 30);
      expect(stopped).toMatchObject({ lastStatus: 'STOPPED', stoppedAtMs: 30, ...ended });
      expect(stopped.attachment?.status).toBe(attachment === undefined ? undefined : 'DELETED');
    },
  );

  test('[TK-34] one that failed to start goes through it too, for its own reason', () => {
    const containers = [app('STOPPED', { reason: 'CannotPullContainerError: no' }), side('STOPPED')];
    expect(afterReport(pending({ attachment: attachmentOf('a') }), { containers }, 20)).toMatchObject({
      lastStatus: 'DEPROVISIONING',
      stopCode: 'TaskFailedToStart',
      stoppedReason: 'CannotPullContainerError: no',
    });
  });
});

function attachmentOf(id: string) {
  return {
    id,
    status: 'PRECREATED' as const,
    networkInterfaceId: 'eni-1',
    macAddress: '02:00:00:00:00:01',
    privateIpv4Address: '172.31.0.1',
    privateDnsName: 'ip-172-31-0-1.ec2.internal',
    subnetId: 'subnet-a',
    prefixLength: 20,
    gateway: '172.31.0.1',
    vpcId: 'vpc-1',
    vpcPrefixes: [],
    availabilityZone: 'us-east-1a',
  };
}

const status = fc.constantFrom('PENDING', 'RUNNING', 'STOPPED', undefined, 'nonsense');
const anyReport: fc.Arbitrary<SubmitTaskStateChangeRequest> = fc.record({
  status,
  reason: fc.constantFrom('', 'why', undefined),
  containers: fc.array(
    fc.record({
      containerName: fc.constantFrom('app', 'side', 'unknown'),
      status,
      exitCode: fc.constantFrom(undefined, 0, 1, 137),
      reason: fc.constantFrom(undefined, '', 'OutOfMemoryError: Container killed due to memory usage'),
    }),
    { maxLength: 4 },
  ),
  executionStoppedAt: fc.constantFrom(undefined, 7),
});

describe('whatever agents report', () => {
  test('[TK-13] status only moves forward, of the task and of each container', () => {
    const rank = ['PENDING', 'RUNNING', 'STOPPED'];
    fc.assert(
      fc.property(fc.constantFrom(...taskStatuses), fc.array(anyReport, { maxLength: 8 }), (first, reports) => {
        let task = pending({ lastStatus: first });
        reports.forEach((report, at) => {
          const next = afterReport(task, report, at);
          expect(isLater(task.lastStatus, next.lastStatus)).toBe(false);
          next.containers.forEach((one, index) =>
            expect(rank.indexOf(one.lastStatus)).toBeGreaterThanOrEqual(
              rank.indexOf(task.containers[index]?.lastStatus ?? ''),
            ),
          );
          if (task.lastStatus === 'STOPPED') expect(next).toBe(task);
          if (next !== task) expect(next.version).toBe(task.version + 1);
          task = next;
        });
      }),
    );
  });

  test('[TK-14] a repeated report changes nothing', () => {
    fc.assert(
      fc.property(anyReport, (report) => {
        const once = afterReport(pending(), report, 5);
        expect(afterReport(once, report, 6)).toBe(once);
      }),
    );
  });

  test('[TK-14] reports in any order and number come to the same statuses once STOPPED is among them', () => {
    const life: readonly SubmitTaskStateChangeRequest[] = [
      { status: 'PENDING', containers: [{ containerName: 'app', status: 'PENDING', imageDigest: 'sha256:1' }] },
      { status: 'RUNNING', containers: [{ containerName: 'app', status: 'RUNNING', runtimeId: 'r' }] },
      { status: 'STOPPED', containers: [{ containerName: 'app', status: 'STOPPED', exitCode: 7 }] },
    ];
    const order = fc
      .array(fc.constantFrom(...life), { maxLength: 6 })
      .chain((extra) => fc.shuffledSubarray([...life, ...extra], { minLength: life.length + extra.length }));
    fc.assert(
      fc.property(order, (reports) => {
        const end = reports.reduce((task, report, at) => afterReport(task, report, at), pending());
        expect([end.lastStatus, end.desiredStatus, end.stopCode]).toEqual([
          'STOPPED',
          'STOPPED',
          'EssentialContainerExited',
        ]);
        expect(end.containers.map((one) => one.lastStatus)).toEqual(['STOPPED', 'STOPPED']);
        expect(end.containers[0]?.exitCode).toBe(7);
      }),
    );
  });
});
