import type { ContainerHealth, TaskEvent } from '../engine/index.ts';
import { containerOf, vanished } from '../engine/index.ts';
import { limits } from '../limits.ts';
import type { ContainerInfo } from '../../runtime/index.ts';
import { EngineRefused } from '../../runtime/index.ts';
import { messageOf } from '../../kernel/index.ts';
import { sleep } from '../sleep.ts';
import { networkBindings } from './network-bindings.ts';
import { isStuckUnborn } from './spoilt-start.ts';
import type { TaskRunner } from './task-runner.ts';

/** Inspects, and waits for the engine while it does not answer. */
export async function inspectPatiently(runner: TaskRunner, container: string): Promise<ContainerInfo | undefined> {
  const { runtime, clock } = runner.parts;
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await runtime.inspect(container);
    } catch (error) {
      if (error instanceof EngineRefused || runner.isStopped) throw error;
      const delayMs = Math.min(limits.engineRetryMs * 2 ** attempt, limits.engineRetryLongestMs);
      runner.log.warn('the engine does not answer, will look again', { container, error: messageOf(error) });
      await sleep(clock, delayMs);
    }
  }
}

/** What is true of a container now, as events. */
export async function observe(runner: TaskRunner, name: string): Promise<readonly TaskEvent[]> {
  const before = containerOf(runner.state, name);
  const reference = before?.dockerId ?? runner.record.dockerNames[name];
  if (before === undefined || reference === undefined || before.known === 'STOPPED') return [];
  const info = await inspectPatiently(runner, reference);
  if (info === undefined) return gone(runner, name, before.dockerId);
  const events = found(runner, name, info);
  return isStarted(runner, name, info) || info.status !== 'running'
    ? events
    : [...events, ...(await sinceNever(runner, name, info))];
}

function isStarted(runner: TaskRunner, name: string, info: ContainerInfo): boolean {
  return timeOf(info.startedAt) !== undefined || containerOf(runner.state, name)?.startedAtMs !== undefined;
}

/** Running, and never started: see `isStuckUnborn`. */
async function sinceNever(runner: TaskRunner, name: string, info: ContainerInfo): Promise<readonly TaskEvent[]> {
  if (await isStuckUnborn(runner, name, info)) return [{ kind: 'startSpoilt', container: name }];
  return [...bindingsOf(runner, name, info), { kind: 'started', container: name, atMs: runner.parts.clock.nowMs() }];
}

/** Only the container that was looked for: while it was, another may have been made in its place. */
function gone(runner: TaskRunner, name: string, dockerId: string | undefined): readonly TaskEvent[] {
  const state = containerOf(runner.state, name);
  if (dockerId === undefined || state?.dockerId !== dockerId || state.known === 'STOPPED') return [];
  const atMs = runner.parts.clock.nowMs();
  return [{ kind: 'exited', container: name, oomKilled: false, error: '', atMs, reason: vanished }];
}

function found(runner: TaskRunner, name: string, info: ContainerInfo): readonly TaskEvent[] {
  const state = containerOf(runner.state, name);
  if (state === undefined || state.known === 'STOPPED') return [];
  const events: TaskEvent[] = [];
  const startedAtMs = timeOf(info.startedAt);
  if (state.dockerId === undefined)
    events.push({ kind: 'created', container: name, dockerId: info.id, atMs: timeOf(info.createdAt) ?? 0 });
  if (startedAtMs !== undefined && state.startedAtMs === undefined) {
    events.push(...bindingsOf(runner, name, info));
    events.push({ kind: 'started', container: name, atMs: startedAtMs });
  }
  if (info.status === 'exited' || info.status === 'dead') {
    const exitCode = runner.toldExitCode(name) ?? info.exitCode;
    events.push({
      kind: 'exited',
      container: name,
      ...(exitCode === undefined ? {} : { exitCode }),
      oomKilled: info.oomKilled,
      error: info.error,
      atMs: timeOf(info.finishedAt) ?? runner.parts.clock.nowMs(),
    });
  } else if (info.health !== undefined) events.push(...healthOf(runner, name, info));
  return events;
}

/** The host ports of a container, for the control plane. */
export function bindingsOf(runner: TaskRunner, name: string, info: ContainerInfo | undefined): readonly TaskEvent[] {
  const { networkMode, containers } = runner.payload;
  const mappings = containers.find((container) => container.name === name)?.portMappings ?? [];
  if (mappings.length === 0 || (networkMode !== 'bridge' && networkMode !== 'host')) return [];
  const bindings = networkBindings(networkMode, mappings, info?.ports ?? []);
  return [{ kind: 'bound', container: name, networkBindings: bindings }];
}

/** `starting` says nothing yet. */
export function healthOf(runner: TaskRunner, name: string, info: ContainerInfo): readonly TaskEvent[] {
  const { health } = info;
  if (health === undefined || health.status === 'starting') return [];
  const status: ContainerHealth['status'] = health.status === 'healthy' ? 'HEALTHY' : 'UNHEALTHY';
  const before = containerOf(runner.state, name)?.health;
  if (before?.status === status) return [];
  const output = health.output.slice(0, limits.healthOutputBytes);
  return [
    {
      kind: 'health',
      container: name,
      health: {
        status,
        sinceMs: health.sinceMs ?? runner.parts.clock.nowMs(),
        ...(output === '' ? {} : { output }),
        ...(health.exitCode === undefined ? {} : { exitCode: health.exitCode }),
      },
    },
  ];
}

/** Docker's time stamps; its year 1 means never. */
export function timeOf(text: string | undefined): number | undefined {
  if (text === undefined || text === '' || text.startsWith('0001-')) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}
