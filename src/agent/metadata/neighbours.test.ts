import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Clock } from '../../kernel/index.ts';
import { limits } from '../limits.ts';
import { Neighbours } from './neighbours.ts';

const asked = { method: 'GET', path: '/v4/x', query: new URLSearchParams(), body: '', source: '10.0.0.1' };
const dead = 'agent-0123456789abcdef.sock';

/** A clock that is always as far as the next thing that is waited for. */
function skippingClock(): Clock & { skip(ms: number): void } {
  let nowMs = 1_700_000_000_000;
  return {
    nowMs: () => nowMs,
    after(ms, run) {
      nowMs += ms;
      const planned = setImmediate(run);
      return () => clearImmediate(planned);
    },
    skip(ms) {
      nowMs += ms;
    },
  };
}

/** Ends the server as a kill would: its socket stays. */
async function leaveSocket(path: string): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(`${path}.alive`, resolve);
  });
  renameSync(`${path}.alive`, path);
  await new Promise((resolve) => {
    server.close(resolve);
  });
}

test('the socket of an agent that was killed is waited for, and goes when nobody came back for long', async () => {
  const runDir = mkdtempSync(join(tmpdir(), 'longshore-run-'));
  onTestFinished(() => rmSync(runDir, { recursive: true, force: true }));
  const clock = skippingClock();
  const neighbours = new Neighbours(runDir, 'arn', clock);
  await leaveSocket(join(runDir, dead));
  const startedMs = clock.nowMs();
  expect(await neighbours.ask(asked)).toBe(undefined);
  expect(clock.nowMs() - startedMs).toBeGreaterThanOrEqual(limits.neighbourAwayMs);
  expect(existsSync(join(runDir, dead))).toBe(true);
  clock.skip(limits.neighbourGoneMs);
  await neighbours.ask(asked);
  expect(existsSync(join(runDir, dead))).toBe(false);
  const askedMs = clock.nowMs();
  await neighbours.ask(asked);
  expect(clock.nowMs()).toBe(askedMs);
});
