/**
 * Throughput and latency over TCP between two tasks, on one machine, on two that share a segment and on two with a router between them (VXLAN), against two
 * plain containers on one of Docker's bridges, in turn. Machines are network namespaces, wired by switches that are kernel bridges; every end runs the same
 * Node programs, in the network of its container or task. Root, and an engine with `longshore/web:1`.
 */
import { execFileSync, type ChildProcess } from 'node:child_process';
import type { Underlay } from '../src/network-protocol/index.ts';
import { testInterface } from '../src/network/contract/network-contract.ts';
import { openTo, testVpc } from '../src/network/contract/policies.ts';
import { Host, Hosts, inside } from '../src/network/linux/remote/contract/hosts.ts';

const rounds = Number(process.env['BENCH_ROUNDS'] ?? 5);
const seconds = Number(process.env['BENCH_SECONDS'] ?? 2);
const engine = process.env['LONGSHORE_ENGINE'] ?? process.env['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock';
const hosts = new Hosts();
const machines: Host[] = [];
const containers: string[] = [];

interface End {
  readonly pid: number;
  readonly address: string;
}

interface Figures {
  readonly megabytes: number[];
  readonly latencies: number[];
}

/** Port 1 swallows what it gets and says how much at the end; port 2 gives back each byte at once. */
const serverProgram = `const net = require('net'); let open = 0; const up = () => { if (++open === 2) console.log('up'); };
  net.createServer({ allowHalfOpen: true }, (s) => { let n = 0; s.on('data', (d) => { n += d.length; }).on('end', () => s.end(String(n))).on('error', () => {}); }).listen(9001, up);
  net.createServer((s) => { s.setNoDelay(true); s.pipe(s); s.on('error', () => {}); }).listen(9002, up);`;

const throughputProgram = (
  to: string,
): string => `const chunk = Buffer.alloc(262144); const start = process.hrtime.bigint();
  const s = require('net').connect({ host: '${to}', port: 9001, allowHalfOpen: true }); let done = false;
  const fill = () => { while (!done && s.write(chunk)); }; s.on('connect', fill).on('drain', fill);
  setTimeout(() => { done = true; s.end(); }, ${seconds * 1000});
  s.on('data', (d) => console.log(Number(d) / (Number(process.hrtime.bigint() - start) / 1e9) / 1e6)).on('end', () => process.exit());`;

const latencyProgram = (
  to: string,
): string => `const s = require('net').connect({ host: '${to}', port: 9002 }); s.setNoDelay(true); const took = []; let at;
  const ask = () => { at = process.hrtime.bigint(); s.write('x'); };
  s.on('connect', ask).on('data', () => { took.push(Number(process.hrtime.bigint() - at) / 1e3);
    if (took.length < 1000) ask(); else { took.sort((a, b) => a - b); console.log(took[500]); process.exit(); } });`;

await main();

async function main(): Promise<void> {
  try {
    const pairs = new Map<string, readonly [End, End]>([
      ['two containers on a bridge', [container(), container()]],
      ...(await taskPairs()),
    ]);
    for (const [, to] of pairs.values()) await started(to.pid, serverProgram);
    const figures = new Map(
      [...pairs.keys()].map((name): [string, Figures] => [name, { megabytes: [], latencies: [] }]),
    );
    for (let round = 0; round <= rounds; round += 1)
      for (const [name, [from, to]] of pairs) {
        const megabytes = number(from, throughputProgram(to.address));
        const latency = number(from, latencyProgram(to.address));
        if (round === 0) continue;
        figures.get(name)?.megabytes.push(megabytes);
        figures.get(name)?.latencies.push(latency);
      }
    report(figures);
  } finally {
    for (const host of machines) await host.kill();
    hosts.end();
    for (const id of containers) docker('rm', '-f', id);
  }
}

async function taskPairs(): Promise<ReadonlyMap<string, readonly [End, End]>> {
  const [near, far, router] = [await hosts.segment(), await hosts.segment(), await hosts.namespace()];
  hosts.cable(near, router, 'one', '192.168.80.254/24');
  hosts.cable(far, router, 'two', '192.168.81.254/24');
  inside(router, 'echo 1 > /proc/sys/net/ipv4/ip_forward');
  const a = await machine(near, { address: '192.168.80.1', vxlan: 'across' });
  const b = await machine(near, { address: '192.168.80.2', vxlan: 'across' });
  const c = await machine(far, { address: '192.168.81.3', vxlan: 'across' });
  const at = (of: Host, ...numbers: readonly number[]) => ({
    machine: of.underlay,
    addresses: numbers.map((each) => testInterface(each).address),
  });
  const remotes = [{ vpcId: testVpc.id, whole: true, at: [at(a, 2, 3), at(b, 4), at(c, 5)], gone: [] }];
  const own = new Map([
    [a, [2, 3]],
    [b, [4]],
    [c, [5]],
  ]);
  const tasks: End[] = [];
  for (const [host, numbers] of own) {
    const change = openTo(numbers.map((each) => testInterface(each)));
    await host.apply({ ...change, complete: true, remotes });
    for (const each of numbers) tasks.push(await host.task(each));
  }
  const [one, two, three, four] = tasks as [End, End, End, End];
  return new Map([
    ['two tasks on one machine', [one, two]],
    ['… on two, plain route', [one, three]],
    ['… on two, VXLAN, a router between', [one, four]],
  ]);
}

async function machine(segment: number, underlay: Underlay): Promise<Host> {
  const pid = await hosts.namespace();
  hosts.cable(segment, pid, 'eth0', `${underlay.address}/24`);
  inside(pid, `ip route add default via ${underlay.address.replace(/\d+$/, '254')}`);
  const host = new Host(hosts, pid, { owner: 'bench', underlay });
  machines.push(host);
  await host.start();
  return host;
}

function container(): End {
  const id = docker('run', '-d', '--rm', '--entrypoint', 'sleep', 'longshore/web:1', '600').trim();
  containers.push(id);
  const [pid = '', address = ''] = docker('inspect', '-f', '{{.State.Pid}} {{.NetworkSettings.IPAddress}}', id)
    .trim()
    .split(' ');
  return { pid: Number(pid), address };
}

function docker(...args: readonly string[]): string {
  return execFileSync('docker', ['-H', engine, ...args], { encoding: 'utf8' });
}

async function started(pid: number, program: string): Promise<ChildProcess> {
  return hosts.started(pid, [process.execPath, '-e', program]);
}

function number({ pid }: End, program: string): number {
  const args = ['-t', String(pid), '-n', process.execPath, '-e', program];
  return Number(execFileSync('nsenter', args, { encoding: 'utf8', timeout: 60_000 }));
}

function report(figures: ReadonlyMap<string, Figures>): void {
  const [floor] = figures.values();
  if (floor === undefined) return;
  console.log(`${rounds} rounds in turn, medians; ratios to the first line\n`);
  for (const [name, { megabytes, latencies }] of figures) {
    const [rate, wait] = [median(megabytes), median(latencies)];
    const ratios = `${(rate / median(floor.megabytes)).toFixed(2)} and ${(wait / median(floor.latencies)).toFixed(2)}`;
    console.log(
      `${name.padEnd(36)}${rate.toFixed(0).padStart(6)} MB/s ${wait.toFixed(0).padStart(6)} µs there and back   ${ratios}`,
    );
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
