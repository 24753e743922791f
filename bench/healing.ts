// Services on a real engine: from the SIGKILL of a task's container to its replacement's process running (the engine's own StartedAt), against
// killing a bare container and starting the next; and a rolling update of ten tasks, against the bare engine starting ten and stopping ten.
// Alternating in one run. LONGSHORE_ENGINE names the engine; the image longshore/web:1 must be there (longshore image).
import { setTimeout as sleep } from 'node:timers/promises';
import { command, image, inFlight, maxInFlight, removeBare, startBare, startedAt } from './bare-container.ts';
import { openEngine } from './engine.ts';
import { median, percentile } from './load.ts';
import { Installation } from './longshore-process.ts';
import { defaultSubnets } from './query-request.ts';
import { call, type Target } from './signed-request.ts';

const rounds = Number(process.env['BENCH_ROUNDS'] ?? 10);
const updates = 3;
const updated = 10;
const cluster = 'bench';
const pollMs = 100;
const withinMs = 120_000;
const stopSeconds = 10;

const { address, runtime } = await openEngine();
const installation = new Installation(address);

/** The ids of the running application containers of a family. */
async function running(family: string): Promise<ReadonlySet<string>> {
  const found = await runtime.list({ 'com.amazonaws.ecs.task-definition-family': family });
  return new Set(
    found
      .filter((one) => one.labels['com.amazonaws.ecs.container-name'] === 'app' && one.status === 'running')
      .map((one) => one.id),
  );
}

/** Polls until `look` finds something. @throws after two minutes, saying what it waited for */
async function until<Found>(what: string, look: () => Promise<Found | undefined>): Promise<Found> {
  for (const end = Date.now() + withinMs; Date.now() < end; await sleep(pollMs)) {
    const found = await look();
    if (found !== undefined) return found;
  }
  throw new Error(`waited ${withinMs} ms for ${what}`);
}

async function describe(target: Target, service: string): Promise<any> {
  return (await call(target, 'DescribeServices', { cluster, services: [service] })).services[0];
}

function steady(target: Target, service: string): Promise<true> {
  return until(`${service} to be steady`, async () => {
    const { deployments, desiredCount, runningCount } = await describe(target, service);
    const [primary] = deployments;
    return deployments.length === 1 && primary.rolloutState === 'COMPLETED' && runningCount === desiredCount
      ? true
      : undefined;
  });
}

/** Kills one container of the service; milliseconds until the process of another runs. */
async function heal(family: string): Promise<number> {
  const before = await running(family);
  const [victim = ''] = before;
  const from = Date.now();
  await runtime.kill(victim, 'SIGKILL');
  const next = await until('the replacement', async () => [...(await running(family))].find((id) => !before.has(id)));
  return (await startedAt(runtime, next)) - from;
}

async function healBare(): Promise<number> {
  const { id } = await startBare(runtime);
  const from = Date.now();
  await runtime.kill(id, 'SIGKILL');
  const next = await startBare(runtime);
  const ms = (await startedAt(runtime, next.id)) - from;
  await Promise.all([id, next.id].map((one) => runtime.remove(one)));
  return ms;
}

/** Rolls the service over; milliseconds until the last of the new processes runs, and until the deployment is COMPLETED. */
async function update(target: Target, family: string): Promise<{ started: number; completed: number }> {
  const before = await running(family);
  const from = Date.now();
  await call(target, 'UpdateService', { cluster, service: family, forceNewDeployment: true });
  const seen = new Set<string>();
  await until('the deployment', async () => {
    for (const id of await running(family)) if (!before.has(id)) seen.add(id);
    const { deployments } = await describe(target, family);
    return deployments.length === 1 && deployments[0].rolloutState === 'COMPLETED' ? true : undefined;
  });
  const completed = Date.now() - from;
  return { started: Math.max(...(await Promise.all([...seen].map((id) => startedAt(runtime, id))))) - from, completed };
}

