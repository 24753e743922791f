import { describe, expect, test } from 'vitest';
import { readSecretReference, type PayloadContainer, type PayloadSecret } from '../../agent-protocol/index.ts';
import { Unavailable } from '../../kernel/index.ts';
import { ApiError } from '../session/api-client.ts';
import { agentWords, fargateWords } from './failure-texts.ts';
import { jsonMember } from './json-key.ts';
import { resolveSecrets, type Resolution } from './resolve-secrets.ts';
import type { SecretSource } from './secret-source.ts';

const place = { account: '123456789012', region: 'us-east-1' };
const asm = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-AbCdEf';
const ssm = 'arn:aws:ssm:eu-west-1:123456789012:parameter';

describe('readSecretReference', () => {
  test.each([
    { from: asm, want: { provider: 'asm', region: 'eu-west-1', secretId: asm } },
    { from: `${asm}:key::`, want: { provider: 'asm', region: 'eu-west-1', secretId: asm, jsonKey: 'key' } },
    {
      from: `${asm}::AWSPREVIOUS:`,
      want: { provider: 'asm', region: 'eu-west-1', secretId: asm, versionStage: 'AWSPREVIOUS' },
    },
    { from: `${asm}:::v1`, want: { provider: 'asm', region: 'eu-west-1', secretId: asm, versionId: 'v1' } },
    {
      from: `${asm}:k:s:v`,
      want: { provider: 'asm', region: 'eu-west-1', secretId: asm, jsonKey: 'k', versionStage: 's', versionId: 'v' },
    },
    { from: `${ssm}/prod/key`, want: { provider: 'ssm', region: 'eu-west-1', name: '/prod/key' } },
    { from: `${ssm}/key`, want: { provider: 'ssm', region: 'eu-west-1', name: `${ssm}/key` } },
    {
      from: `${ssm}/prod/key`.replace('123456789012', '210987654321'),
      want: { provider: 'ssm', region: 'eu-west-1', name: `${ssm}/prod/key`.replace('123456789012', '210987654321') },
    },
    { from: '/prod/key', want: { provider: 'ssm', region: 'us-east-1', name: '/prod/key' } },
    { from: 'key', want: { provider: 'ssm', region: 'us-east-1', name: 'key' } },
    { from: `${asm}:key`, want: undefined },
    { from: `${asm}:a:b:c:d`, want: undefined },
    { from: 'arn:aws:s3:::bucket', want: undefined },
    { from: '', want: undefined },
  ])('[INJ-1] $from', ({ from, want }) => {
    expect(readSecretReference(from, place)).toEqual(want);
  });
});

describe('jsonMember', () => {
  test.each([
    ['{"a":"text"}', 'text'],
    ['{"a":5432}', '5432'],
    ['{"a":true}', 'true'],
    ['{"a":null}', '<nil>'],
    ['{"a":{"y":[1,"b"],"x":null}}', 'map[x:<nil> y:[1 b]]'],
    ['{"b":1}', undefined],
    ['{"b":1,"__proto__":{"a":1}}', undefined],
  ])('[INJ-2] %s', (value, want) => {
    expect(jsonMember(value, 'a')).toBe(want);
  });

  test.each(['plain-value', '"plain-value"', '["plain-value"]', 'null'])(
    '[INJ-7] %s is no object, and is not told',
    (value) => {
      expect(() => jsonMember(value, 'a')).toThrow(/^the value is not (JSON|a JSON object)$/);
    },
  );
});

function secret(valueFrom: string, more: Partial<PayloadSecret> = {}): PayloadSecret {
  const provider = valueFrom.startsWith('arn:aws:secretsmanager') ? 'asm' : 'ssm';
  return {
    name: 'A',
    valueFrom,
    region: 'us-east-1',
    provider,
    type: 'ENVIRONMENT_VARIABLE',
    target: 'CONTAINER',
    ...more,
  };
}

function containers(...secrets: readonly PayloadSecret[]): readonly PayloadContainer[] {
  return [{ name: 'app', image: 'registry.test/web:1', secrets }] as unknown as PayloadContainer[];
}

function resolution(secrets: Record<string, unknown>, parameters: Record<string, string> = {}) {
  const asked: string[] = [];
  const source: SecretSource = {
    secret({ secretId, versionStage = '', versionId = '' }, { region, credentials }) {
      asked.push([credentials.accessKeyId, region, secretId, versionStage, versionId].join(' ').trim());
      const value = secrets[secretId];
      return value instanceof Error ? Promise.reject(value) : Promise.resolve(value as string | undefined);
    },
    parameters(names, { region, credentials }) {
      asked.push(`${credentials.accessKeyId} ${region} ${names.join(',')}`);
      if (names.includes('denied'))
        return Promise.reject(new ApiError('AccessDeniedException', 400, 'User: x is not authorized'));
      const known = names.filter((name) => Object.hasOwn(parameters, name));
      return Promise.resolve({
        values: new Map(known.map((name) => [name, parameters[name] ?? ''])),
        invalid: names.filter((name) => !known.includes(name)),
      });
    },
  };
  const credentials = { accessKeyId: 'ASIAEXEC', secretAccessKey: 's', sessionToken: 't' };
  return { asked, how: { source, credentials, words: fargateWords } satisfies Resolution };
}

const short = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:db';

