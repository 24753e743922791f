// The protocol layer alone: a handler that has its answer ready, against a bare node:http server (floor-server.ts) that
// verifies the signature and answers the same bytes. Alternating slices; the ratio would be 1 for the bare server.
// `recorded` is `kept` with every call in CloudTrail's event history, on disk.
//   npx tsx bench/protocol.ts [rounds]
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { silentLog, type Clock, type Ids, type Log } from '../src/kernel/index.ts';
import { ApiError, implement, reusable, type CallRecorder } from '../src/protocol/api/index.ts';
import type { Operations } from '../src/protocol/generated/ecs.ts';
import { eventHistory } from '../src/main/event-history.ts';
import { createServer } from '../src/protocol/index.ts';
import { cloudTrailService, cloudTrailTables } from '../src/services/cloudtrail/index.ts';
import { openLogArchive } from '../src/services/logs/archive/index.ts';
import { MemoryStore, openDatabase } from '../src/store/index.ts';
import { Connection } from './connection.ts';
import { load, median, percentile } from './load.ts';
import type { Slice } from './load.ts';
import { signedRequest } from './signed-request.ts';

const connections = 16;
/** Short, so that what else the machine does meets all servers alike. */
const sliceMs = 250;
/** Before the first slice that counts: else it is the compiler that is measured. */
const warmUpMs = 3_000;
/** Calls are recorded after their answer, at most this much later. */
const afterMs = 120;

type Task = NonNullable<Operations['DescribeTasks']['output']['tasks']>[number];

/** A Fargate task with two containers, about 2.5 KB of JSON. */
function task(taskArn: string): Task {
  const timeMs = 1_700_000_000_123;
  const [containers, cluster] = [['web', 'sidecar'], 'arn:aws:ecs:us-east-1:123456789012:cluster/default'];
  return {
    attachments: [
      {
        id: 'a1b2c3d4-0000-0000-0000-000000000000',
        type: 'ElasticNetworkInterface',
        status: 'ATTACHED',
        details: [
          { name: 'subnetId', value: 'subnet-0123456789abcdef0' },
          { name: 'networkInterfaceId', value: 'eni-0123456789abcdef0' },
          { name: 'macAddress', value: '02:42:ac:11:00:02' },
          { name: 'privateIPv4Address', value: '172.31.0.5' },
        ],
      },
    ],
    attributes: [{ name: 'ecs.cpu-architecture', value: 'x86_64' }],
    availabilityZone: 'us-east-1a',
    clusterArn: cluster,
    connectivity: 'CONNECTED',
    connectivityAt: timeMs,
    containers: containers.map((name) => ({
      containerArn: `arn:aws:ecs:us-east-1:123456789012:container/default/0123456789abcdef0123456789abcdef/${name}`,
      taskArn,
      name,
      image: 'nginx:latest',
      imageDigest: `sha256:${'0123456789abcdef'.repeat(4)}`,
      runtimeId: '0123456789abcdef0123456789abcdef-1234567890',
      lastStatus: 'RUNNING',
      networkBindings: [],
      networkInterfaces: [{ attachmentId: 'a1b2c3d4', privateIpv4Address: '172.31.0.5' }],
      healthStatus: 'UNKNOWN',
      cpu: '0',
      memory: '256',
    })),
    cpu: '256',
    createdAt: timeMs,
    desiredStatus: 'RUNNING',
    enableExecuteCommand: false,
    group: 'service:web',
    healthStatus: 'UNKNOWN',
    lastStatus: 'RUNNING',
    launchType: 'FARGATE',
    memory: '512',
    overrides: { containerOverrides: [{ name: 'web' }, { name: 'sidecar' }] },
    platformVersion: '1.4.0',
    platformFamily: 'Linux',
    pullStartedAt: timeMs,
    pullStoppedAt: timeMs,
    startedAt: timeMs,
    startedBy: 'ecs-svc/1234567890123456789',
    tags: [],
    taskArn,
    taskDefinitionArn: 'arn:aws:ecs:us-east-1:123456789012:task-definition/web:1',
    version: 4,
  };
}

const arns = Array.from(
  { length: 10 },
  (_, index) => `arn:aws:ecs:us-east-1:123456789012:task/default/${'0'.repeat(31)}${index}`,
);
const input = { cluster: 'default', tasks: arns };

const clock: Clock = {
  nowMs: () => Date.now(),
  after: (delayMs, run) => clearTimeout.bind(undefined, setTimeout(run, delayMs)),
};
const ids: Ids = { hex: () => '', uuid: () => randomUUID(), fraction: () => 0 };

async function openRecorder(): Promise<CallRecorder> {
  const directory = mkdtempSync(join(tmpdir(), 'longshore-bench-'));
  process.on('SIGTERM', () => {
    rmSync(directory, { recursive: true, force: true });
    process.exit(0);
  });
  let dropped = 0;
  const log: Log = {
    ...silentLog,
    warn(_message, fields = {}) {
      dropped += Number(fields['dropped']);
      process.stderr.write(`calls not recorded so far: ${dropped}\n`);
    },
  };
  return cloudTrailService({
    database: await openDatabase(new MemoryStore(), cloudTrailTables, { log: silentLog }),
    history: eventHistory(await openLogArchive({ directory, log: silentLog })),
    logs: { exists: () => false, deliver: () => Promise.resolve() },
    clock,
    ids,
    log,
  }).recorder;
}

