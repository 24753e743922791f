import { readdirSync, readFileSync } from 'node:fs';
import { Connection } from './connection.ts';

export interface Slice {
  readonly requests: number;
  readonly failures: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Of the process's first thread, which is where JavaScript runs. */
  readonly mainCpuSeconds: number;
  readonly latenciesMs: readonly number[];
}

const ticksPerSecond = 100;

/** CPU seconds (user and system) a process has used so far. */
export function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** The same by thread and to the nanosecond, of the threads that live: of the first one, and of all. */
function threadSeconds(pid: number): { readonly main: number; readonly all: number } {
  const of = (thread: string): number =>
    Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]) / 1e9;
  const threads = readdirSync(`/proc/${pid}/task`);
  return { main: of(String(pid)), all: threads.reduce((sum, thread) => sum + of(thread), 0) };
}

export function residentMiB(pid: number): number {
  const match = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(match?.[1] ?? 0) / 1024;
}

/** Sends prepared requests in turn over `connections` connections for a time; closed loop. CPU counts until `afterMs` after it. */
export async function load(
  target: { host: string; port: number; pid: number },
  requests: readonly Buffer[],
  options: { connections: number; ms: number; afterMs?: number },
): Promise<Slice> {
  const connections = await Promise.all(Array.from({ length: options.connections }, () => Connection.open(target)));
  const latenciesMs: number[] = [];
  let failures = 0;
  let next = 0;
  const before = threadSeconds(target.pid);
  const started = performance.now();
  const until = started + options.ms;
  await Promise.all(
    connections.map(async (connection) => {
      while (performance.now() < until) {
        const sent = performance.now();
        const answer = await connection.send(requests[next++ % requests.length] ?? Buffer.alloc(0));
        latenciesMs.push(performance.now() - sent);
        if (answer.status !== 200) failures++;
      }
    }),
  );
  const seconds = (performance.now() - started) / 1000;
  if (options.afterMs !== undefined) await new Promise((resolve) => setTimeout(resolve, options.afterMs));
  const after = threadSeconds(target.pid);
  for (const connection of connections) connection.close();
  return {
    requests: latenciesMs.length,
    failures,
    seconds,
    cpuSeconds: after.all - before.all,
    mainCpuSeconds: after.main - before.main,
    latenciesMs,
  };
}

export function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}
