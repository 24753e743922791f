import { setTimeout as sleep } from 'node:timers/promises';
import type { Task } from '@aws-sdk/client-ecs';
import { expect } from 'vitest';
import { labels } from '../src/agent-protocol/index.ts';
import { cluster, type Acknowledged, type CrashLoad } from './crash-load.ts';
import type { EngineClient, EngineContainer, EngineEvent } from './engine-client.ts';

const pollMs = 250;
const killedBySignal9 = 137;
const exitUnknown = 255;

/** True of a task that the load leaves running. */
export function staysRunning({ kind, stopped, killed }: Acknowledged): boolean {
  return kind.exitCode === undefined && !stopped && !killed;
}

/** Waits until every acknowledged task is where it belongs; on time-out, says which are not. */
export async function settled(load: CrashLoad, withinMs: number): Promise<void> {
  const untilMs = Date.now() + withinMs;
  for (;;) {
    const tasks = new Map((await load.describe(load.acknowledged.map(({ arn }) => arn))).map((t) => [t.taskArn, t]));
    const late = load.acknowledged.filter(
      (task) => tasks.get(task.arn)?.lastStatus !== (staysRunning(task) ? 'RUNNING' : 'STOPPED'),
    );
    if (late.length === 0) return;
    if (Date.now() > untilMs) {
      const shown = await load.describe(late.map(({ arn }) => arn));
      throw new Error(`${late.length} tasks did not settle: ${JSON.stringify(late)}\n${JSON.stringify(shown)}`);
    }
    await sleep(pollMs);
  }
}

/** The API knows the acknowledged tasks, no others, and says of each what became of it. */
export async function expectTrueAnswers(load: CrashLoad, lost: ReadonlySet<string>): Promise<void> {
  const wanted = load.acknowledged.map(({ arn }) => arn).sort();
  expect([...(await load.list())].sort()).toEqual(wanted);
  const found = new Map((await load.describe(wanted)).map((task) => [task.taskArn, task]));
  for (const task of load.acknowledged)
    expectTrueAnswer(task, found.get(task.arn), lost.has(task.arn) ? exitUnknown : task.kind.exitCode);
}

/**
 * Tasks whose exit code the engine itself does not know: dockerd that is killed after it took an exit from containerd and before it wrote that
 * down says 255 for ever after, and told nobody, or told nobody another code. At most one such moment for each kill.
 */
export async function exitsLostByEngine(
  load: CrashLoad,
  client: EngineClient,
  told: { readonly events: readonly EngineEvent[]; readonly engineKills: number },
): Promise<ReadonlySet<string>> {
  const lost = new Set<string>();
  for (const { arn, kind } of load.acknowledged) {
    if (kind.exitCode === undefined) continue;
    for (const { Id, Labels } of await client.containers(`${labels.taskArn}=${arn}`)) {
      const { State } = await client.inspect(Id);
      const ends = told.events.filter(({ Action, Actor }) => Action === 'die' && Actor.ID === Id);
      const told255 = ends.every(({ Actor }) => Actor.Attributes['exitCode'] === String(exitUnknown));
      const unknown = State.Status === 'exited' && State.ExitCode === exitUnknown && told255;
      if (!Labels[labels.internal] && unknown) lost.add(arn);
    }
  }
  expect(lost.size, `exit codes lost: ${[...lost].join(', ')}`).toBeLessThanOrEqual(told.engineKills);
  return lost;
}

function expectTrueAnswer(
  { arn, kind, stopped, killed }: Acknowledged,
  found: Task | undefined,
  exitCode: number | undefined,
): void {
  const about = `${kind.name} ${arn}: ${JSON.stringify(found)}`;
  expect(
    found?.containers?.map(({ name }) => name),
    about,
  ).toEqual(kind.containers);
  const exitCodes = found?.containers?.map(({ exitCode }) => exitCode);
  if (killed) {
    expect(found, about).toMatchObject({ lastStatus: 'STOPPED', stopCode: 'EssentialContainerExited' });
    expect(exitCodes, about).toContain(killedBySignal9);
  } else if (stopped) {
    expect(found, about).toMatchObject({ lastStatus: 'STOPPED', stopCode: 'UserInitiated', stoppedReason: 'chaos' });
  } else if (kind.exitCode === undefined) {
    expect(found, about).toMatchObject({ lastStatus: 'RUNNING', desiredStatus: 'RUNNING' });
  } else {
    expect(found, about).toMatchObject({
      lastStatus: 'STOPPED',
      stopCode: 'EssentialContainerExited',
      stoppedReason: 'Essential container in task exited',
    });
    expect(exitCodes, about).toEqual([exitCode]);
  }
}

