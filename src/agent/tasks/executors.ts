import { labels, type PayloadContainer } from '../../agent-protocol/index.ts';
import { messageOf } from '../../kernel/index.ts';
import type { ContainerSpec } from '../../runtime/index.ts';
import { EngineRefused, EngineTimeout, EngineUnavailable } from '../../runtime/index.ts';
import { EcrPullFailed } from '../ecr/ecr-images.ts';
import type { PullTimes, TaskAction, TaskEvent } from '../engine/index.ts';
import { containerOf, definitionOf, hasOwnInterface } from '../engine/index.ts';
import { goDuration } from '../go-duration.ts';
import { BadContainerConfig, containerSpec, type ContainerSurroundings } from '../hooks/container-config.ts';
import { interfaceOf, takePause, writeNameFiles } from '../hooks/interfaces.ts';
import { letGoOfPause } from '../hooks/let-go-of-pause.ts';
import type { Pause } from '../hooks/pause-pool.ts';
import {
  FileSystemFailure,
  fileSystemFailure,
  forcedUser,
  locateFileSystems,
  type LocatedFileSystems,
} from '../hooks/file-systems.ts';
import { hasDisks, makeDiskVolume, makeVolumes, taskVolumes } from '../hooks/volumes.ts';
import { limits } from '../limits.ts';
import { BadLogOptions } from '../logs/options.ts';
import { SecretFailure } from '../secrets/failure-texts.ts';
import { sleep, within } from '../sleep.ts';
import { makeExtras } from './container-extras.ts';
import { bindingsOf, inspectPatiently, observe } from './observe.ts';
import { logOwner } from './log-credentials.ts';
import { resumeLogs } from './log-resumption.ts';
import { isSpoilt, removeSpoilt } from './spoilt-start.ts';
import { pullImage } from './pull-image.ts';
import { gateOf } from './volume-gate.ts';
import { containerSecrets, fetchSecrets, forgetSecrets, redacted, type FetchedValues } from './task-secrets.ts';
import type { TaskRunner } from './task-runner.ts';

type Of<K extends TaskAction['kind']> = Extract<TaskAction, { kind: K }>;
type Events = Promise<readonly TaskEvent[]>;

/** How each action is carried out. An executor answers with what happened, also when it failed. */
export const executors: { readonly [K in TaskAction['kind']]: (runner: TaskRunner, action: Of<K>) => Events } = {
  prepare,
  attachNetwork,
  pull,
  create,
  start,
  stop,
  release,
};

/** Log streams, secrets, volumes, cgroup and pause containers, all at once. */
async function prepare(runner: TaskRunner): Events {
  const { runtime, cgroups } = runner.parts;
  for (const container of runner.payload.containers) openLogs(runner, container.name);
  const parts: readonly Promise<unknown>[] = [
    fetchSecrets(runner),
    step("CgroupError: Agent could not create task's platform resources", async () => {
      runner.cgroupParent = await cgroups.make(runner.payload);
    }),
    step("VolumeError: Agent could not create task's volume resources", () =>
      retryWhileDown(runner, () => makeVolumes(runtime, runner.payload)),
    ),
    located(runner),
    attachDisks(runner),
    step('ContainerNetworkingError: could not make the pause container of the task', () =>
      retryWhileDown(runner, () => takePauses(runner)),
    ),
  ];
  const failed = (await Promise.allSettled(parts)).find((result) => result.status === 'rejected');
  if (failed !== undefined) return [{ kind: 'prepareFailed', reason: messageOf(failed.reason) }];
  // On disk before the first container starts; the start waits for it, creating does not.
  void durable(runner);
  return [{ kind: 'prepared' }];
}

/** Written down first: a volume that was attached is detached by whoever finds the task on disk. @throws EbsFailure */
async function attachDisks(runner: TaskRunner): Promise<void> {
  const { ebs, runtime } = runner.parts;
  const { payload } = runner;
  if (!hasDisks(payload)) return;
  await runner.writeNow();
  for (const disk of await ebs.attach(payload))
    await step("VolumeError: Agent could not create task's volume resources", () =>
      retryWhileDown(runner, () => makeDiskVolume(runtime, payload, disk)),
    );
}

