import { expect, test } from 'vitest';
import { silentLog } from '../../kernel/index.ts';
import type { ContainerStats } from '../../runtime/index.ts';
import { SimClock } from '../../testkit/index.ts';
import { limits } from '../limits.ts';
import type { TaskParts } from '../tasks/parts.ts';
import type { TaskRunner } from '../tasks/task-runner.ts';
import type { TaskTable } from '../tasks/task-table.ts';
import { Telemetry } from './telemetry.ts';

test('nothing is kept of a task that ended while it was sampled', async () => {
  const clock = new SimClock(() => new Promise((resolve) => setImmediate(resolve)));
  let answer: (stats: ContainerStats) => void = () => undefined;
  const stats = () =>
    new Promise<ContainerStats>((resolve) => {
      answer = resolve;
    });
  const parts = { runtime: { stats }, clock, log: silentLog } as unknown as TaskParts;
  const telemetry = new Telemetry({ parts, settings: { disableMetrics: false } as never });
  const state = { known: 'RUNNING', containers: [{ name: 'app', known: 'RUNNING', dockerId: 'd' }] };
  const runner = { arn: 'task/1', state, record: {} } as unknown as TaskRunner;
  telemetry.watch({ all: () => [runner] } as unknown as TaskTable);
  const sample = { timeMs: 1, cpuTotalNs: 1, memoryBytes: 1, raw: {} };
  const tick = async (): Promise<void> => {
    await clock.advance(limits.telemetryIntervalMs / 2);
    answer(sample);
    await clock.advance(0);
  };
  await tick();
  expect(telemetry.latest('task/1', 'app')).toEqual({ now: sample });
  await clock.advance(limits.telemetryIntervalMs / 2);
  Object.assign(state, { known: 'STOPPED', containers: [{ name: 'app', known: 'STOPPED', dockerId: 'd' }] });
  telemetry.changed(runner);
  answer(sample);
  await clock.advance(0);
  expect(telemetry.latest('task/1', 'app')).toEqual({});
  telemetry.stop();
});
