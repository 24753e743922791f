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

test('the next run of an agent that never heard the answer to its registration sends the same token', async () => {
  const { server } = harness;
  await harness.start();
  const calls = (): readonly unknown[] =>
    server.calledWith('RegisterContainerInstance').map(({ clientToken }) => clientToken);
  expect(calls().length).toBe(1);
  expect(calls()[0]).toMatch(/^[0-9a-f-]{36}$/);
  await rm(join(harness.dataDir, 'instance.json')); // as if it had died before it heard who it is
  const next = await startAgent(harness.options());
  await next.ready;
  await next.stop();
  expect(calls().length).toBe(2);
  expect(new Set(calls()).size).toBe(1);
});