/** The bare engine's: ten more started, then the ten before them stopped. */
async function updateBare(): Promise<{ started: number; completed: number }> {
  const old: string[] = [];
  const made: string[] = [];
  const start = (into: string[]) => async (): Promise<void> => {
    into.push((await startBare(runtime)).id);
  };
  const ten = Array.from({ length: updated }, (_, index) => index);
  await inFlight(ten, start(old));
  const from = Date.now();
  await inFlight(ten, start(made));
  const started = Math.max(...(await Promise.all(made.map((id) => startedAt(runtime, id))))) - from;
  await inFlight(old, (id) => runtime.stop(id, stopSeconds));
  const completed = Date.now() - from;
  await removeBare(runtime);
  return { started, completed };
}

function line(name: string, ours: readonly number[], floor: readonly number[]): void {
  const [a, b] = [median(ours), median(floor)];
  console.log(
    `| ${name} | ${a.toFixed(0)} | ${b.toFixed(0)} | **${(a / b).toFixed(2)}** | ${percentile(ours, 0.9).toFixed(0)} | ${ours.length} |`,
  );
}

try {
  const target = await installation.up();
  await call(target, 'CreateCluster', { clusterName: cluster });
  await installation.agent(target, cluster);
  const subnets = await defaultSubnets(target);
  const app = { name: 'app', image, command, memory: 64, cpu: 10, essential: true };
  const service = async (name: string, desiredCount: number, definition: object, more: object): Promise<void> => {
    await call(target, 'RegisterTaskDefinition', { family: name, containerDefinitions: [app], ...definition });
    await call(target, 'CreateService', { cluster, serviceName: name, taskDefinition: name, desiredCount, ...more });
    await steady(target, name);
  };
  await service('bridge', 2, { networkMode: 'bridge' }, { launchType: 'EC2' });
  const fargate = { networkMode: 'awsvpc', requiresCompatibilities: ['FARGATE'], cpu: '256', memory: '512' };
  const awsvpc = { launchType: 'FARGATE', networkConfiguration: { awsvpcConfiguration: { subnets } } };
  await service('fargate', 2, fargate, awsvpc);

  const healed: Record<'bridge' | 'fargate' | 'bare', number[]> = { bridge: [], fargate: [], bare: [] };
  for (let round = 0; round < rounds; round++) {
    for (const family of ['bridge', 'fargate'] as const) {
      healed[family].push(await heal(family));
      await steady(target, family);
      // What ends before it is healthy, five seconds after it runs, is held back.
      await sleep(6_000);
    }
    healed.bare.push(await healBare());
  }
  console.log(`\nSIGKILL to the replacement's process running, ${rounds} rounds, alternating; milliseconds\n`);
  console.log('| | ours p50 | bare engine p50 | ratio | ours p90 | n |\n|---|---|---|---|---|---|');
  line('bridge', healed.bridge, healed.bare);
  line('FARGATE (awsvpc), against bridge', healed.fargate, healed.bare);

  await service('ten', updated, { networkMode: 'bridge' }, { launchType: 'EC2' });
  const ours: { started: number; completed: number }[] = [];
  const bare: typeof ours = [];
  for (let round = 0; round < updates; round++) {
    ours.push(await update(target, 'ten'));
    bare.push(await updateBare());
  }
  console.log(
    `\nRolling update of ${updated} tasks, minimum 100 %, maximum 200 % (bare: ${maxInFlight} in flight), ${updates} rounds; milliseconds\n`,
  );
  console.log('| until | ours p50 | bare engine p50 | ratio | ours p90 | n |\n|---|---|---|---|---|---|');
  const of = (from: typeof ours, member: 'started' | 'completed'): number[] => from.map((one) => one[member]);
  line('the last new process runs', of(ours, 'started'), of(bare, 'started'));
  line('COMPLETED (bare: the old ones stopped)', of(ours, 'completed'), of(bare, 'completed'));
} finally {
  await installation.remove(runtime);
  await removeBare(runtime);
  runtime.close();
}
process.exit(0);