describe('resolveSecrets', () => {
  test('[INJ-3] fetches each value once with the execution role, ten parameters at a time, in the region of each', async () => {
    const parameters = Object.fromEntries(Array.from({ length: 12 }, (_, n) => [`/p${n}`, `v${n}`]));
    const { asked, how } = resolution(
      { [short]: 'plain', [asm]: '{"user":"u","port":1}' },
      { ...parameters, '/p': 'x' },
    );
    const values = await resolveSecrets(
      containers(
        secret(short),
        secret(short, { name: 'AGAIN' }),
        secret(`${asm}:user::`, { name: 'USER', region: 'eu-west-1' }),
        ...Object.keys(parameters).map((name) => secret(name, { name: name.slice(1) })),
        secret('/p', { name: 'token', type: 'BOOTSTRAP', target: 'LOG_DRIVER', region: 'eu-west-1' }),
      ),
      how,
    );
    const app = values.get('app');
    expect(app?.environment).toMatchObject({ A: 'plain', AGAIN: 'plain', USER: 'u', p11: 'v11' });
    expect(app?.logOptions).toEqual({ token: 'x' });
    expect(asked).toHaveLength(5);
    expect(asked).toContain(`ASIAEXEC us-east-1 ${short}`);
    expect(asked).toContain(`ASIAEXEC eu-west-1 ${asm}`);
  });

  test('[INJ-6] the registry’s user and password come from a secret', async () => {
    const { how } = resolution({ [short]: '{"username":"u","password":"p"}', [asm]: '{"username":"u"}' });
    const withAuth = (credentialsParameter: string) =>
      [
        {
          name: 'app',
          image: 'registry.test/web:1',
          registryAuthentication: { type: 'asm', asmAuthData: { credentialsParameter, region: 'r' } },
        },
      ] as unknown as PayloadContainer[];
    const values = await resolveSecrets(withAuth(short), how);
    expect(values.get('app')?.registryAuth).toEqual({ username: 'u', password: 'p', serverAddress: 'registry.test' });
    await expect(resolveSecrets(withAuth(asm), how)).rejects.toThrow(
      'asm fetching password: AuthorizationData is malformed',
    );
  });

  const frame =
    'ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed';
  const denied = new ApiError(
    'AccessDeniedException',
    400,
    'User: x is not authorized to perform: secretsmanager:GetSecretValue',
  );
  const gone = new ApiError('ResourceNotFoundException', 400, "Secrets Manager can't find the specified secret.");
  test.each([
    {
      name: 'a missing secret',
      secrets: [secret(short)],
      values: { [short]: gone },
      fargate: `${frame}: unable to retrieve secret from asm: service call has been retried 1 time(s): failed to fetch secret ${short} from secrets manager: ResourceNotFoundException: Secrets Manager can't find the specified secret.`,
      ec2: `ResourceInitializationError: The task can't retrieve the secret with ARN '${short}' from AWS Secrets Manager. Check that the secret ARN is correct: ResourceNotFoundException: Secrets Manager can't find the specified secret.`,
    },
    {
      name: 'a denied secret',
      secrets: [secret(short)],
      values: { [short]: denied },
      fargate: `${frame}: unable to retrieve secret from asm: service call has been retried 1 time(s): failed to fetch secret ${short} from secrets manager: ${denied.message}`,
      ec2: `Fetching secret data from AWS Secrets Manager in region us-east-1: secret ${short}: ${denied.message}`,
    },
    {
      name: 'a missing JSON key',
      secrets: [secret(`${short}:k::`)],
      values: { [short]: '{}' },
      fargate: `${frame}: unable to retrieve secret from asm: service call has been retried 1 time(s): retrieved secret from Secrets Manager did not contain json key k`,
      ec2: 'Retrieved secret from Secrets Manager did not contain json key k',
    },
    {
      name: 'missing parameters',
      secrets: [secret('/a'), secret('/b')],
      values: {},
      fargate: `${frame}: unable to retrieve secrets from ssm: service call has been retried 1 time(s): invalid parameters: /a,/b`,
      ec2: 'Fetching secret data from SSM Parameter Store in us-east-1: invalid parameters: /a,/b',
    },
    {
      name: 'a denied parameter',
      secrets: [secret('denied')],
      values: {},
      fargate: `${frame}: unable to retrieve secrets from ssm: service call has been retried 1 time(s): AccessDeniedException: User: x is not authorized`,
      ec2: 'Fetching secret data from SSM Parameter Store in us-east-1: AccessDeniedException: User: x is not authorized',
    },
    {
      name: 'a control plane that does not answer',
      secrets: [secret(short)],
      values: { [short]: new Unavailable('it did not answer') },
      fargate: `${frame}: unable to retrieve secret from asm: service call has been retried 1 time(s): failed to fetch secret ${short} from secrets manager: it did not answer`,
      ec2: `Fetching secret data from AWS Secrets Manager in region us-east-1: secret ${short}: it did not answer`,
    },
  ])('[INJ-4] $name, as FARGATE and as EC2 say it', async ({ secrets, values, fargate, ec2 }) => {
    const { how } = resolution(values);
    await expect(resolveSecrets(containers(...secrets), how)).rejects.toThrow(new Error(fargate));
    await expect(resolveSecrets(containers(...secrets), { ...how, words: agentWords })).rejects.toThrow(new Error(ec2));
  });

  test('[INJ-5] without an execution role nothing is asked', async () => {
    const { asked, how } = resolution({ [short]: 'x' });
    const none = { ...how, credentials: undefined, words: agentWords };
    await expect(resolveSecrets(containers(secret(short)), none)).rejects.toThrow(
      'ASM secret resource: unable to find execution role credentials',
    );
    expect(asked).toEqual([]);
  });
});
