import { randomBytes } from 'node:crypto';
import type { DockerRuntime } from '../src/runtime/docker/index.ts';

export const image = 'longshore/web:1';
/** Ends at once when told to: a shell's `sleep` as process 1 would ignore SIGTERM for the whole stop timeout. */
export const command = ['sh', '-c', 'trap "exit 0" TERM; sleep 600 & wait'];
/** Starts in flight at a time, as Longshore's agent has them. */
export const maxInFlight = 4;
const benchLabel = 'longshore.bench';

/** When the engine says the container's process started, in ms since 1970. */
export async function startedAt(runtime: DockerRuntime, container: string): Promise<number> {
  const info = await runtime.inspect(container);
  return Date.parse(info?.startedAt ?? '');
}

/** Creates and starts one container as a task's of bridge mode would be; milliseconds until its process runs. */
export async function startBare(runtime: DockerRuntime): Promise<{ id: string; ms: number }> {
  const from = Date.now();
  const id = await runtime.create({
    name: `longshore-bench-${randomBytes(6).toString('hex')}`,
    config: {
      Image: image,
      Cmd: command,
      Labels: { [benchLabel]: String(process.pid) },
      HostConfig: {
        NetworkMode: 'bridge',
        Memory: 64 << 20,
        CpuShares: 10,
        LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '2' } },
      },
    },
  });
  await runtime.start(id);
  return { id, ms: (await startedAt(runtime, id)) - from };
}

/** Does one thing for each item, `maxInFlight` at a time. */
export async function inFlight<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const left = [...items];
  await Promise.all(
    Array.from({ length: maxInFlight }, async () => {
      for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
    }),
  );
}

/** Removes every bare container of this process. */
export async function removeBare(runtime: DockerRuntime): Promise<void> {
  for (const { id } of await runtime.list({ [benchLabel]: String(process.pid) })) await runtime.remove(id);
}
