import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DescribeSubnetsCommand, EC2Client } from '@aws-sdk/client-ec2';
import type { Task } from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { labels } from '../src/agent-protocol/index.ts';
import { silentLog } from '../src/kernel/index.ts';
import { removeEverything } from '../src/main/index.ts';
import { dockerdPid, findEngine, systemClock } from '../src/platform/index.ts';
import {
  exitsLostByEngine,
  expectStartedOnce,
  expectTrueAnswers,
  expectTrueOnEngine,
  settled,
  staysRunning,
} from './crash-checks.ts';
import { CrashLoad, cluster, kinds } from './crash-load.ts';
import { Victims } from './crash-victims.ts';
import { EngineClient, type EngineEvent } from './engine-client.ts';
import { freePort, longshore, newDataDirectory } from './longshore-process.ts';

/**
 * `LONGSHORE_CRASH_ROUNDS`, `_SEED`, `_VICTIM`: more rounds than the gate's, those of an earlier run, one victim in all of them. In CI the seed is always
 * the same one, so that a change is judged by what it changed; everybody else's run looks for new faults.
 */
const rounds = Number(process.env['LONGSHORE_CRASH_ROUNDS'] ?? 7);
const ciSeed = 77_537;
const freshSeed = process.env['CI'] === undefined ? Date.now() % 1_000_000 : ciSeed;
const seed = Number(process.env['LONGSHORE_CRASH_SEED'] ?? freshSeed);
const onlyVictim = process.env['LONGSHORE_CRASH_VICTIM'];
const tasksPerRound = 5;
const longestWaitMs = 2_500;
/** About what it takes from a container's being made to its program. */
const longestStartMs = 250;
const eventPollMs = 5;
const settleMs = 60_000;
const roundBoundMs = 60_000;

/** Agents remove nothing of what this test looks at, however long it takes. */
process.env['ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION'] = '1h';

const random = seededRandom(seed);
const directory = newDataDirectory();
const installation: { engine: string; load?: CrashLoad; victims?: Victims; client?: EngineClient } = { engine: '' };

beforeAll(async () => {
  const { found, reasons } = await findEngine({ env: process.env });
  if (found === undefined || !found.address.startsWith('unix://')) throw new Error(`no engine: ${reasons.join('; ')}`);
  installation.engine = found.address;
  const socket = found.address.slice('unix://'.length);
  const ours = (await dockerdPid(dirname(socket))) !== undefined;
  if (!ours) say(`the engine at ${socket} was not started by Longshore: it is not killed in this run`);
  const places = { directory, port: await freePort(), engine: found.address, cluster };
  const victims = new Victims({ ...places, engineDirectory: ours ? dirname(socket) : undefined });
  installation.victims = victims;
  installation.client = new EngineClient(socket);
  const image = await longshore(['image', '--engine', found.address]);
  if (image.code !== 0) throw new Error(image.stderr);
  await victims.startServer();
  const endpoint = `http://127.0.0.1:${places.port}`;
  installation.load = new CrashLoad(endpoint);
  await installation.load.prepare(image.stdout.trim(), await anySubnet(endpoint));
  await victims.startAgent();
});

afterAll(async () => {
  installation.load?.close();
  await installation.victims?.stop();
  await removeEverything({ dataDirectory: directory, engine: installation.engine, clock: systemClock, log: silentLog });
  if (process.env['LONGSHORE_CRASH_KEEP'] === undefined) rmSync(directory, { recursive: true, force: true });
});

test(
  'killing the server, an agent or the engine at any moment loses no task and starts none twice',
  async () => {
    const { load, victims, client } = parts();
    say(`seed ${seed}, ${rounds} rounds, ${directory}`);
    const events = client.watchStarts();
    try {
      const chosen = order(onlyVictim === undefined ? victims.names : [onlyVictim], rounds);
      for (const [round, victim] of chosen.entries()) await playRound(round, victim, events.seen);
      await settled(load, settleMs);
      await killContainerUnseen();
      await settled(load, settleMs);
      const engineKills = chosen.filter((victim) => victim === 'engine').length;
      await expectTrueAnswers(load, await exitsLostByEngine(load, client, { events: events.seen, engineKills }));
      await expectTrueOnEngine(load, client, events.seen);
      await expectStartedOnce(load, client, { events: events.seen, engineKills });
      say(
        `${load.acknowledged.length} tasks, ${load.repeatedCalls} calls repeated, ${events.seen.length} engine events`,
      );
    } finally {
      events.close();
    }
  },
  rounds * roundBoundMs + settleMs,
);

