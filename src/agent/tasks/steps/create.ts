import { labels } from '../../../agent-protocol/index.ts';
import type { ContainerSpec } from '../../../runtime/index.ts';
import { EngineRefused } from '../../../runtime/index.ts';
import { definitionOf } from '../../engine/index.ts';
import { BadContainerConfig, containerSpec, type ContainerSurroundings } from '../../hooks/container-config.ts';
import { FileSystemFailure } from '../../hooks/file-systems.ts';
import { SecretFailure } from '../../secrets/failure-texts.ts';
import { logsClosed } from '../../ways/way-words.ts';
import { makeExtras } from '../container-extras.ts';
import { logOwner } from '../log-credentials.ts';
import { logsStayClosed } from '../open-logs.ts';
import { resumeLogs } from '../log-resumption.ts';
import { observe } from '../observe.ts';
import { removeSpoilt } from '../spoilt-start.ts';
import type { TaskRunner } from '../task-runner.ts';
import { containerSecrets, redacted, type FetchedValues } from '../task-secrets.ts';
import { gateOf } from '../volume-gate.ts';
import { failure, retryWhileDown, waited } from './engine-failures.ts';
import { fileSystemsOf, located } from './located.ts';
import type { ActionOf, Events } from './step.ts';

export async function create(runner: TaskRunner, { container }: ActionOf<'create'>): Events {
  const { clock, timeouts } = runner.parts;
  const gate = gateOf(runner.parts, runner.payload);
  const definition = definitionOf(runner.state, container);
  let secrets: FetchedValues | undefined;
  try {
    if (await logsStayClosed(runner, container))
      return [{ kind: 'containerFailed', container, reason: logsClosed, taskReason: logsClosed }];
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
