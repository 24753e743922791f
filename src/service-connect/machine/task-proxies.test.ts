import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { silentLog } from '../../kernel/index.ts';
import { SimClock } from '../../testkit/index.ts';
import { TaskProxies } from './task-proxies.ts';

test('[CN-14] an agent that ended while it wrote what a proxy is to do starts again, and leaves nothing of it', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'proxies-'));
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const clock = new SimClock(settle);
  const proxies = new TaskProxies({ directory, clock, log: silentLog, send: () => undefined });
  try {
    writeFileSync(join(directory, 'a.json'), '{"task":"arn:aws:ecs:us-east-1:1234567');
    writeFileSync(join(directory, 'b.json'), '');
    await proxies.adopt([]);
    expect(readdirSync(directory)).toEqual([]);
  } finally {
    proxies.close();
    rmSync(directory, { recursive: true });
  }
});