/** Once more while a container's mount ends; what stays is reported and left to the kernel, lest the task never ends. */
async function detachDisks(runner: TaskRunner): Promise<void> {
  const { payload, state } = runner;
  if (!hasDisks(payload)) return;
  for (let attempt = 1; attempt <= limits.stopAttempts; attempt += 1) {
    try {
      await runner.parts.ebs.detach(payload, { failed: state.platform !== 'ready' });
      return;
    } catch (error) {
      runner.log.error('an EBS volume could not be detached, will try again', { error: messageOf(error), attempt });
      await sleep(runner.parts.clock, limits.engineRetryMs);
    }
  }
}

async function step(failure: string, run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    throw new Error(`${failure}: ${engineText(error)}`);
  }
}

/** Options that are wrong are reported by `create`, as the engine would. */
function openLogs(runner: TaskRunner, container: string): void {
  try {
    runner.parts.logs.open(logOwner(runner, container));
  } catch (error) {
    if (!(error instanceof BadLogOptions)) throw error;
  }
}

async function takePauses(runner: TaskRunner): Promise<void> {
  const { pauses, network, interfaces } = runner.parts;
  const { payload, record } = runner;
  if (hasOwnInterface(payload) && record.pause === undefined) {
    runner.announced = interfaces.take(payload.arn);
    runner.holdPause((await runner.announced?.pause) ?? (await takePause({ pauses, network }, payload)));
  }
  if ((payload.pidMode === 'task' || payload.ipcMode === 'task') && record.namespacePause === undefined)
    runner.holdNamespacePause(await pauses.makeNamespaceHolder(payload.arn, payload.ipcMode === 'task'));
}

const written = new WeakMap<TaskRunner, Promise<void>>();

/** The task's record, written once before its first start. */
function durable(runner: TaskRunner): Promise<void> {
  let writing = written.get(runner);
  if (writing === undefined) {
    writing = runner.writeNow().catch((error: unknown) => {
      // A full disk must not stop tasks: the labels of the containers still allow adoption.
      runner.log.error('the task could not be written to disk', { error: messageOf(error) });
    });
    written.set(runner, writing);
  }
  return writing;
}

async function attachNetwork(runner: TaskRunner): Events {
  const { pause } = runner.record;
  try {
    if (pause === undefined) throw new Error('the task has no pause container');
    // A pause made for its interface came with its names.
    const names = runner.parts.network.capabilities.anyPause
      ? writeNameFiles(runner.payload, pause, runner.log)
      : undefined;
    await Promise.all([attachOnce(runner, pause), names]);
    return [{ kind: 'networkAttached' }];
  } catch (error) {
    return [{ kind: 'networkFailed', reason: `ContainerNetworkingError: ${messageOf(error)}` }];
  }
}

/** An interface that was announced is wired, or being wired, already. */
async function attachOnce(runner: TaskRunner, pause: Pause): Promise<void> {
  const { announced } = runner;
  if ((await announced?.attached) !== true) return runner.parts.network.attach(interfaceOf(runner.payload), pause);
  if (announced?.reported === true) runner.attachedIsKnown();
}

async function pull(runner: TaskRunner, { container }: Of<'pull'>): Events {
  const { clock } = runner.parts;
  const startedAtMs = clock.nowMs();
  const times = (): PullTimes => ({ startedAtMs, stoppedAtMs: clock.nowMs() });
  try {
    const image = await retryWhileDown(runner, () => pullImage(runner, container));
    return [{ kind: 'pulled', container, ...image, pull: times() }];
  } catch (error) {
    const failure = error instanceof EcrPullFailed ? error.failure : { reason: messageOf(error) };
    return [{ kind: 'containerFailed', container, ...failure, pull: times() }];
  }
}

