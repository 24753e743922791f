import { describe, expect, test } from 'vitest';
import { aTask } from '../contract/opened-ecs.ts';
import type { TaskContainer, TaskRecord } from '../records/task.ts';
import { stopped, toldToStop } from './stopped.ts';

const container = (patch: Partial<TaskContainer>): TaskContainer => ({
  name: 'app',
  id: 'c',
  image: 'busybox',
  lastStatus: 'PENDING',
  networkBindings: [],
  healthStatus: 'UNKNOWN',
  essential: true,
  checked: false,
  cpuUnits: 0,
  ...patch,
});

const exited = 'Essential container in task exited';
const pull = 'CannotPullContainerError: pull access denied';
const start = 'CannotStartContainerError: Error response from daemon: exec: "/no": stat /no: no such file';
const oom = 'OutOfMemoryError: Container killed due to memory usage';

describe('why a task stopped, when nobody told it to', () => {
  test.each<[string, Partial<TaskRecord>, string, string, string]>([
    [
      'an essential container exited',
      { startedAtMs: 1, containers: [container({ exitCode: 7 })] },
      '',
      'EssentialContainerExited',
      exited,
    ],
    [
      'it exited before RUNNING was reported',
      { containers: [container({ exitCode: 0 })] },
      '',
      'EssentialContainerExited',
      exited,
    ],
    [
      'it was killed for its memory',
      { containers: [container({ exitCode: 137, reason: oom })] },
      '',
      'EssentialContainerExited',
      exited,
    ],
    ['the image could not be pulled', { containers: [container({ reason: pull })] }, '', 'TaskFailedToStart', pull],
    [
      'it could not be started',
      { containers: [container({ exitCode: 127, reason: start })] },
      '',
      'TaskFailedToStart',
      start,
    ],
    [
      'the essential container gives the reason before others',
      { containers: [container({ name: 'side', essential: false, reason: 'other' }), container({ reason: pull })] },
      '',
      'TaskFailedToStart',
      pull,
    ],
    [
      'only another container has a reason',
      { containers: [container({}), container({ name: 'side', essential: false, reason: 'other' })] },
      '',
      'TaskFailedToStart',
      'other',
    ],
    ['nothing is known', { containers: [container({})] }, '', 'TaskFailedToStart', 'Task failed to start'],
    [
      'the agent says why it never started',
      { containers: [] },
      'Task dependencies cannot be resolved, taskArn: a',
      'TaskFailedToStart',
      'Task dependencies cannot be resolved, taskArn: a',
    ],
    [
      'a volume failed after the start',
      { startedAtMs: 1 },
      'TaskStateError: Agent could not progress',
      'EssentialContainerExited',
      'TaskStateError: Agent could not progress',
    ],
  ])('[TK-15] %s', (_name, patch, reason, stopCode, stoppedReason) => {
    const end = stopped(aTask({ lastStatus: 'PENDING', ...patch }), { nowMs: 9, reason });
    expect(end).toMatchObject({
      stopCode,
      stoppedReason,
      lastStatus: 'STOPPED',
      desiredStatus: 'STOPPED',
      stoppedAtMs: 9,
    });
    expect(end.containers.every((one) => one.lastStatus === 'STOPPED')).toBe(true);
  });
});

describe('a task told to stop', () => {
  const why = { stopCode: 'UserInitiated', reason: 'enough', nowMs: 5 } as const;

  test('[TK-16] on an instance keeps running until its agent says otherwise, and keeps why it was told to', () => {
    const told = toldToStop(aTask({ instanceKey: 'i', containers: [container({})] }), why);
    expect(told).toMatchObject({ desiredStatus: 'STOPPED', lastStatus: 'RUNNING', stoppingAtMs: 5, version: 2 });
    expect(stopped(told, { nowMs: 8, reason: 'the agent says something' })).toMatchObject({
      stopCode: 'UserInitiated',
      stoppedReason: 'enough',
      stoppingAtMs: 5,
      stoppedAtMs: 8,
    });
  });

  test('[TK-16] that no agent has ends at once', () => {
    expect(toldToStop(aTask({ lastStatus: 'PROVISIONING' }), why)).toMatchObject({
      lastStatus: 'STOPPED',
      stoppedAtMs: 5,
    });
  });

  test('[TK-16] a second time stays as it is', () => {
    const told = toldToStop(aTask({ instanceKey: 'i' }), why);
    expect(toldToStop(told, { ...why, reason: 'again', nowMs: 6 })).toBe(told);
  });
});
