import {
  fetchEnvironmentFiles,
  needsEnvironmentFiles,
  type FileEnvironment,
} from '../environment-files/fetch-environment-files.ts';
import { agentWords, fargateWords } from '../secrets/failure-texts.ts';
import { needsSecrets, resolveSecrets, type ContainerSecrets, type TaskSecrets } from '../secrets/resolve-secrets.ts';
import { limits } from '../limits.ts';
import type { AwsCredentials } from '../session/credentials.ts';
import { within } from '../sleep.ts';
import type { TaskRunner } from './task-runner.ts';
import { objectsOf, secretsOf } from './task-ways.ts';

/** What one container gets from outside: its secrets, and the variables of its environment files. */
export interface FetchedValues extends ContainerSecrets {
  readonly fileEnvironment: FileEnvironment;
}

type Fetched = ReadonlyMap<string, FetchedValues>;

const none: FetchedValues = { environment: {}, logOptions: {}, fileEnvironment: {} };

/** Values by task, as long as its containers may have to be made. Never on disk: an agent that was restarted fetches again what it still needs. */
const held = new WeakMap<TaskRunner, Promise<Fetched>>();

/** Fetches what the containers of a task need, once. @throws SecretFailure with the task's stopped reason */
export async function fetchSecrets(runner: TaskRunner): Promise<void> {
  if (needsValues(runner)) await valuesOf(runner);
}

/** What one container needs; fetched when this run of the agent has not yet. @throws SecretFailure */
export async function containerSecrets(runner: TaskRunner, container: string): Promise<FetchedValues> {
  if (!needsValues(runner)) return none;
  return (await valuesOf(runner)).get(container) ?? none;
}

function needsValues({ payload: { containers } }: TaskRunner): boolean {
  return needsSecrets(containers) || needsEnvironmentFiles(containers);
}

/** Forgets the values, once no container of the task is to be made any more. */
export function forgetSecrets(runner: TaskRunner): void {
  held.delete(runner);
}

/** A text without the values of a container's secrets: an engine may quote what it was given. */
export function redacted(text: string, { environment, logOptions, registryAuth }: ContainerSecrets): string {
  const values = [...Object.values(environment), ...Object.values(logOptions), registryAuth?.password ?? ''];
  return values
    .filter((value) => value !== '')
    .sort((left, right) => right.length - left.length)
    .reduce((soFar, value) => soFar.replaceAll(value, '***'), text);
}

function valuesOf(runner: TaskRunner): Promise<Fetched> {
  const present = held.get(runner);
  if (present !== undefined) return present;
  const fetching = fetchNow(runner);
  held.set(runner, fetching);
  fetching.catch(() => held.delete(runner)); // told to who waits for it
  return fetching;
}

async function fetchNow(runner: TaskRunner): Promise<Fetched> {
  const { place } = runner.parts;
  const { containers, launchType, longshore } = runner.payload;
  const fargate = (launchType ?? place.launchKind) === 'FARGATE';
  const region = longshore?.region ?? place.region;
  const credentials = await executionCredentials(runner);
  const words = fargate ? fargateWords : agentWords;
  const secrets: TaskSecrets = needsSecrets(containers)
    ? await resolveSecrets(containers, { source: secretsOf(runner), credentials, words })
    : new Map();
  const files = needsEnvironmentFiles(containers)
    ? await fetchEnvironmentFiles(containers, { source: objectsOf(runner), credentials, region, fargate })
    : new Map<string, FileEnvironment>();
  return new Map(
    containers.map(({ name }) => [
      name,
      { ...none, ...secrets.get(name), fileEnvironment: files.get(name) ?? none.fileEnvironment },
    ]),
  );
}

/** Only the execution role's; they come with the task, and after a restart of the agent a moment later. */
async function executionCredentials({ parts, record }: TaskRunner): Promise<AwsCredentials | undefined> {
  const id = record.credentialIds.execution;
  if (id === undefined) return undefined;
  await within(parts.clock, parts.credentials.arrival(id), { ms: limits.credentialsArrivalMs, late: undefined });
  return parts.credentials.get(id)?.credentials;
}
