// Launch speed on a real engine: from the request to the container's process running (the engine's own StartedAt), a task by RunTask against
// the same container created and started directly on the same engine; alternating in one run. Bridge mode on an EC2 instance; awsvpc on FARGATE
// (a pooled pause) against a bare bridge container; and 50 at once, until the last runs.
// LONGSHORE_ENGINE names the engine; the image longshore/web:1 must be there (longshore image).
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '../src/kernel/index.ts';
import { DockerRuntime } from '../src/runtime/docker/index.ts';
import { median, percentile } from './load.ts';
import { call, type Target } from './signed-request.ts';

const engineAddress = process.env['LONGSHORE_ENGINE'] ?? 'unix:///var/run/docker.sock';
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 30);
const burst = 50;
const maxInFlight = 4;
const image = 'longshore/web:1';
const cluster = 'bench';
const command = ['sleep', '600'];

const runtime = new DockerRuntime({ address: engineAddress, log: silentLog });
const directory = mkdtempSync(join(tmpdir(), 'longshore-bench-'));
const cli = join(import.meta.dirname, '../dist/cli/longshore.js');
const children: ChildProcess[] = [];

function start(args: readonly string[], ready: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      [cli, ...args, '--data-dir', directory, '--engine', engineAddress, '--log-level', 'warn'],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    children.push(child);
    child.once('exit', (code) => reject(new Error(`${args.join(' ')} ended with ${code}`)));
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const match = ready.exec(text);
      if (match !== null) resolve(match[1] ?? '');
    });
  });
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function startedAt(container: string): Promise<number> {
  const info = await runtime.inspect(container);
  return Date.parse(info?.startedAt ?? '');
}

/** Creates and starts one bare container; milliseconds until its process runs. */
async function bare(): Promise<{ id: string; ms: number }> {
  const from = Date.now();
  const id = await runtime.create({
    name: `longshore-bench-${randomBytes(6).toString('hex')}`,
    config: {
      Image: image,
      Cmd: command,
      Labels: { 'longshore.bench': '1' },
      HostConfig: {
        NetworkMode: 'bridge',
        Memory: 64 << 20,
        CpuShares: 10,
        LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '2' } },
      },
    },
  });
  await runtime.start(id);
  return { id, ms: (await startedAt(id)) - from };
}

async function containersOf(taskArn: string): Promise<readonly string[]> {
  const found = await runtime.list({ 'com.amazonaws.ecs.task-arn': taskArn });
  return found
    .filter((one) => one.labels['com.amazonaws.ecs.container-name'] === 'app' && one.status === 'running')
    .map((one) => one.id);
}

/** Runs tasks and waits for their containers; milliseconds from the first request until each process ran. */
async function tasks(target: Target, request: object, count: number): Promise<{ arns: string[]; ms: number[] }> {
  const from = Date.now();
  const arns: string[] = [];
  for (let left = count; left > 0; left -= 10) {
    const answer = await call(target, 'RunTask', { ...request, cluster, count: Math.min(10, left) });
    if (answer.failures.length > 0) throw new Error(JSON.stringify(answer.failures));
    arns.push(...answer.tasks.map((task: { taskArn: string }) => task.taskArn));
  }
  const ms: number[] = [];
  for (const arn of arns) {
    let running: readonly string[] = [];
    for (let waited = 0; running.length === 0; waited++) {
      if (waited > 600)
        throw new Error(
          `${arn} does not run: ${JSON.stringify((await call(target, 'DescribeTasks', { cluster, tasks: [arn] })).tasks[0])}`,
        );
      if (waited > 0) await sleep(100);
      running = await containersOf(arn);
    }
    ms.push((await startedAt(running[0] ?? '')) - from);
  }
  return { arns, ms };
}

async function stopTasks(target: Target, arns: readonly string[]): Promise<void> {
  for (const task of arns) await call(target, 'StopTask', { cluster, task });
  for (const task of arns) {
    for (let waited = 0; waited < 600; waited++) {
      const { tasks: found } = await call(target, 'DescribeTasks', { cluster, tasks: [task] });
      if (found[0]?.lastStatus === 'STOPPED') break;
      await sleep(100);
    }
  }
  await sleep(500);
}

function report(name: string, ours: readonly number[], floor: readonly number[]): void {
  const ratio = (part: number): string => (percentile(ours, part) / percentile(floor, part)).toFixed(2);
  const paired = median(ours.map((value, index) => value / (floor[index] ?? Number.NaN)));
  console.log(
    `| ${name} | ${median(ours).toFixed(0)} | ${median(floor).toFixed(0)} | **${ratio(0.5)}** | ${paired.toFixed(2)} | ${ratio(0.9)} | ${ours.length} |`,
  );
}

