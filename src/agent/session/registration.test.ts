import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Harness, fakeEngine } from '../contract/harness.ts';
import { startAgent } from '../index.ts';

let harness: Harness;

beforeEach(async () => {
  harness = new Harness(fakeEngine());
  await harness.open();
});
afterEach(async () => {
  await harness.close();
});

test('every attempt to register carries the same token, also of the next run of an agent that never heard an answer', async () => {
  const { server } = harness;
  const refusal = { operation: 'RegisterContainerInstance', status: 500, type: 'ServerException', message: 'lost' };
  // More than one request tries by itself.
  for (let count = 0; count < 4; count += 1) server.refusals.push(refusal);
  await harness.start();
  const calls = (): readonly unknown[] =>
    server.calledWith('RegisterContainerInstance').map(({ clientToken }) => clientToken);
  expect(calls().length).toBe(5);
  expect(calls()[0]).toMatch(/^[0-9a-f-]{36}$/);
  await rm(join(harness.dataDir, 'instance.json'));
  const next = await startAgent(harness.options());
  await next.ready;
  await next.stop();
  expect(calls().length).toBe(6);
  expect(new Set(calls()).size).toBe(1);
});
