import { readFileSync } from 'node:fs';
import { Connection } from './connection.ts';

export interface Slice {
  readonly requests: number;
  readonly failures: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly latenciesMs: readonly number[];
}

const ticksPerSecond = 100;

/** CPU seconds (user and system) a process has used so far. */
export function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

export function residentMiB(pid: number): number {
  const match = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(match?.[1] ?? 0) / 1024;
}

/** Sends prepared requests in turn over `connections` connections for a time; closed loop. */
export async function load(
  target: { host: string; port: number; pid: number },
  requests: readonly Buffer[],
  options: { connections: number; ms: number },
): Promise<Slice> {
  const connections = await Promise.all(Array.from({ length: options.connections }, () => Connection.open(target)));
  const latenciesMs: number[] = [];
  let failures = 0;
  let next = 0;
  const cpuBefore = cpuSeconds(target.pid);
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
  const cpu = cpuSeconds(target.pid) - cpuBefore;
  for (const connection of connections) connection.close();
  return { requests: latenciesMs.length, failures, seconds, cpuSeconds: cpu, latenciesMs };
}

export function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}