try {
  const url = new URL(await start(['up', '--port', '0'], /ready (http\S+)/));
  const target: Target = { host: url.hostname, port: Number(url.port) };
  await call(target, 'CreateCluster', { clusterName: cluster });
  await start(['agent', '--endpoint', url.origin, '--cluster', cluster], /(agent ready)/);
  const app = { name: 'app', image, command, memory: 64, cpu: 10, essential: true };
  await call(target, 'RegisterTaskDefinition', {
    family: 'bridge',
    networkMode: 'bridge',
    containerDefinitions: [app],
  });
  await call(target, 'RegisterTaskDefinition', {
    family: 'awsvpc',
    networkMode: 'awsvpc',
    requiresCompatibilities: ['FARGATE'],
    cpu: '256',
    memory: '512',
    containerDefinitions: [app],
  });
  const subnets = await defaultSubnets(target);
  const kinds = {
    bridge: { taskDefinition: 'bridge', launchType: 'EC2' },
    awsvpc: {
      taskDefinition: 'awsvpc',
      launchType: 'FARGATE',
      networkConfiguration: { awsvpcConfiguration: { subnets } },
    },
  };
  const one: Record<'bridge' | 'awsvpc' | 'bare', number[]> = { bridge: [], awsvpc: [], bare: [] };
  for (let round = 0; round < rounds; round++) {
    for (const kind of ['bridge', 'awsvpc'] as const) {
      const ran = await tasks(target, kinds[kind], 1);
      one[kind].push(...ran.ms);
      await stopTasks(target, ran.arns);
    }
    const container = await bare();
    one.bare.push(container.ms);
    await runtime.remove(container.id);
    await sleep(200);
  }
  console.log(`\nOne at a time, ${rounds} rounds, alternating; milliseconds to the process running\n`);
  console.log(
    '| launch | ours p50 | bare bridge p50 | ratio p50 | paired median | ratio p90 | n |\n|---|---|---|---|---|---|---|',
  );
  report('bridge', one.bridge, one.bare);
  report('awsvpc, warm pause', one.awsvpc, one.bare);

  const lasts: Record<'bridge' | 'awsvpc' | 'bare', number[]> = { bridge: [], awsvpc: [], bare: [] };
  for (let round = 0; round < 3; round++) {
    for (const kind of ['bridge', 'awsvpc'] as const) {
      const ran = await tasks(target, kinds[kind], burst);
      lasts[kind].push(Math.max(...ran.ms));
      await stopTasks(target, ran.arns);
      await sleep(8_000);
    }
    lasts.bare.push(await bareBurst());
    await sleep(2_000);
  }
  console.log(`\n${burst} at once, until the last runs (bare: ${maxInFlight} in flight), 3 rounds\n`);
  console.log('| launch | ours ms | bare bridge ms | ratio |\n|---|---|---|---|');
  for (const kind of ['bridge', 'awsvpc'] as const)
    console.log(
      `| ${kind} | ${median(lasts[kind]).toFixed(0)} | ${median(lasts.bare).toFixed(0)} | **${(median(lasts[kind]) / median(lasts.bare)).toFixed(2)}** |`,
    );
} finally {
  for (const child of children) child.kill('SIGTERM');
  await sleep(3_000);
  for (const { id } of await runtime.list({ 'longshore.bench': '1' })) await runtime.remove(id);
  runtime.close();
}
const down = spawn(process.execPath, [cli, 'down', '--data-dir', directory, '--engine', engineAddress], {
  stdio: 'inherit',
});
await new Promise((resolve) => down.once('exit', resolve));
rmSync(directory, { recursive: true, force: true });
process.exit(0);

async function bareBurst(): Promise<number> {
  const from = Date.now();
  const made: string[] = [];
  let left = burst;
  await Promise.all(
    Array.from({ length: maxInFlight }, async () => {
      while (left-- > 0) made.push((await bare()).id);
    }),
  );
  const last = Math.max(...(await Promise.all(made.map((id) => startedAt(id)))));
  await Promise.all(made.map((id) => runtime.remove(id)));
  return last - from;
}

async function defaultSubnets(target: Target): Promise<string[]> {
  const aws4 = (await import('aws4')).default;
  const body = 'Action=DescribeSubnets&Version=2016-11-15';
  const signed = aws4.sign(
    {
      method: 'POST',
      host: `${target.host}:${target.port}`,
      path: '/',
      service: 'ec2',
      region: 'us-east-1',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body,
    },
    { accessKeyId: 'test', secretAccessKey: 'test' },
  );
  const answer = await fetch(`http://${target.host}:${target.port}/`, {
    method: 'POST',
    headers: signed.headers as Record<string, string>,
    body,
  });
  return [...(await answer.text()).matchAll(/<subnetId>(subnet-[0-9a-f]+)</g)].map((match) => match[1] ?? '');
}
