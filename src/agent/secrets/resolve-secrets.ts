import { readSecretReference, type PayloadContainer, type PayloadSecret } from '../../agent-protocol/index.ts';
import { messageOf } from '../../kernel/index.ts';
import type { RegistryAuth } from '../../runtime/index.ts';
import { registryOf } from '../hooks/images.ts';
import type { AwsCredentials } from '../session/credentials.ts';
import { SecretFailure, type SecretWords } from './failure-texts.ts';
import { jsonMember } from './json-key.ts';
import type { SecretSource } from './secret-source.ts';

/** Values of one container's secrets. In memory only: nothing here may reach a file or a log. */
export interface ContainerSecrets {
  readonly environment: Readonly<Record<string, string>>;
  /** Options of the log driver. */
  readonly logOptions: Readonly<Record<string, string>>;
  readonly registryAuth?: RegistryAuth;
}

export type TaskSecrets = ReadonlyMap<string, ContainerSecrets>;

export interface Resolution {
  readonly source: SecretSource;
  /** Of the execution role; undefined: the task has none. */
  readonly credentials: AwsCredentials | undefined;
  readonly words: SecretWords;
}

/** GetParameters takes ten names. */
const namesAtOnce = 10;

export function needsSecrets(containers: readonly PayloadContainer[]): boolean {
  return containers.some(
    ({ secrets = [], registryAuthentication }) => secrets.length > 0 || registryAuthentication?.type === 'asm',
  );
}

/** Fetches every value that the containers of a task need, each once. @throws SecretFailure with the task's stopped reason */
export async function resolveSecrets(
  containers: readonly PayloadContainer[],
  resolution: Resolution,
): Promise<TaskSecrets> {
  const wanted = containers.flatMap(({ secrets = [] }) => secrets);
  const { credentials, words } = resolution;
  if (credentials === undefined)
    throw new SecretFailure(words.noRole(wanted.some(({ provider }) => provider === 'ssm') ? 'ssm' : 'asm'));
  const signed = { ...resolution, credentials };
  const [secrets, parameters, auths] = await Promise.all([
    fetchSecrets(wanted, signed),
    fetchParameters(wanted, signed),
    fetchRegistryAuths(containers, signed),
  ]);
  const valueOf = (secret: PayloadSecret): string =>
    (secret.provider === 'asm' ? secrets : parameters).get(place(secret)) ?? '';
  const chosen = (list: readonly PayloadSecret[], target: PayloadSecret['target']): Record<string, string> =>
    Object.fromEntries(list.filter((one) => one.target === target).map((one) => [one.name, valueOf(one)]));
  return new Map(
    containers.map(({ name, secrets: own = [] }) => {
      const registryAuth = auths.get(name);
      return [
        name,
        {
          environment: chosen(own, 'CONTAINER'),
          logOptions: chosen(own, 'LOG_DRIVER'),
          ...(registryAuth === undefined ? {} : { registryAuth }),
        },
      ];
    }),
  );
}

type Signed = Resolution & { readonly credentials: AwsCredentials };

function place({ valueFrom, region }: PayloadSecret): string {
  return `${valueFrom} ${region}`;
}

function ofStore(secrets: readonly PayloadSecret[], provider: PayloadSecret['provider']): readonly PayloadSecret[] {
  const distinct = new Map(secrets.filter((one) => one.provider === provider).map((one) => [place(one), one]));
  return [...distinct.values()];
}

async function fetchSecrets(secrets: readonly PayloadSecret[], how: Signed): Promise<ReadonlyMap<string, string>> {
  const fetched = await allOf(
    ofStore(secrets, 'asm').map(async (one) => [place(one), await fetchSecret(one, how)] as const),
    ';',
  );
  return new Map(fetched);
}