async function create(runner: TaskRunner, { container }: Of<'create'>): Events {
  const { clock, timeouts } = runner.parts;
  const gate = gateOf(runner.parts, runner.payload);
  const definition = definitionOf(runner.state, container);
  let secrets: FetchedValues | undefined;
  try {
    runner.parts.logs.open(logOwner(runner, container));
    secrets = await containerSecrets(runner, container);
    const extras = { ...(await makeExtras(runner, definition)), secrets, fileEnvironment: secrets.fileEnvironment };
    const fileSystems = await located(runner);
    const image = await runner.parts.ecrImages.engineName(definition.image);
    const spec = containerSpec(
      runner.payload,
      { ...definition, image },
      { ...surroundings(runner, container), ...fileSystemsOf(runner, { definition, located: fileSystems }), extras },
    );
    await retryWhileDown(runner, () => removeSpoilt(runner, container));
    const made = await retryWhileDown(runner, () => gate.run('create', () => createOnce(runner, spec)));
    if (made.existed) return await takeOver(runner, container, made.dockerId);
    return [{ kind: 'created', container, dockerId: made.dockerId, atMs: clock.nowMs() }];
  } catch (error) {
    const reason =
      error instanceof BadContainerConfig || error instanceof SecretFailure || error instanceof FileSystemFailure
        ? error.message
        : failure('CannotCreateContainerError', error, waited('created', timeouts.createMs));
    return [{ kind: 'containerFailed', container, reason: secrets === undefined ? reason : redacted(reason, secrets) }];
  }
}

/** A name in use by the same task is its container, made before the agent was interrupted. */
async function createOnce(
  { arn, parts }: TaskRunner,
  spec: ContainerSpec,
): Promise<{ readonly dockerId: string; readonly existed: boolean }> {
  try {
    return { dockerId: await parts.runtime.create(spec), existed: false };
  } catch (error) {
    const taken = error instanceof EngineRefused && error.status === 409;
    const existing = taken ? await parts.runtime.inspect(spec.name) : undefined;
    if (existing?.labels[labels.taskArn] !== arn) throw error;
    return { dockerId: existing.id, existed: true };
  }
}

async function takeOver(runner: TaskRunner, container: string, dockerId: string): Events {
  const events = await observe(runner, container);
  if (events.some((event) => event.kind === 'started')) resumeLogs(runner, { name: container, dockerId });
  return events;
}

/** @throws FileSystemFailure, also when the machine that has them does not answer */
async function located({ parts, payload }: TaskRunner): Promise<LocatedFileSystems> {
  const { clock, place } = parts;
  if (!payload.volumes.some(({ type }) => type === 'efs')) return {};
  const looking = locateFileSystems(place.efsDirectory, payload);
  const found = await within(clock, looking, { ms: limits.fileSystemsMs, late: undefined });
  if (found === undefined) throw fileSystemFailure("b'mount.nfs4: Connection timed out'", 32);
  return found;
}

/** The other volumes, and the file systems of EFS as they are found now. @throws BadContainerConfig */
function fileSystemsOf(
  { payload }: TaskRunner,
  { definition, located }: { readonly definition: PayloadContainer; readonly located: LocatedFileSystems },
): Pick<ContainerSurroundings, 'volumeSources' | 'readOnlyVolumes' | 'diskVolumes' | 'forcedUser'> {
  const user = forcedUser(definition, payload, located);
  const found = Object.entries(located);
  return {
    volumeSources: {
      ...taskVolumes(payload).sources,
      ...Object.fromEntries(found.map(([name, { path }]) => [name, path])),
    },
    diskVolumes: new Set(payload.volumes.flatMap(({ name, type }) => (type === 'attachment' ? name : []))),
    readOnlyVolumes: new Set(found.filter(([, { readOnly }]) => readOnly).map(([name]) => name)),
    ...(user === undefined ? {} : { forcedUser: user }),
  };
}

