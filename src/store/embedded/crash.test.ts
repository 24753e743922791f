import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
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

type Kill = { readonly afterReadyMs: number } | { readonly afterStartMs: number };

/** Lets a process write until it is killed; returns what it had been told is durable, the last number of each client. */
async function writeUntilKilled(directory: string, kill: Kill): Promise<Map<number, number>> {
  const acknowledged = `${directory}.acknowledged`;
  rmSync(acknowledged, { force: true });
  const child = spawn(process.execPath, ['--import', tsx, writer, directory, acknowledged], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const killIn = (delayMs: number): void => void setTimeout(() => child.kill('SIGKILL'), delayMs);
  if ('afterStartMs' in kill) killIn(kill.afterStartMs);
  else child.stdout.once('data', () => killIn(kill.afterReadyMs));
  const ended = await new Promise((resolve) => child.on('close', (code, signal) => resolve([code, signal])));
  expect(ended).toEqual([null, 'SIGKILL']);
  if (!existsSync(acknowledged)) return new Map();
  // What follows the last line's end is a line cut short, or nothing.
  const lines = readFileSync(acknowledged, 'utf8').split('\n').slice(0, -1);
  return new Map(lines.map((line) => line.split(' ').map(Number) as [number, number]));
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
    const parent = mkdtempSync(join(tmpdir(), 'longshore-crash-'));
    const directory = join(parent, 'store');
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
        const number = numbers[0] ?? 0;
        expect({
          round,
          kill,
          client,
          agree: new Set(numbers).size === 1 && new Set(found.map((entry) => entry?.modRevision)).size === 1,
          // The number after the last acknowledged one may have been committed just before the kill.
          isKept: number === atLeast || number === atLeast + 1,
          isOddThere: entries.has(keyOfPart(client, odd)),
        }).toEqual({ round, kill, client, agree: true, isKept: true, isOddThere: number % 2 === 1 });
        acknowledged.set(client, number);
      }
    }
    expect(acknowledged.size).toBeGreaterThan(0);
    console.info(
      `${[...acknowledged.values()].reduce((sum, number) => sum + number, 0)} transactions survived ${rounds} kills`,
    );
    rmSync(parent, { recursive: true });
  },
);
