import { messageOf } from '../../../kernel/index.ts';
import { EngineRefused, EngineTimeout, EngineUnavailable } from '../../../runtime/index.ts';
import type { TaskEvent } from '../../engine/index.ts';
import { containerOf, definitionOf } from '../../engine/index.ts';
import { limits } from '../../limits.ts';
import { sleep } from '../../sleep.ts';
import { logOwner } from '../log-credentials.ts';
import { bindingsOf, inspectPatiently, observe } from '../observe.ts';
import { isSpoilt } from '../spoilt-start.ts';
import { gateOf } from '../volume-gate.ts';
import type { TaskRunner } from '../task-runner.ts';
import { durable } from './durable.ts';
import { failure, waited } from './engine-failures.ts';
import type { ActionOf, Events } from './step.ts';

export async function start(runner: TaskRunner, { container }: ActionOf<'start'>): Events {
  const { runtime, clock, logs } = runner.parts;
  const gate = gateOf(runner.parts, runner.payload);
  const dockerId = containerOf(runner.state, container)?.dockerId ?? '';
  let asked = false;
  try {
    const [attached] = await Promise.all([logs.attach(logOwner(runner, container), dockerId), durable(runner)]);
    if (attached.refusal !== undefined) return [logRefusal(runner, container, attached.refusal)];
    void attached.later?.then((refusal) => {
      if (refusal !== undefined) runner.dispatch(logRefusal(runner, container, refusal));
    });
    await gate.run('start', () => {
      asked = true;
      return runtime.start(dockerId);
    });
    const startedAtMs = clock.nowMs();
    const mapped = definitionOf(runner.state, container).portMappings.length > 0;
    const info = mapped && runner.payload.networkMode === 'bridge' ? await runtime.inspect(dockerId) : undefined;
    return [...bindingsOf(runner, container, info), { kind: 'started', container, atMs: startedAtMs }];
  } catch (error) {
    if (error instanceof EngineTimeout && !asked)
      return startUnknown(runner, container, new EngineUnavailable(error.message));
    if (!(error instanceof EngineRefused)) return startUnknown(runner, container, error);
    if (await isSpoilt(runner, container, error)) return [{ kind: 'startSpoilt', container }];
    logs.abandon(logOwner(runner, container));
    return [{ kind: 'containerFailed', container, reason: failure('CannotStartContainerError', error, '') }];
  }
}

/** The engine went away during a start: it may have happened. */
async function startUnknown(runner: TaskRunner, container: string, error: unknown): Events {
  runner.log.warn('it is not known whether a container was started, looking', { container, error: messageOf(error) });
  const info = await inspectPatiently(runner, containerOf(runner.state, container)?.dockerId ?? '');
  if (info !== undefined && info.status === 'created') {
    if (error instanceof EngineTimeout || runner.state.desired === 'STOPPED')
      return [
        {
          kind: 'containerFailed',
          container,
          reason: failure('CannotStartContainerError', error, waited('started', runner.parts.timeouts.startMs)),
        },
      ];
    await sleep(runner.parts.clock, limits.engineRetryMs);
    return start(runner, { kind: 'start', container });
  }
  const events = await observe(runner, container);
  if (events.length > 0 || containerOf(runner.state, container)?.known === 'STOPPED') return events;
  // Neither this nor that yet, such as being removed: asked again until it is.
  await sleep(runner.parts.clock, limits.engineRetryMs);
  return startUnknown(runner, container, error);
}

/** A log group that is missing, or that the role may not write to, fails the container as on AWS. */
function logRefusal(runner: TaskRunner, container: string, text: string): TaskEvent {
  runner.parts.logs.abandon(logOwner(runner, container));
  const fargate = (runner.payload.launchType ?? runner.parts.place.launchKind) === 'FARGATE';
  return {
    kind: 'containerFailed',
    container,
    reason: `CannotStartContainerError: Error response from daemon: failed to initialize logging driver: ${text}`,
    ...(fargate
      ? {
          taskReason: `ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: ${text} : exit status 1`,
        }
      : {}),
  };
}
