import { destinationText, type ClosedWay, type Destination } from '../../agent-protocol/index.ts';
import { messageOf } from '../../kernel/index.ts';
import { limits } from '../limits.ts';
import { sleep } from '../sleep.ts';
import { WayClosed, retries } from '../ways/way-closed.ts';
import type { ObjectSource } from '../environment-files/object-client.ts';
import type { SecretSource } from '../secrets/secret-source.ts';
import type { TaskRunner } from './task-runner.ts';

// What the platform calls for a FARGATE task leaves by the task's own interface. Which ways are closed comes with the task.

/** Whether a way was closed when the task came. It costs nothing to ask. */
export function cameClosed({ payload }: TaskRunner, to: Destination): boolean {
  return closedAtFirst(payload.longshore?.closedWays, to) !== undefined;
}

function closedAtFirst(ways: readonly ClosedWay[] = [], to: Destination): ClosedWay | undefined {
  const text = destinationText(to);
  return ways.find((way) => way.to === text);
}

/** By task, what is being found out of its ways, so that several calls over one way try again together. */
const trying = new WeakMap<TaskRunner, Map<string, Promise<ClosedWay | undefined>>>();

/**
 * Whether a way stays closed: tried again as often as FARGATE says that it does, in case routes or rules change meanwhile.
 * @returns what closes it; undefined at once for a way that was never closed
 */
export function staysClosed(
  runner: TaskRunner,
  to: Destination,
  times: number = retries.others,
): Promise<ClosedWay | undefined> {
  if (!cameClosed(runner, to)) return Promise.resolve(undefined);
  const ways = trying.get(runner) ?? new Map<string, Promise<ClosedWay | undefined>>();
  trying.set(runner, ways);
  const text = destinationText(to);
  const found = ways.get(text) ?? tryAgain(runner, to, times);
  ways.set(text, found);
  return found;
}

async function tryAgain(runner: TaskRunner, to: Destination, times: number): Promise<ClosedWay | undefined> {
  const { clock, ways } = runner.parts;
  let closed = closedAtFirst(runner.payload.longshore?.closedWays, to);
  for (let retry = 0; closed !== undefined && retry < times && runner.state.desired !== 'STOPPED'; retry += 1) {
    await sleep(clock, limits.wayRetryMs);
    const last = closed;
    closed = await ways.closed(runner.arn, to).catch((error: unknown) => {
      runner.log.warn('whether a way is open cannot be asked', { to: last.to, error: messageOf(error) });
      return last;
    });
  }
  if (closed !== undefined)
    runner.log.warn('the task cannot reach what it needs', { to: closed.to, because: closed.because });
  return closed;
}

/** @throws WayClosed */
async function mustBeOpen(runner: TaskRunner, to: Destination): Promise<void> {
  if ((await staysClosed(runner, to)) !== undefined) throw new WayClosed();
}

/** Secrets as a task gets them: through its own interface. Its calls throw WayClosed, too. */
export function secretsOf(runner: TaskRunner): SecretSource {
  const { secrets } = runner.parts;
  return {
    async secret(asked, as) {
      await mustBeOpen(runner, { service: 'secretsmanager', region: as.region });
      return secrets.secret(asked, as);
    },
    async parameters(names, as) {
      await mustBeOpen(runner, { service: 'ssm', region: as.region });
      return secrets.parameters(names, as);
    },
  };
}

/** Objects of S3 as a task gets them. Its calls throw WayClosed, too. */
export function objectsOf(runner: TaskRunner): ObjectSource {
  const { objects } = runner.parts;
  return {
    async ask(question, as) {
      await mustBeOpen(runner, { service: 's3', region: as.region });
      return objects.ask(question, as);
    },
  };
}