/** A server whose DescribeTasks answers tasks it holds as objects; all but `fresh` ones are marked reusable. */
async function serve(role: string): Promise<void> {
  const kept = role !== 'fresh';
  const tasks = new Map(arns.map((arn) => [arn, kept ? reusable(task(arn)) : task(arn)]));
  const ecs = implement<Operations>({
    name: 'ecs',
    handlers: {
      DescribeTasks: (input) => ({ tasks: input.tasks.flatMap((arn) => tasks.get(arn) ?? []), failures: [] }),
    },
    invalid: () => new ApiError('InvalidParameterException', 'invalid'),
  });
  const caller = { account: '123456789012', accessKeyId: 'test', arn: 'arn:aws:iam::123456789012:root' };
  const server = createServer({
    host: '127.0.0.1',
    port: 0,
    services: [ecs],
    credentials: { find: () => ({ secretAccessKey: 'test', caller }) },
    ...(role === 'recorded' ? { recorder: await openRecorder() } : {}),
    clock,
    ids,
    log: silentLog,
    health: () => ({ status: 'ok' }),
  });
  const { port } = await server.start();
  process.stdout.write(`listening ${port}\n`);
}

interface Target {
  readonly host: string;
  readonly port: number;
  readonly pid: number;
  readonly child: ChildProcess;
}

function start(script: string, role: string): Promise<Target> {
  const args = ['--import', 'tsx', fileURLToPath(new URL(script, import.meta.url)), role];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`${script} ended with ${code}`)));
    child.stdout.on('data', (chunk: Buffer) => {
      const port = Number(/listening (\d+)/.exec(chunk.toString())?.[1]);
      resolve({ host: '127.0.0.1', port, pid: child.pid ?? 0, child });
    });
  });
}

async function send(target: Target, bytes: Buffer): Promise<Buffer> {
  const connection = await Connection.open(target);
  const { status, body } = await connection.send(bytes);
  connection.close();
  if (status !== 200) throw new Error(`${status} ${body.toString()}`);
  return body;
}

async function compare(rounds: number): Promise<void> {
  const [fresh, kept, recorded, bare] = await Promise.all([
    start('protocol.ts', 'fresh'),
    start('protocol.ts', 'kept'),
    start('protocol.ts', 'recorded'),
    start('floor-server.ts', '0'),
  ]);
  const request = (target: Target): Buffer => signedRequest(target, 'DescribeTasks', input);
  const answer = await send(fresh, request(fresh));
  const put = `PUT /answers/DescribeTasks HTTP/1.1\r\nHost: x\r\nContent-Length: ${answer.length}\r\n\r\n`;
  await send(bare, Buffer.concat([Buffer.from(put), answer]));
  const slice = (target: Target): Promise<Slice> =>
    load(target, [request(target)], { connections, ms: sliceMs, afterMs });
  const slices: Record<'fresh' | 'kept' | 'recorded' | 'bare', Slice>[] = [];
  for (const target of [bare, fresh, kept, recorded])
    await load(target, [request(target)], { connections, ms: warmUpMs });
  for (let round = 0; round < rounds; round++) {
    slices.push({
      bare: await slice(bare),
      fresh: await slice(fresh),
      kept: await slice(kept),
      recorded: await slice(recorded),
    });
  }
  console.log(
    `DescribeTasks of 10 tasks (${answer.length} bytes), ${connections} connections, medians of ${rounds} rounds`,
  );
  console.log('| server | req/s | ratio | CPU µs/req | ratio | main thread | p99 ms |\n|---|---|---|---|---|---|---|');
  for (const name of ['bare', 'fresh', 'kept', 'recorded'] as const) {
    const of = (pick: (one: Slice) => number): number => median(slices.map((round) => pick(round[name])));
    const against = (pick: (one: Slice) => number): number =>
      median(slices.map((round) => pick(round[name]) / pick(round.bare)));
    const perSecond = (one: Slice): number => one.requests / one.seconds;
    const perCpuSecond = (one: Slice): number => one.requests / one.cpuSeconds;
    const mainMicros = (one: Slice): number => (1e6 * one.mainCpuSeconds) / one.requests;
    const p99 = of((one) => percentile(one.latenciesMs, 0.99));
    console.log(
      `| ${name} | ${of(perSecond).toFixed(0)} | ${against(perSecond).toFixed(2)} | ${(1e6 / of(perCpuSecond)).toFixed(0)} | ${against(perCpuSecond).toFixed(2)} | ${of(mainMicros).toFixed(0)} | ${p99.toFixed(1)} |`,
    );
  }
  const recording = (pick: (one: Slice) => number): string =>
    median(
      slices.map(
        (round) => 1e6 * (pick(round.recorded) / round.recorded.requests - pick(round.kept) / round.kept.requests),
      ),
    ).toFixed(1);
  console.log(
    `recording: ${recording((one) => one.mainCpuSeconds)} µs of the main thread, ${recording((one) => one.cpuSeconds)} of all (medians of the rounds' differences)`,
  );
  for (const { child } of [fresh, kept, recorded, bare]) {
    child.removeAllListeners('exit');
    child.kill();
  }
}

const [role = '30'] = process.argv.slice(2);
await (['fresh', 'kept', 'recorded'].includes(role) ? serve(role) : compare(Number(role)));
