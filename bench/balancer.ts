/**
 * Requests a second, p99 and CPU a request through both data planes, bare HAProxy and nginx, one core each, in front of the same backend, in
 * alternating slices of one run. HAProxy, nginx and wrk are used where they are installed (Debian: haproxy, nginx-light, wrk).
 * Environment: BENCH_ROUNDS (3), BENCH_SLICE_MS (3000).
 */
import { execFile, execFileSync, fork, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cpuSeconds, load, median, percentile } from './load.ts';

const rounds = Number(process.env['BENCH_ROUNDS'] ?? 3);
const sliceMs = Number(process.env['BENCH_SLICE_MS'] ?? 3_000);
const connections = 32;
const backend = '127.91.0.1';
const ours = '127.91.0.2';
const theirs = '127.91.0.3';
const oursByHaproxy = '127.91.0.4';
const directory = mkdtempSync(join(tmpdir(), 'longshore-bench-balancer-'));
const children: ChildProcess[] = [];
const request = Buffer.from('GET / HTTP/1.1\r\nHost: bench\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n');

interface Contender {
  readonly name: string;
  /** Compared with the contender of this name. */
  readonly against: string;
  readonly host: string;
  readonly port: number;
  readonly pid: number;
}

interface Measured {
  readonly perSecond: number;
  readonly p99Ms: number;
  readonly cpuMicroseconds: number;
}

function installed(program: string): string | undefined {
  for (const path of [
    `/usr/sbin/${program}`,
    `/usr/bin/${program}`,
    `/usr/local/sbin/${program}`,
    `/usr/local/bin/${program}`,
  ]) {
    try {
      execFileSync(path, ['-v'], { stdio: 'ignore' });
      return path;
    } catch (error) {
      if ((error as { status?: number }).status !== undefined && (error as { status?: number }).status !== null)
        return path; // wrk -v is no success
    }
  }
  return undefined;
}

function keep(child: ChildProcess): number {
  children.push(child);
  if (child.pid === undefined) throw new Error(`${child.spawnfile} did not start`);
  return child.pid;
}

function script(name: string, ...args: readonly string[]): Promise<number> {
  const child = fork(join(import.meta.dirname, name), [...args], { execArgv: ['--import', 'tsx'] });
  return new Promise((resolve, reject) => {
    child.once('message', (said: { readonly pid?: number }) => {
      const pid = keep(child);
      resolve(said.pid ?? pid);
    });
    child.once('exit', (code) => reject(new Error(`${name} ended with ${code}`)));
  });
}

