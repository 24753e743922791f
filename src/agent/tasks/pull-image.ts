import { Unavailable } from '../../kernel/index.ts';
import { EcrPullFailed } from '../ecr/ecr-images.ts';
import { EcrRefusal, pullFailure } from '../ecr/failures.ts';
import type { EcrReference } from '../ecr/reference.ts';
import { definitionOf } from '../engine/index.ts';
import { registryOf, type Puller, type ReadyImage } from '../hooks/images.ts';
import { limits } from '../limits.ts';
import type { AwsCredentials } from '../session/credentials.ts';
import { within } from '../sleep.ts';
import { containerSecrets } from './task-secrets.ts';
import { ecrPlace, layersClosed, manifestClosed, registryAuthClosed, registryPlace } from '../ways/way-words.ts';
import { retries } from '../ways/way-closed.ts';
import type { TaskRunner } from './task-runner.ts';
import { cameClosed, staysClosed } from './task-ways.ts';

/** Brings a container's image to the engine, from where it is. */
export async function pullImage(runner: TaskRunner, container: string): Promise<ReadyImage> {
  const { images, ecrImages, place } = runner.parts;
  const { image } = definitionOf(runner.state, container);
  const reference = ecrImages.referenceOf(image);
  const isFargate = (runner.payload.launchType ?? place.launchKind) === 'FARGATE';
  if (reference === undefined) {
    const { registryAuth: auth } = await containerSecrets(runner, container);
    return images.ensure(image, { auth, isFargate, ...wayOf(runner, image) });
  }
  await checkEcrWays(runner, image, reference);
  const puller = {
    credentials: await pullCredentials(runner, container, reference),
    region: regionOf(runner, reference),
  };
  if (isFargate && puller.credentials === undefined) {
    const text = 'the task has no execution role, and FARGATE pulls from ECR with nothing else';
    throw new EcrPullFailed(pullFailure(new EcrRefusal('token', 400, text), image, reference, isFargate));
  }
  return ecrImages.ensure({ image, puller, isFargate }, reference);
}

/** Of an image that is not ECR's; nothing when its registry can be reached. */
function wayOf(runner: TaskRunner, image: string): Pick<Puller, 'way'> {
  const registry = registryOf(image);
  if (!cameClosed(runner, { registry })) return {};
  const closed = async (): Promise<string | undefined> => {
    const way = await staysClosed(runner, { registry });
    return way && manifestClosed(image, registryPlace(image, registry), way.dial);
  };
  return { way: { task: runner.arn, closed } };
}

/** FARGATE asks for a password, then for the manifest, then for layers. @throws EcrPullFailed */
async function checkEcrWays(runner: TaskRunner, image: string, reference: EcrReference): Promise<void> {
  const region = reference.registry?.region;
  if (region === undefined) return;
  const fail = (reason: string): never => {
    throw new EcrPullFailed({ reason, taskReason: reason });
  };
  const api = await staysClosed(runner, { service: 'ecr.api', region }, retries.registryAuth);
  if (api !== undefined) fail(registryAuthClosed(region, api.dial));
  const registry = await staysClosed(runner, { service: 'ecr.dkr', region });
  if (registry !== undefined) fail(manifestClosed(image, ecrPlace(image, reference), registry.dial));
  const layers = await staysClosed(runner, { service: 's3', region });
  if (layers !== undefined) fail(layersClosed(region, layers.dial));
}

function regionOf({ payload, parts }: TaskRunner, { registry }: EcrReference): string {
  return registry?.region ?? payload.longshore?.region ?? parts.place.region;
}

/** The execution role's when the task has one, else the agent's own. A name without a registry is nothing that the payload speaks of. */
async function pullCredentials(
  runner: TaskRunner,
  container: string,
  { registry }: EcrReference,
): Promise<AwsCredentials | undefined> {
  const id = runner.record.credentialIds.execution;
  const { registryAuthentication } = definitionOf(runner.state, container);
  const isRole = registry === undefined || registryAuthentication?.ecrAuthData?.useExecutionRole === true;
  if (id === undefined || !isRole) return undefined;
  const { credentials, clock } = runner.parts;
  // After a restart they are sent again.
  await within(clock, credentials.arrival(id), { ms: limits.registryTimeoutMs, late: undefined });
  const stored = credentials.get(id)?.credentials;
  if (stored === undefined) throw new Unavailable("the execution role's credentials have not arrived yet");
  return stored;
}
