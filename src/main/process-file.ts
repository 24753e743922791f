import { readFileSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Unavailable } from '../kernel/index.ts';
import { readIfPresent, writePrivateFile } from '../platform/index.ts';
import { places } from './data-directory.ts';
import type { TransportChoice } from './transport.ts';

/** The process that holds a data directory, or an agent's folder in one, as its file says. */
export interface HoldingProcess {
  readonly pid: number;
  /** When the kernel started it, in ticks since boot: numbers are used again, a number and its start are not. */
  readonly startTicks: string;
  readonly url: string;
  /** How it was told to carry its API; absent: it was told nothing. */
  readonly transport?: TransportChoice;
}

const pollEveryMs = 50;

/** Says who holds a data directory; call it while the journal's lock is held. Returns how to take that back. */
export function writeProcessFile(directory: string, url: string, transport?: TransportChoice): () => void {
  const startTicks = startTicksOf(process.pid) ?? '';
  const path = places.process(directory);
  const holder: HoldingProcess = {
    pid: process.pid,
    startTicks,
    url,
    ...(transport === undefined ? {} : { transport }),
  };
  writePrivateFile(path, `${JSON.stringify(holder)}\n`);
  return () => rmSync(path, { force: true });
}

/** The process that holds a data directory and lives; undefined when none does, whatever a file left behind says. */
export function holdingProcess(directory: string): HoldingProcess | undefined {
  const holder = latestHolder(directory);
  return holder !== undefined && isOurs(holder) ? holder : undefined;
}

/** The process that holds a data directory, or held it when it was killed. */
export function latestHolder(directory: string): HoldingProcess | undefined {
  const text = readIfPresent(places.process(directory));
  return text === undefined ? undefined : readHolder(text);
}

/**
 * Ends the process with SIGTERM and waits for its end.
 * @throws Unavailable when it does not end in time
 */
export async function endProcess(holder: HoldingProcess, withinMs: number): Promise<void> {
  if (!isOurs(holder)) return;
  process.kill(holder.pid, 'SIGTERM');
  for (let waitedMs = 0; waitedMs < withinMs; waitedMs += pollEveryMs) {
    if (!isOurs(holder)) return;
    await sleep(pollEveryMs);
  }
  throw new Unavailable(`process ${holder.pid} did not end within ${withinMs} ms of SIGTERM; end it and try again`);
}

/** Undefined for a text that is no process file (an older one, say). */
export function readHolder(text: string): HoldingProcess | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { pid, startTicks, url, transport } = value as Partial<Record<string, unknown>>;
  if (typeof pid !== 'number' || !Number.isInteger(pid) || pid <= 1) return undefined;
  if (typeof startTicks !== 'string' || typeof url !== 'string') return undefined;
  const told = typeof transport === 'object' && transport !== null ? { transport } : {};
  return { pid, startTicks, url, ...told };
}

/** The same life of the same process, and a longshore one. Where there is no /proc nothing is known to be ours. */
function isOurs({ pid, startTicks }: HoldingProcess): boolean {
  return (
    startTicks !== '' && startTicksOf(pid) === startTicks && commandOf(pid).some((part) => part.includes('longshore'))
  );
}

function commandOf(pid: number): readonly string[] {
  return (readProc(`/proc/${pid}/cmdline`) ?? '').split('\0');
}

function startTicksOf(pid: number): string | undefined {
  const stat = readProc(`/proc/${pid}/stat`);
  return stat === undefined ? undefined : startTicksIn(stat);
}

/** Field 22 of /proc/PID/stat; the second one, the name in parentheses, may hold spaces and parentheses. Undefined for a zombie. */
export function startTicksIn(stat: string): string | undefined {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
}

function readProc(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ESRCH') return undefined;
    throw error;
  }
}