async function fetchSecret(
  { valueFrom, region }: PayloadSecret,
  { source, credentials, words }: Signed,
): Promise<string> {
  const reference = readSecretReference(valueFrom, { account: '', region });
  if (reference?.provider !== 'asm')
    throw new SecretFailure(
      words.unusable(
        'asm',
        `trying to retrieve secret with value ${valueFrom} resulted in error: an invalid ARN format for the AWS Secrets Manager secret was specified. Specify a valid ARN and try again.`,
      ),
    );
  let value: string | undefined;
  try {
    value = await source.secret(reference, { credentials, region });
  } catch (error) {
    throw new SecretFailure(words.secret(reference.secretId, region, error));
  }
  if (value === undefined)
    throw new SecretFailure(
      words.unusable('asm', `secret ${reference.secretId} is binary, which is not implemented by Longshore's agent`),
    );
  if (reference.jsonKey === undefined) return value;
  let member: string | undefined;
  try {
    member = jsonMember(value, reference.jsonKey);
  } catch (error) {
    throw new SecretFailure(
      words.unusable(
        'asm',
        `retrieved secret ${reference.secretId} has no json key ${reference.jsonKey}: ${messageOf(error)}`,
      ),
    );
  }
  if (member === undefined)
    throw new SecretFailure(
      words.unusable('asm', `retrieved secret from Secrets Manager did not contain json key ${reference.jsonKey}`),
    );
  return member;
}

async function fetchParameters(secrets: readonly PayloadSecret[], how: Signed): Promise<ReadonlyMap<string, string>> {
  const distinct = ofStore(secrets, 'ssm');
  const batches = [...new Set(distinct.map(({ region }) => region))].flatMap((region) => {
    const list = distinct.filter((one) => one.region === region);
    return Array.from({ length: Math.ceil(list.length / namesAtOnce) }, (_, at) => ({
      region,
      list: list.slice(at * namesAtOnce, (at + 1) * namesAtOnce),
    }));
  });
  const fetched = await allOf(batches.map(async (batch) => fetchBatch(batch, how)));
  return new Map(fetched.flat());
}

async function fetchBatch(
  { region, list }: { readonly region: string; readonly list: readonly PayloadSecret[] },
  { source, credentials, words }: Signed,
): Promise<readonly (readonly [string, string])[]> {
  const names = list.map(({ valueFrom }) => valueFrom);
  const read = await source.parameters(names, { credentials, region }).catch((error: unknown) => {
    throw new SecretFailure(words.parameters(region, messageOf(error), error));
  });
  const missing = names.filter((name) => !read.values.has(name));
  if (missing.length > 0) throw new SecretFailure(words.parameters(region, `invalid parameters: ${missing.join(',')}`));
  return list.map((one) => [place(one), read.values.get(one.valueFrom) ?? '']);
}

async function fetchRegistryAuths(
  containers: readonly PayloadContainer[],
  { source, credentials, words }: Signed,
): Promise<ReadonlyMap<string, RegistryAuth>> {
  const auths = await allOf(
    containers.flatMap(({ name, image, registryAuthentication }) => {
      if (registryAuthentication?.type !== 'asm') return [];
      const { credentialsParameter: secretId, region } = registryAuthentication.asmAuthData;
      return [
        source
          .secret({ secretId }, { credentials, region })
          .then((value) => [name, readAuth(value ?? '', image)] as const)
          .catch((error: unknown) => {
            throw new SecretFailure(words.registryAuth(secretId, error));
          }),
      ];
    }),
  );
  return new Map(auths);
}

/** @throws Error that holds nothing of the value */
function readAuth(value: string, image: string): RegistryAuth {
  const username = jsonMember(value, 'username') ?? '';
  const password = jsonMember(value, 'password') ?? '';
  if (username === '') throw new Error('asm fetching username: AuthorizationData is malformed, empty field');
  if (password === '') throw new Error('asm fetching password: AuthorizationData is malformed, empty field');
  return { username, password, serverAddress: registryOf(image) };
}

/** Waits for all, so that nothing goes on behind a failure. @throws the first failure, or all in one where they are joined */
async function allOf<T>(promises: readonly Promise<T>[], join?: string): Promise<readonly T[]> {
  const settled = await Promise.allSettled(promises);
  const failures = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
  const [first] = failures;
  if (failures.length > 1 && join !== undefined) throw new SecretFailure(failures.map(messageOf).join(join));
  if (first !== undefined) throw first;
  return settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
}
