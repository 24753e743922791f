import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { silentLog, toText } from '../../kernel/index.ts';
import type { Entry } from '../store.ts';
import { keyOfPart, odd, parts } from './contract/three-keys.ts';
import { openEmbeddedStore } from './index.ts';

/** For a long run: `LONGSHORE_CRASH_ROUNDS=100 npx vitest run src/store/embedded/crash.test.ts` */
const rounds = Number(process.env['LONGSHORE_CRASH_ROUNDS'] ?? 5);
const roundMs = 10_000;
const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
const writer = fileURLToPath(new URL('./contract/crash-writer.ts', import.meta.url));

/** Lets a process write until it is killed; returns what it had been told is durable, the last number of each client. */
async function writeUntilKilled(
  directory: string,
  kill: { readonly afterReadyMs: number } | { readonly afterStartMs: number },
) {
  const child = spawn(process.execPath, ['--import', tsx, writer, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
  const killIn = (delayMs: number): void => void setTimeout(() => child.kill('SIGKILL'), delayMs);
  if ('afterStartMs' in kill) killIn(kill.afterStartMs);
  const acknowledged = new Map<number, number>();
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    const lines = text.split('\n');
    text = lines.pop() ?? '';
    for (const line of lines) {
      if (line !== 'ready') acknowledged.set(Number(line.split(' ')[0]), Number(line.split(' ')[1]));
      else if ('afterReadyMs' in kill) killIn(kill.afterReadyMs);
    }
  });
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) => {
    child.on('close', (...ended) => resolve(ended));
  });
  expect([code, signal]).toEqual([null, 'SIGKILL']);
  return acknowledged;
}

async function entriesOf(directory: string): Promise<Map<string, Entry>> {
  const store = await openEmbeddedStore({ directory, log: silentLog });
  const entries = new Map<string, Entry>();
  for await (const page of store.list('/crash/')) for (const entry of page.entries) entries.set(entry.key, entry);
  for (const entry of entries.values()) expect(entry.modRevision).toBeLessThanOrEqual(store.revision);
  await store.close();
  return entries;
}

test(
  `${rounds} times killed under load: nothing acknowledged is lost, nothing is torn`,
  { timeout: roundMs * rounds },
  async () => {
    const directory = mkdtempSync(join(tmpdir(), 'longshore-crash-'));
    const acknowledged = new Map<number, number>();
    for (let round = 1; round <= rounds; round += 1) {
      // Every fifth time while it starts: reading the log of the crash before is the moment in question then.
      const chance = Math.random();
      const kill = round % 5 === 0 ? { afterStartMs: 200 + 800 * chance } : { afterReadyMs: 400 * chance };
      for (const [client, number] of await writeUntilKilled(directory, kill)) acknowledged.set(client, number);
      const entries = await entriesOf(directory);
      for (const [client, atLeast] of acknowledged) {
        const found = parts.map((part) => entries.get(keyOfPart(client, part)));
        const numbers = found.map((entry) => Number(entry === undefined ? NaN : toText(entry.value)));
        const where = `round ${round}, ${JSON.stringify(kill)}, client ${client}`;
        const number = numbers[0] ?? 0;
        expect(new Set(numbers).size, where).toBe(1);
        expect(new Set(found.map((entry) => entry?.modRevision)).size, where).toBe(1);
        // The number after the last acknowledged one may have been committed just before the kill.
        expect([atLeast, atLeast + 1], where).toContain(number);
        expect(entries.has(keyOfPart(client, odd)), where).toBe(number % 2 === 1);
        acknowledged.set(client, number);
      }
    }
    expect(acknowledged.size).toBeGreaterThan(0);
    console.info(
      `${[...acknowledged.values()].reduce((sum, number) => sum + number, 0)} transactions survived ${rounds} kills`,
    );
    rmSync(directory, { recursive: true });
  },
);