async function answers(host: string, port: number): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    const up = await new Promise<boolean>((resolve) => {
      const socket = connect(port, host, () => {
        socket.destroy();
        resolve(true);
      });
      socket.on('error', () => resolve(false));
    });
    if (up) return;
    if (attempt > 100) throw new Error(`nothing listens on ${host}:${port}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function nginxFile(name: string, http: string): string {
  const file = join(directory, `${name}.conf`);
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (one) => `${one}_temp_path ${directory}/${name}-${one};`,
  );
  writeFileSync(
    file,
    `daemon off; master_process off; worker_processes 1; pid ${directory}/${name}.pid; error_log ${directory}/${name}.log;
events { worker_connections 4096; }
http { access_log off; keepalive_requests 100000000; ${paths.join(' ')} ${http} }\n`,
  );
  return file;
}

async function startBackend(nginx: string | undefined): Promise<void> {
  if (nginx === undefined) await script('balancer-backend.ts', backend);
  else {
    const http = `server { listen ${backend}:8000; location / { default_type text/plain; return 200 "${'x'.repeat(1024)}"; } }`;
    keep(spawn(nginx, ['-c', nginxFile('backend', http)], { stdio: 'ignore' }));
  }
  await answers(backend, 8000);
}

async function startContenders(nginx: string | undefined, haproxy: string | undefined): Promise<readonly Contender[]> {
  const found: Contender[] = [];
  if (haproxy !== undefined) {
    const file = join(directory, 'haproxy.cfg');
    writeFileSync(
      file,
      `global
  nbthread 1
defaults
  timeout connect 5s
  timeout client 60s
  timeout server 60s
frontend http
  mode http
  option forwardfor
  bind ${theirs}:8001
  default_backend http
backend http
  mode http
  server one ${backend}:8000
frontend tcp
  mode tcp
  bind ${theirs}:8002
  default_backend tcp
backend tcp
  mode tcp
  server one ${backend}:8000\n`,
    );
    const pid = keep(spawn(haproxy, ['-db', '-f', file], { stdio: 'ignore' }));
    found.push({ name: 'HAProxy HTTP', against: 'HAProxy HTTP', host: theirs, port: 8001, pid });
    found.push({ name: 'HAProxy TCP', against: 'HAProxy TCP', host: theirs, port: 8002, pid });
  }
  if (nginx !== undefined) {
    const http = `upstream one { server ${backend}:8000; keepalive 64; }
server { listen ${theirs}:8003; location / { proxy_pass http://one; proxy_http_version 1.1; proxy_set_header Connection "";
proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; } }`;
    const pid = keep(spawn(nginx, ['-c', nginxFile('proxy', http)], { stdio: 'ignore' }));
    found.push({ name: 'nginx HTTP', against: 'HAProxy HTTP', host: theirs, port: 8003, pid });
  }
  const pid = await script('balancer-plane.ts', ours, backend);
  found.push({ name: 'embedded ALB', against: 'HAProxy HTTP', host: ours, port: 8001, pid });
  found.push({ name: 'embedded NLB', against: 'HAProxy TCP', host: ours, port: 8002, pid });
  if (haproxy !== undefined) {
    const carried = await script('balancer-plane.ts', oursByHaproxy, backend, haproxy);
    found.push({ name: 'HAProxy plane ALB', against: 'HAProxy HTTP', host: oursByHaproxy, port: 8001, pid: carried });
    found.push({ name: 'HAProxy plane NLB', against: 'HAProxy TCP', host: oursByHaproxy, port: 8002, pid: carried });
  }
  for (const { host, port } of found) await answers(host, port);
  return found;
}

async function slice(one: Contender, wrk: string | undefined): Promise<Measured> {
  if (wrk === undefined) {
    const done = await load(one, [request], { connections, ms: sliceMs });
    if (done.failures > 0) throw new Error(`${one.name}: ${done.failures} requests failed`);
    return {
      perSecond: done.requests / done.seconds,
      p99Ms: percentile(done.latenciesMs, 0.99),
      cpuMicroseconds: (done.cpuSeconds * 1e6) / done.requests,
    };
  }
  const before = cpuSeconds(one.pid);
  const seconds = Math.max(1, Math.round(sliceMs / 1000));
  const text = await new Promise<string>((resolve, reject) => {
    execFile(
      wrk,
      ['-t1', `-c${connections}`, `-d${seconds}s`, '--latency', `http://${one.host}:${one.port}/`],
      (error, stdout) => (error === null ? resolve(stdout) : reject(error)),
    );
  });
  const cpu = cpuSeconds(one.pid) - before;
  if (/Non-2xx|Socket errors/.test(text)) throw new Error(`${one.name}: requests failed\n${text}`);
  const requests = Number(/(\d+) requests in/.exec(text)?.[1]);
  const [, amount, unit] = /99%\s+([\d.]+)(us|ms|s)/.exec(text) ?? [];
  const p99Ms = Number(amount) * (unit === 'us' ? 0.001 : unit === 's' ? 1000 : 1);
  return {
    perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(text)?.[1]),
    p99Ms,
    cpuMicroseconds: (cpu * 1e6) / requests,
  };
}

try {
  const [nginx, haproxy, wrk] = [installed('nginx'), installed('haproxy'), installed('wrk')];
  await startBackend(nginx);
  const contenders = await startContenders(nginx, haproxy);
  const results = new Map<string, Measured[]>(contenders.map(({ name }) => [name, []]));
  for (const one of contenders) await slice(one, wrk); // warm
  for (let round = 0; round < rounds; round += 1)
    for (const one of contenders) results.get(one.name)?.push(await slice(one, wrk));
  const of = (name: string, what: keyof Measured): number => median((results.get(name) ?? []).map((one) => one[what]));
  console.log(
    `backend ${nginx === undefined ? 'Node' : 'nginx'}, load by ${wrk === undefined ? 'this process' : 'wrk'}, ${rounds} rounds\n`,
  );
  console.log('| | requests/s | p99 ms | CPU µs a request | requests/s ratio | CPU ratio |\n|---|---|---|---|---|---|');
  for (const { name, against } of contenders) {
    const ratio = (what: keyof Measured): string =>
      results.has(against) ? (of(name, what) / of(against, what)).toFixed(2) : '-';
    console.log(
      `| ${name} | ${Math.round(of(name, 'perSecond'))} | ${of(name, 'p99Ms').toFixed(1)} | ${of(name, 'cpuMicroseconds').toFixed(1)} | ${ratio('perSecond')} | ${ratio('cpuMicroseconds')} |`,
    );
  }
} finally {
  // First those that have processes of their own.
  for (const child of children) if (child.connected) child.disconnect();
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  for (const child of children) child.kill('SIGKILL');
  rmSync(directory, { recursive: true, force: true });
}
