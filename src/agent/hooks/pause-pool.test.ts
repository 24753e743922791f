import { expect, test } from 'vitest';
import { FakeRuntime } from '../../runtime/fake/index.ts';
import { keptLog, realClock, realIds, until } from '../contract/real-time.ts';
import { StartGate } from '../tasks/start-gate.ts';
import { PausePool } from './pause-pool.ts';

test('a pool fills itself a few at a time, and a task that finds none comes before that', async () => {
  const runtime = new FakeRuntime({ clock: realClock });
  const order: string[] = [];
  const open: (() => void)[] = [];
  let inFlight = 0;
  let most = 0;
  const start = runtime.start.bind(runtime);
  runtime.start = async (container) => {
    inFlight += 1;
    most = Math.max(most, inFlight);
    await new Promise<void>((resolve) => open.push(resolve));
    await start(container);
    inFlight -= 1;
  };
  const gate = new StartGate(1);
  const pool = new PausePool({
    runtime,
    gate,
    instanceArn: 'arn',
    architecture: 'amd64',
    size: 5,
    dnsServers: [],
    clock: realClock,
    ids: realIds,
    log: keptLog(),
  });
  pool.fill();
  await until('two are being made', () => open.length === 2);
  const taken = [pool.take(), pool.take(), pool.take()].map((one) => one.then(() => order.push('taken')));
  await until('the gate is full', () => open.length === 4);
  expect(most).toBe(4);
  for (let made = 0; made < 8; made += 1) {
    await until('one is being made', () => open.length > 0);
    open.shift()?.();
    if (pool.readyCount === 5) order.push('full');
  }
  await Promise.all(taken);
  await until('the pool is full', () => pool.readyCount === 5);
  pool.stop();
  expect(order.slice(0, 3)).toEqual(['taken', 'taken', 'taken']);
});

test('a pause that ends at once, or cannot be looked at, is not left behind', async () => {
  const runtime = new FakeRuntime({ clock: realClock });
  const { inspect } = runtime;
  const pool = new PausePool({
    runtime,
    gate: new StartGate(1),
    instanceArn: 'arn',
    architecture: 'amd64',
    size: 0,
    dnsServers: [],
    clock: realClock,
    ids: realIds,
    log: keptLog(),
  });
  runtime.inspect = async (name) => {
    const info = await inspect.call(runtime, name);
    return info && { ...info, pid: 0 };
  };
  await expect(pool.take()).rejects.toThrow('ended at once');
  runtime.inspect = () => Promise.reject(new Error('the engine does not answer'));
  await expect(pool.take()).rejects.toThrow('does not answer');
  expect(await runtime.list({})).toEqual([]);
});