function surroundings(
  runner: TaskRunner,
  container: string,
): Omit<ContainerSurroundings, 'extras' | 'volumeSources' | 'readOnlyVolumes' | 'diskVolumes' | 'forcedUser'> {
  const { place, engine } = runner.parts;
  const { record, cgroupParent } = runner;
  const kind = runner.payload.launchType ?? place.launchKind;
  return {
    ...place,
    executionEnvironment: `AWS_ECS_${kind}`,
    dockerNames: record.dockerNames,
    endpointId: record.endpointIds[container] ?? '',
    engineHealthChecks: engine.kind === 'docker',
    ...(record.credentialIds.task === undefined ? {} : { taskCredentialsId: record.credentialIds.task }),
    ...(record.pause === undefined ? {} : { networkPauseId: record.pause.id }),
    ...(record.namespacePause === undefined ? {} : { namespacePauseId: record.namespacePause }),
    ...(cgroupParent === undefined ? {} : { cgroupParent }),
  };
}

async function start(runner: TaskRunner, { container }: Of<'start'>): Events {
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

async function stop(runner: TaskRunner, { container, timeoutSeconds }: Of<'stop'>): Events {
  const { runtime, clock } = runner.parts;
  const dockerId = containerOf(runner.state, container)?.dockerId ?? '';
  let last = 'still running';
  for (let attempt = 1; attempt <= limits.stopAttempts; attempt += 1) {
    try {
      if (attempt < 3) await runtime.stop(dockerId, timeoutSeconds);
      else await runtime.kill(dockerId, 'SIGKILL');
    } catch (error) {
      last = engineText(error);
      runner.log.warn('a container could not be stopped, will look and try again', { container, error: last });
    }
    const events = await observe(runner, container);
    if (containerOf(runner.state, container)?.known === 'STOPPED' || events.some((event) => event.kind === 'exited'))
      return events;
    await sleep(clock, limits.engineRetryMs);
  }
  return [{ kind: 'stopFailed', container, reason: `CannotStopContainerError: ${last}` }];
}

/** The last log lines, then interface and disk: its address may be given to another task once this one is reported STOPPED. */
async function release(runner: TaskRunner): Events {
  const { logs, network, gate } = runner.parts;
  const { pause, namespacePause } = runner.record;
  forgetSecrets(runner);
  await Promise.all([
    logs.finish(runner.payload),
    hasOwnInterface(runner.payload) && pause !== undefined ? detach(runner, network) : undefined,
    detachDisks(runner),
    runner.parts.interfaces.drop(runner.arn),
  ]);
  for (const id of [pause?.id, namespacePause])
    if (id !== undefined)
      gate
        .run('remove', () => letGoOfPause(runner.parts, id))
        .catch((error: unknown) => {
          runner.log.warn('a pause container could not be removed; the next start of the agent will', {
            error: messageOf(error),
          });
        });
  return [{ kind: 'released' }];
}

async function detach(runner: TaskRunner, network: TaskRunner['parts']['network']): Promise<void> {
  for (let attempt = 1; attempt <= limits.stopAttempts; attempt += 1) {
    try {
      await network.detach(interfaceOf(runner.payload));
      return;
    } catch (error) {
      runner.log.error('an interface could not be removed, will try again', { error: messageOf(error), attempt });
      await sleep(runner.parts.clock, limits.engineRetryMs);
    }
  }
}

/** Repeats a call whose outcome is unknown because the engine went away; create is made safe by the container's name. */
async function retryWhileDown<T>(runner: TaskRunner, call: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      const down = error instanceof EngineUnavailable;
      if (!down || runner.isStopped || runner.state.desired === 'STOPPED') throw error;
      runner.log.warn('the engine does not answer, will try again', { error: messageOf(error) });
      await sleep(runner.parts.clock, Math.min(limits.engineRetryMs * 2 ** attempt, limits.engineRetryLongestMs));
    }
  }
}

function waited(status: string, timeoutMs: number): string {
  return `Could not transition to ${status}; timed out after waiting ${goDuration(timeoutMs)}`;
}

function failure(name: string, error: unknown, timeout: string): string {
  if (error instanceof EngineTimeout) return `DockerTimeoutError: ${timeout}`;
  return `${name}: ${engineText(error)}`;
}

function engineText(error: unknown): string {
  const fromEngine = error instanceof EngineRefused || error instanceof BadLogOptions;
  return fromEngine ? `Error response from daemon: ${error.message}` : messageOf(error);
}
