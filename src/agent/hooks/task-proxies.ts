import type { TaskConnect } from '../../connect-protocol/index.ts';
import type { TaskRunner } from '../tasks/task-runner.ts';

/** A task whose containers have a proxy. */
export interface ProxiedTask {
  readonly arn: string;
  /** The process that holds its network namespace. */
  readonly pid: number;
  readonly connect: TaskConnect;
}

/** What the agent needs of whoever runs the proxies of Service Connect; wired in main. */
export interface TaskProxies {
  /** Resolves when the task's proxy listens and knows its endpoints; at once where it does already. @throws Error that says why not */
  start(task: ProxiedTask): Promise<void>;
  /** After a restart of the agent: the proxies of these tasks go on, those of others end. */
  adopt(tasks: readonly ProxiedTask[]): Promise<void>;
  /** Ends the proxy of a task; no error when there is none. */
  stop(arn: string): Promise<void>;
}

function proxiedTask({ arn, payload, record }: TaskRunner): ProxiedTask | undefined {
  const connect = payload.longshore?.serviceConnect;
  return connect === undefined || record.pause === undefined ? undefined : { arn, pid: record.pause.pid, connect };
}

/** Starts the proxy of a task that has one. @throws Error with ECS's prefix for such failures */
export async function startTaskProxy(runner: TaskRunner): Promise<void> {
  const task = proxiedTask(runner);
  if (task === undefined) return;
  const { proxies } = runner.parts;
  if (proxies === undefined || 'missing' in proxies)
    throw new Error(`Service Connect is not there: ${proxies?.missing ?? 'this agent runs no proxies.'}`);
  try {
    await proxies.start(task);
  } catch (error) {
    throw new Error(
      `the Service Connect proxy could not be started: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

export async function stopTaskProxy({ arn, payload, parts: { proxies } }: TaskRunner): Promise<void> {
  if (payload.longshore?.serviceConnect === undefined || proxies === undefined || 'missing' in proxies) return;
  await proxies.stop(arn);
}

/** Those of tasks that have containers go on. */
export async function adoptTaskProxies(
  proxies: TaskProxies | { readonly missing: string } | undefined,
  runners: readonly TaskRunner[],
): Promise<void> {
  if (proxies === undefined || 'missing' in proxies) return;
  const wired = runners.filter(({ state }) => state.known !== 'STOPPED' && state.network === 'ready');
  await proxies.adopt(wired.flatMap((runner) => proxiedTask(runner) ?? []));
}