/**
 * The engine's own word: one container per container name, running where the API says so, and none of a task that the API does not know. Its word
 * on an exit code is also what it told when the container ended.
 */
export async function expectTrueOnEngine(
  load: CrashLoad,
  client: EngineClient,
  events: readonly EngineEvent[],
): Promise<void> {
  const containers = await client.containers(labels.taskArn);
  const mine = containers.filter(({ Labels }) => Labels[labels.taskArn]?.includes(`:task/${cluster}/`));
  const known = new Set(load.acknowledged.map(({ arn }) => arn));
  expect(mine.filter((container) => !known.has(container.Labels[labels.taskArn] ?? '')).map(nameOf)).toEqual([]);
  const answers = new Map((await load.describe([...known])).map((task) => [task.taskArn, task]));
  for (const task of load.acknowledged) {
    const made = mine.filter(({ Labels }) => Labels[labels.taskArn] === task.arn && !Labels[labels.internal]);
    const about = `${task.kind.name} ${task.arn}: ${JSON.stringify(made)}`;
    const names = made.map(nameOf).sort();
    if (!staysRunning(task)) expect(new Set(names).size, about).toBe(names.length);
    else expect(names, about).toEqual([...task.kind.containers].sort());
    for (const container of made) {
      const { State } = await client.inspect(container.Id);
      expect(State.Status === 'running', about).toBe(staysRunning(task));
      const answer = answers.get(task.arn)?.containers?.find(({ name }) => name === nameOf(container));
      expect(answer?.runtimeId, about).toBe(container.Id);
      if (State.Status !== 'exited') continue;
      const ends = events.filter(({ Action, Actor }) => Action === 'die' && Actor.ID === container.Id);
      const codes = [State.ExitCode, ...ends.map(({ Actor }) => Number(Actor.Attributes['exitCode']))];
      expect(codes, about).toContain(answer?.exitCode);
    }
  }
}

/**
 * By what the containers printed, and by what the engine told while it lived: a container is started once, and its output is there. It is made
 * once as well, unless an engine that was killed spoilt it before it ran. A line that dockerd had read and not yet written down dies with it:
 * then the engine has none either, at most once for each kill.
 */
export async function expectStartedOnce(
  load: CrashLoad,
  client: EngineClient,
  { events, engineKills }: { readonly events: readonly EngineEvent[]; readonly engineKills: number },
): Promise<void> {
  const lost: string[] = [];
  for (const task of load.acknowledged) {
    for (const container of task.kind.containers) {
      const about = `${task.kind.name} ${task.arn} ${container}`;
      const wanted = staysRunning(task) || task.killed || task.kind.exitCode !== undefined;
      const starts = new Set(await startsShown(load, { task, container, wanted }));
      expect(starts.size, `${about} printed ${[...starts].join(', ')}`).toBeLessThanOrEqual(1);
      // One that was told to stop may have been so before it printed anything.
      if (wanted && starts.size === 0) {
        expect(await engineHasOutput(client, task.arn, container), `the engine has output of ${about}`).toBe(false);
        lost.push(about);
      }
      for (const [action, atMost] of [
        ['create', 1 + engineKills],
        ['start', 1],
      ] as const) {
        const told = events.filter(
          ({ Action, Actor }) =>
            Action === action &&
            Actor.Attributes[labels.taskArn] === task.arn &&
            Actor.Attributes[labels.containerName] === container,
        );
        expect(told.length, `${about}: ${action} ${JSON.stringify(told)}`).toBeLessThanOrEqual(atMost);
      }
    }
  }
  expect(lost.length, `output lost: ${lost.join(', ')}`).toBeLessThanOrEqual(engineKills);
}

async function engineHasOutput(client: EngineClient, taskArn: string, name: string): Promise<boolean> {
  const containers = await client.containers(`${labels.taskArn}=${taskArn}`);
  for (const container of containers)
    if (nameOf(container) === name && (await client.hasOutput(container.Id))) return true;
  return false;
}

const linesMs = 30_000;

/** Lines may be on their way: an agent that was just started again ships them as soon as it has its roles. */
async function startsShown(
  load: CrashLoad,
  of: { readonly task: Acknowledged; readonly container: string; readonly wanted: boolean },
): Promise<readonly string[]> {
  const untilMs = Date.now() + linesMs;
  for (;;) {
    const starts = await load.starts(of.task, of.container);
    if (starts.length > 0 || !of.wanted || Date.now() > untilMs) return starts;
    await sleep(pollMs);
  }
}

function nameOf({ Labels }: EngineContainer): string {
  return Labels[labels.containerName] ?? '';
}
