/**
 * Name look-ups a second, and the CPU that one takes the server, which says more on a busy machine: Longshore's name server with the private names of 1,000 addresses, against a bare UDP socket that sends each datagram back, and against
 * dnsmasq with the same names where it is installed; each in a process of its own, in turn, asked by one process with 32 questions on the way.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encode } from 'dns-packet';
import { NameServer } from '../src/dns/index.ts';
import { privateNames } from '../src/dns/names.ts';
import { silentLog } from '../src/kernel/index.ts';

const rounds = Number(process.env['BENCH_ROUNDS'] ?? 5);
const seconds = Number(process.env['BENCH_SECONDS'] ?? 2);
const inFlight = 32;
const names = Array.from({ length: 1_000 }, (_, at) => `ip-172-31-${at >> 8}-${at & 255}.ec2.internal`);
const port = 5_900;

const [, , role] = process.argv;
if (role === 'longshore') await serveNames();
else if (role === 'echo') serveEcho();
else await main();

async function serveNames(): Promise<void> {
  const listen = [{ host: '127.0.0.1', port, asker: 'task' as const }];
  const problems = await new NameServer({
    listen,
    names: privateNames(() => true),
    upstream: [],
    log: silentLog,
  }).start();
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  console.log('up');
}

function serveEcho(): void {
  const socket = createSocket('udp4');
  socket.on('message', (query, from) => socket.send(query, from.port, from.address));
  socket.bind(port, '127.0.0.1', () => console.log('up'));
}

async function main(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'longshore-bench-'));
  const hostsFile = join(directory, 'hosts');
  writeFileSync(hostsFile, names.map((name, at) => `172.31.${at >> 8}.${at & 255} ${name}\n`).join(''));
  const node = (kind: string) => [process.execPath, '--import', 'tsx', import.meta.filename, kind];
  const dnsmasq = [
    'dnsmasq',
    '-k',
    '-p',
    String(port),
    '-a',
    '127.0.0.1',
    '--bind-interfaces',
    '-C',
    '/dev/null',
    '-R',
    '-h',
    '-H',
    hostsFile,
    '--user=root',
    '-x',
    join(directory, 'pid'),
  ];
  const servers = new Map([
    ['bare UDP echo in Node', node('echo')],
    ['Longshore', node('longshore')],
    ['dnsmasq', dnsmasq],
  ]);
  const found = new Map<string, Figures[]>();
  try {
    for (let round = 0; round < rounds; round += 1)
      for (const [name, command] of servers) {
        const figures = await measured(command);
        if (figures !== undefined) found.set(name, [...(found.get(name) ?? []), figures]);
      }
  } finally {
    rmSync(directory, { recursive: true });
  }
  const of = (name: string, what: keyof Figures): number => median((found.get(name) ?? []).map((each) => each[what]));
  console.log(`${rounds} rounds of ${seconds} s in turn, medians\n`);
  for (const name of found.keys()) {
    const [rate, cpu] = [of(name, 'rate'), of(name, 'cpuMicros')];
    const ratios = `${(of('Longshore', 'rate') / rate).toFixed(2)} of the rate, ${(of('Longshore', 'cpuMicros') / cpu).toFixed(2)} of the CPU`;
    console.log(
      `${name.padEnd(24)}${rate.toFixed(0).padStart(8)}/s ${cpu.toFixed(1).padStart(7)} µs of CPU   Longshore: ${ratios}`,
    );
  }
}

interface Figures {
  readonly rate: number;
  /** Of the server's process, for one answer. */
  readonly cpuMicros: number;
}

/** Of a process and all its threads, in microseconds. */
function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}

/** Undefined: there is no such program. */
async function measured([program = '', ...args]: readonly string[]): Promise<Figures | undefined> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const failed = once(child, 'error').then(() => true);
  if (await Promise.race([failed, isUp(child, program)])) return undefined;
  try {
    return await ask(child.pid ?? 0);
  } finally {
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }
}

async function isUp(child: ChildProcess, program: string): Promise<false> {
  if (program === 'dnsmasq') await new Promise((resolve) => setTimeout(resolve, 500));
  else if (child.stdout !== null) await once(child.stdout, 'data');
  return false;
}

async function ask(server: number): Promise<Figures> {
  const questions = names.map((name, id) => encode({ type: 'query', id, questions: [{ type: 'A', name }] }));
  const socket = createSocket('udp4');
  let [answers, next] = [0, 0];
  const send = (): void => socket.send(questions[(next += 1) % questions.length] ?? '', port, '127.0.0.1');
  socket.on('message', () => {
    answers += 1;
    send();
  });
  for (let at = 0; at < inFlight; at += 1) send();
  await new Promise((resolve) => setTimeout(resolve, 300));
  const [before, startMs, cpuBefore] = [answers, performance.now(), cpuOf(server)];
  await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
  const got = answers - before;
  const rate = got / ((performance.now() - startMs) / 1_000);
  const cpuMicros = (cpuOf(server) - cpuBefore) / got;
  socket.close();
  return { rate, cpuMicros };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