test('SIGTERM leaves the containers; started again, Longshore knows them as before', async () => {
  const { load, victims } = parts();
  const arns = load.acknowledged.map(({ arn }) => arn);
  const before = (await load.describe(arns)).filter(({ lastStatus }) => lastStatus === 'RUNNING');
  expect(before.length).toBeGreaterThan(0);
  await victims.stop();
  await victims.startServer();
  await victims.startAgent();
  const after = await load.describe(before.map(({ taskArn = '' }) => taskArn));
  const identity = (tasks: readonly Task[]): object =>
    Object.fromEntries(
      tasks.map(({ taskArn = '', lastStatus, startedAt, containers = [] }) => [
        taskArn,
        { lastStatus, startedAt, runtimeIds: containers.map(({ runtimeId }) => runtimeId) },
      ]),
    );
  expect(identity(after)).toEqual(identity(before));
});

/** Load and a kill at a random moment of it; of the engine, in the middle of a start if there is one. */
async function playRound(round: number, victim: string, events: readonly EngineEvent[]): Promise<void> {
  const { load, victims } = parts();
  const calls = Array.from({ length: tasksPerRound }, async (_, index) => {
    await sleep(random() * longestWaitMs);
    const task = await load.run(kinds[(round + index) % kinds.length] as (typeof kinds)[number]);
    if (task.kind.exitCode === undefined && random() < 0.3) {
      await sleep(random() * longestWaitMs);
      await load.stop(task);
    }
  });
  const atMs = Math.round(random() * longestWaitMs);
  const intoStartMs = random() * longestStartMs;
  say(`round ${round + 1}: SIGKILL for the ${victim} after ${atMs} ms`);
  const strike = sleep(atMs)
    .then(() => (victim === 'engine' ? aContainerIsMade(events, intoStartMs) : undefined))
    .then(() => victims.strike(victim));
  const results = await Promise.allSettled([strike, ...calls]);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

/** Waits for the next container to be made, and some of the time that its start takes. */
async function aContainerIsMade(events: readonly EngineEvent[], thenMs: number): Promise<void> {
  const made = (): number => events.filter(({ Action }) => Action === 'create').length;
  const before = made();
  for (let waitedMs = 0; made() === before && waitedMs < longestWaitMs; waitedMs += eventPollMs)
    await sleep(eventPollMs);
  await sleep(thenMs);
}

/** The container of a running task is killed while its agent is dead: told by nobody, the next agent must find out. */
async function killContainerUnseen(): Promise<void> {
  const { load, victims, client } = parts();
  const task = load.acknowledged.find((one) => one.kind.name === 'web' && staysRunning(one));
  if (task === undefined) return say('no task is left whose container could be killed');
  const [container] = await client.containers(`${labels.taskArn}=${task.arn}`);
  task.killed = true;
  await victims.strike('agent', () => client.kill(container?.Id ?? ''));
}

function parts(): { load: CrashLoad; victims: Victims; client: EngineClient } {
  const { load, victims, client } = installation;
  if (load === undefined || victims === undefined || client === undefined) throw new Error('the set-up failed');
  return { load, victims, client };
}

async function anySubnet(endpoint: string): Promise<string> {
  const ec2 = new EC2Client({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const { Subnets = [] } = await ec2.send(new DescribeSubnetsCommand({}));
  ec2.destroy();
  const id = Subnets[0]?.SubnetId;
  if (id === undefined) throw new Error('there is no default subnet');
  return id;
}

/** Every victim in an order of the seed, then again in another, for so many rounds. */
function order(names: readonly string[], count: number): readonly string[] {
  const chosen: string[] = [];
  while (chosen.length < count) {
    const left = [...names];
    while (left.length > 0) chosen.push(...left.splice(Math.floor(random() * left.length), 1));
  }
  return chosen.slice(0, count);
}

function say(line: string): void {
  process.stderr.write(`crash test: ${line}\n`);
}

/** mulberry32: the same numbers for the same seed. */
function seededRandom(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
