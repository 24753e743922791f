// Launch speed on a real engine: from the request to the container's process running (the engine's own StartedAt), a task by RunTask against
// the same container created and started directly on the same engine; alternating in one run. Bridge mode on an EC2 instance; awsvpc on FARGATE
// (a pooled pause) against a bare bridge container; and 50 at once, until the last runs.
// LONGSHORE_ENGINE names the engine; the image longshore/web:1 must be there (longshore image).
import { command, image, inFlight, maxInFlight, removeBare, startBare, startedAt } from './bare-container.ts';
import { openEngine } from './engine.ts';
import { median, percentile } from './load.ts';
import { Installation } from './longshore-process.ts';
import { defaultSubnets } from './query-request.ts';
import { call, type Target } from './signed-request.ts';

const rounds = Number(process.env['BENCH_ROUNDS'] ?? 20);
const burst = 50;
const cluster = 'bench';
const pollMs = 200;

const { address, runtime } = await openEngine();
const installation = new Installation(address);

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

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
      if (waited > 300)
        throw new Error(
          `${arn} does not run: ${JSON.stringify((await call(target, 'DescribeTasks', { cluster, tasks: [arn] })).tasks[0])}`,
        );
      await sleep(pollMs);
      running = await containersOf(arn);
    }
    ms.push((await startedAt(runtime, running[0] ?? '')) - from);
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
  const target = await installation.up();
  await call(target, 'CreateCluster', { clusterName: cluster });
  await installation.agent(target, cluster);
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
    const container = await startBare(runtime);
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
  await installation.remove(runtime);
  await removeBare(runtime);
  runtime.close();
}
process.exit(0);

async function bareBurst(): Promise<number> {
  const from = Date.now();
  const made: string[] = [];
  await inFlight(
    Array.from({ length: burst }, (_, index) => index),
    async () => {
      made.push((await startBare(runtime)).id);
    },
  );
  const last = Math.max(...(await Promise.all(made.map((id) => startedAt(runtime, id)))));
  await Promise.all(made.map((id) => runtime.remove(id)));
  return last - from;
}
