import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { request, type IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { AssumeRoleCommand, STSClient, type AssumeRoleCommandInput } from '@aws-sdk/client-sts';
import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
  ListUserPoliciesCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import {
  CreateRepositoryCommand,
  DescribeImagesCommand,
  DescribeRepositoriesCommand,
  ECRClient,
  GetAuthorizationTokenCommand,
} from '@aws-sdk/client-ecr';
import {
  CreateClusterCommand,
  CreateServiceCommand,
  ECSClient,
  ListClustersCommand,
  ListTaskDefinitionsCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
} from '@aws-sdk/client-ecs';
import { CreateSecretCommand, GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import * as aws4 from 'aws4';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { silentLog } from '../kernel/index.ts';
import { randomIds, systemClock } from '../platform/index.ts';
import { startServer, type RunningServer } from './server.ts';

// What somebody tries who wants in: each line is refused with AWS's error by a started server, stores nothing, leaks nothing, and stops nobody else.

const directory = mkdtempSync(join(tmpdir(), 'longshore-hostile-'));
let server: RunningServer;
/** How far the server's clock is ahead of everybody's. */
let aheadMs = 0;
beforeAll(async () => {
  server = await startServer({
    host: '127.0.0.1',
    port: 0,
    dataDirectory: directory,
    clock: { nowMs: () => systemClock.nowMs() + aheadMs, after: (...args) => systemClock.after(...args) },
    ids: randomIds,
    log: silentLog,
    parts: () => ({}),
    onFailure(error) {
      throw error;
    },
  });
});
afterEach(() => {
  aheadMs = 0;
});
afterAll(async () => {
  await server.stop();
  rmSync(directory, { recursive: true });
});

interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}
const root: Keys = { accessKeyId: 'test', secretAccessKey: 'test' };
const stranger: Keys = { accessKeyId: '999999999999', secretAccessKey: 'test' };
const account = '123456789012';
const options = (credentials: Keys) => ({ endpoint: server.url, region: 'us-east-1', credentials, maxAttempts: 1 });
const ecs = (keys = root) => new ECSClient(options(keys));
const ecr = () => new ECRClient(options(root));
const iam = () => new IAMClient(options(root));

interface Sent {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string;
}
interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Sends bytes as they are: no client tidies the path. */
function send({
  method,
  path,
  headers,
  body,
}: Omit<Sent, 'body'> & { readonly body: string | Uint8Array }): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sending = request(server.url, { method, path, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString(),
        }),
      );
    });
    sending.on('error', reject);
    sending.end(body);
  });
}

function createCluster(name: string, keys: Keys = root): Sent {
  const body = JSON.stringify({ clusterName: name });
  const headers = {
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': 'AmazonEC2ContainerServiceV20141113.CreateCluster',
  };
  const { host } = new URL(server.url);
  const signed = aws4.sign(
    { method: 'POST', path: '/', host, headers, body, service: 'ecs', region: 'us-east-1' },
    keys,
  );
  return { method: 'POST', path: '/', headers: signed.headers as Record<string, string>, body };
}

const clusters = async () => (await ecs().send(new ListClustersCommand({}))).clusterArns?.length;
/** No path of the machine, no stack, no secret is in an answer. */
function expectNothingLeaked(text: string): void {
  expect(text).not.toContain(directory);
  expect(text).not.toMatch(/\bat .*\.(ts|js):\d+|node_modules|BEGIN (RSA |EC )?PRIVATE/);
}

describe('[AUTH-9] a request that somebody else changed', () => {
  let alice: Keys;
  beforeAll(async () => {
    await iam().send(new CreateUserCommand({ UserName: 'alice' }));
    const { AccessKey } = await iam().send(new CreateAccessKeyCommand({ UserName: 'alice' }));
    alice = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
  });
  const authorization = (sent: Sent, change: (text: string) => string): void => {
    sent.headers['Authorization'] = change(sent.headers['Authorization'] ?? '');
  };
  test.each<[string, (sent: Sent) => void, RegExp]>([
    ['the body', (sent) => (sent.body = sent.body.replace('tampered', 'tempered')), /InvalidSignatureException/],
    ['the path', (sent) => (sent.path = '/?a=b'), /InvalidSignatureException/],
    [
      'a signed header',
      (sent) => (sent.headers['X-Amz-Target'] = 'AmazonEC2ContainerServiceV20141113.DeleteCluster'),
      /Signature|header/i,
    ],
    [
      'the signature',
      (sent) => authorization(sent, (text) => text.replace(/.$/, (end) => (end === '0' ? '1' : '0'))),
      /InvalidSignatureException/,
    ],
    [
      'no signature at the end',
      (sent) => authorization(sent, (text) => text.replace(/Signature=.*/, 'Signature=')),
      /IncompleteSignature|InvalidSignature/,
    ],
    [
      'the region',
      (sent) => authorization(sent, (text) => text.replace('us-east-1', 'eu-west-1')),
      /InvalidSignatureException/,
    ],
    [
      'the service',
      (sent) => authorization(sent, (text) => text.replace('/ecs/', '/ecr/')),
      /InvalidSignatureException/,
    ],
    [
      'the key',
      (sent) => authorization(sent, (text) => text.replace('Credential=test/', `Credential=${alice.accessKeyId}/`)),
      /InvalidSignatureException/,
    ],
    [
      'a key that nobody has',
      (sent) => authorization(sent, (text) => text.replace('Credential=test/', 'Credential=AKIAIOSFODNN7EXAMPLE/')),
      /UnrecognizedClientException/,
    ],
    [
      'the date',
      (sent) => (sent.headers['X-Amz-Date'] = '20200101T000000Z'),
      /InvalidSignatureException|IncompleteSignature/,
    ],
    ['everything signed', (sent) => delete sent.headers['Authorization'], /MissingAuthenticationTokenException/],
  ])('in %s', async (_what, change, code) => {
    const before = await clusters();
    const sent = createCluster('tampered');
    for (const [name, value] of Object.entries(sent.headers)) {
      delete sent.headers[name];
      sent.headers[name === 'x-amz-target' ? 'X-Amz-Target' : name] = value;
    }
    change(sent);
    const answer = await send(sent);
    expect([answer.status, answer.text]).toEqual([400, expect.stringMatching(code) as string]);
    expectNothingLeaked(answer.text);
    expect(await clusters()).toBe(before);
  });

  test('or sends again: after five minutes, to another region, with another body', async () => {
    const sent = createCluster('sent-again');
    expect((await send(sent)).status).toBe(200);
    const before = await clusters();
    // Within its five minutes it is the same request once more, as on AWS.
    expect((await send(sent)).status).toBe(200);
    expect(await clusters()).toBe(before);
    aheadMs = 6 * 60_000;
    const late = await send(sent);
    expect([late.status, late.text]).toEqual([
      400,
      expect.stringMatching(/InvalidSignatureException.*Signature expired/) as string,
    ]);
    aheadMs = -6 * 60_000;
    const early = await send(sent);
    expect([early.status, early.text]).toEqual([400, expect.stringMatching(/Signature not yet current/) as string]);
  });
});

describe('[AUTH-10] a deputy that is to act for somebody else', () => {
  const role = async (RoleName: string, statement: object) =>
    (
      await iam().send(
        new CreateRoleCommand({
          RoleName,
          AssumeRolePolicyDocument: JSON.stringify({
            Version: '2012-10-17',
            Statement: { Effect: 'Allow', Action: 'sts:AssumeRole', ...statement },
          }),
        }),
      )
    ).Role?.Arn ?? '';
  const user = async (UserName: string, Action: string[], keysOf = root): Promise<Keys> => {
    const client = new IAMClient(options(keysOf));
    await client.send(new CreateUserCommand({ UserName }));
    const PolicyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Action, Resource: '*' },
    });
    await client.send(new PutUserPolicyCommand({ UserName, PolicyName: 'p', PolicyDocument }));
    const { AccessKey } = await client.send(new CreateAccessKeyCommand({ UserName }));
    return { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
  };

  test('a role of another account is assumed only with its trust, and its external id', async () => {
    const closed = await role('closed', { Principal: { AWS: `arn:aws:iam::${account}:root` } });
    const shared = await role('shared', {
      Principal: { AWS: 'arn:aws:iam::999999999999:root' },
      Condition: { StringEquals: { 'sts:ExternalId': 'agreed' } },
    });
    const mallory = await user('mallory', ['sts:*'], stranger);
    const assume = (input: Omit<AssumeRoleCommandInput, 'RoleSessionName'>) =>
      new STSClient(options(mallory)).send(new AssumeRoleCommand({ RoleSessionName: 'mal', ...input }));
    const refused = (arn: string) =>
      `User: arn:aws:iam::999999999999:user/mallory is not authorized to perform: sts:AssumeRole on resource: ${arn}`;
    await expect(assume({ RoleArn: closed })).rejects.toThrow(refused(closed));
    await expect(assume({ RoleArn: shared })).rejects.toThrow(refused(shared));
    await expect(assume({ RoleArn: shared, ExternalId: 'guessed' })).rejects.toThrow(refused(shared));
    expect((await assume({ RoleArn: shared, ExternalId: 'agreed' })).AssumedRoleUser?.Arn).toContain(
      'assumed-role/shared/mal',
    );
  });

  test('a role is passed to tasks only with iam:PassRole, and never one of another account', async () => {
    const powerful = await role('powerful', { Principal: { Service: 'ecs-tasks.amazonaws.com' } });
    const eve = await user('eve', ['ecs:*']);
    const family = { family: 'deputy', containerDefinitions: [{ name: 'a', image: 'a', memory: 16 }] };
    const message = `User: arn:aws:iam::${account}:user/eve is not authorized to perform: iam:PassRole on resource: ${powerful} because no identity-based policy allows the iam:PassRole action`;
    for (const given of [{ taskRoleArn: powerful }, { executionRoleArn: powerful }])
      await expect(ecs(eve).send(new RegisterTaskDefinitionCommand({ ...family, ...given }))).rejects.toThrow(message);
    await ecs(eve).send(new RegisterTaskDefinitionCommand(family));
    await expect(
      ecs(eve).send(new RunTaskCommand({ taskDefinition: 'deputy', overrides: { taskRoleArn: powerful } })),
    ).rejects.toThrow(message);
    // Of another account: not even by the root, whom no policy is asked about.
    const crossing = 'Cross-account pass role is not allowed.';
    const theirs = ecs(stranger);
    for (const given of [{ taskRoleArn: powerful }, { executionRoleArn: powerful }])
      await expect(theirs.send(new RegisterTaskDefinitionCommand({ ...family, ...given }))).rejects.toThrow(crossing);
    expect((await theirs.send(new ListTaskDefinitionsCommand({}))).taskDefinitionArns).toEqual([]);
    await theirs.send(new RegisterTaskDefinitionCommand(family));
    await theirs.send(new CreateClusterCommand({ clusterName: 'default' }));
    await expect(
      theirs.send(new RunTaskCommand({ taskDefinition: 'deputy', overrides: { taskRoleArn: powerful } })),
    ).rejects.toThrow(crossing);
    await expect(
      theirs.send(
        new CreateServiceCommand({ serviceName: 'a', taskDefinition: 'deputy', desiredCount: 1, role: powerful }),
      ),
    ).rejects.toThrow(crossing);
  });

  test('a secret of another account is nobody’s without its policy', async () => {
    const manager = (keys: Keys) => new SecretsManagerClient(options(keys));
    const { ARN } = await manager(root).send(new CreateSecretCommand({ Name: 'db', SecretString: 'hunter2' }));
    const failure = await manager(stranger)
      .send(new GetSecretValueCommand({ SecretId: ARN }))
      .catch((error: unknown) => String(error));
    expect(failure).toMatch(/AccessDenied|ResourceNotFound/);
    expect(failure).not.toContain('hunter2');
  });
});

describe('[AUTH-11] a policy that is to break who reads it', () => {
  const one = (more: object): string =>
    JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 'ecs:*', Resource: '*', ...more }],
    });
  test.each<[string, string, RegExp]>([
    ['no JSON', '{"Version":', /MalformedPolicyDocument/],
    ['no policy', '[]', /MalformedPolicyDocument/],
    ['an unknown member', one({ Effekt: 'Deny' }), /MalformedPolicyDocument/],
    ['no effect', one({ Effect: 'Maybe' }), /MalformedPolicyDocument/],
    ['no vendor', one({ Action: 'everything' }), /MalformedPolicyDocument/],
    ['an unknown operator', one({ Condition: { StringSounds: { 'aws:username': 'x' } } }), /MalformedPolicyDocument/],
    ['a principal', one({ Principal: '*' }), /MalformedPolicyDocument/],
    ['too large', one({ Resource: `arn:aws:ecs:*:*:cluster/${'x'.repeat(2_100)}` }), /LimitExceeded/],
    [
      'larger than any request',
      `{"a":"${'x'.repeat(140_000)}"}`,
      /ValidationError|LimitExceeded|MalformedPolicyDocument/,
    ],
    ['nested without end', '['.repeat(100_000), /MalformedPolicyDocument|LimitExceeded|ValidationError/],
    ['a key twice', '{"Version":"2012-10-17","Statement":[],"Statement":[]}', /MalformedPolicyDocument/],
    ['control characters', one({ Sid: '\u0000' }), /ValidationError|MalformedPolicyDocument/],
  ])('is refused: %s', async (_what, PolicyDocument, code) => {
    const UserName = `p-${createHash('sha256').update(_what).digest('hex').slice(0, 8)}`;
    await iam().send(new CreateUserCommand({ UserName }));
    const failure = await iam()
      .send(new PutUserPolicyCommand({ UserName, PolicyName: 'p', PolicyDocument }))
      .then(
        () => 'taken',
        (error: unknown) => String(error),
      );
    expect(failure).toMatch(code);
    expectNothingLeaked(failure);
    expect((await iam().send(new ListUserPoliciesCommand({ UserName }))).PolicyNames).toEqual([]);
  });

  test('deep wildcards decide in the time of others', async () => {
    await iam().send(new CreateUserCommand({ UserName: 'wild' }));
    // The most stars that fit, none of which end where the text ends.
    const Resource = Array.from({ length: 4 }, (_, index) => `arn:aws:ecs:*:*:${'*a'.repeat(200)}${index}`);
    await iam().send(
      new PutUserPolicyCommand({ UserName: 'wild', PolicyName: 'p', PolicyDocument: one({ Resource }) }),
    );
    const { AccessKey } = await iam().send(new CreateAccessKeyCommand({ UserName: 'wild' }));
    const keys = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
    const started = performance.now();
    for (let round = 0; round < 20; round++) {
      const answer = await send(createCluster('a'.repeat(200 + round), keys));
      expect([answer.status, answer.text]).toEqual([
        403,
        expect.stringContaining('is not authorized to perform: ecs:CreateCluster') as string,
      ]);
    }
    expect((performance.now() - started) / 20).toBeLessThan(200);
  });
});

describe('[ECR-26] a push that is to harm', () => {
  const mediaType = 'application/vnd.docker.distribution.manifest.v2+json';
  const digestOf = (bytes: Uint8Array | string) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  let login = '';
  const registry = (method: string, path: string, body: string | Uint8Array = '', more: Record<string, string> = {}) =>
    send({
      method,
      path,
      headers: { authorization: login, 'content-length': String(Buffer.byteLength(body)), ...more },
      body,
    });
  const repositories = async () =>
    (await ecr().send(new DescribeRepositoriesCommand({}))).repositories?.map(({ repositoryName }) => repositoryName);
  const filesBelow = (): readonly string[] =>
    readdirSync(join(directory, 'images'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name))
      .toSorted();

  beforeAll(async () => {
    await ecr().send(new CreateRepositoryCommand({ repositoryName: 'victim' }));
    const { authorizationData } = await ecr().send(new GetAuthorizationTokenCommand({}));
    login = `Basic ${authorizationData?.[0]?.authorizationToken}`;
  });

  test('names of repositories lead nowhere else', async () => {
    const bad = [
      '../victim',
      '..',
      'a/../victim',
      '/victim',
      'a//b',
      './a',
      'a/.',
      'victim\0',
      'VICTIM',
      'a\\b',
      '%2e%2e/a',
      'a'.repeat(257),
    ];
    for (const repositoryName of bad)
      await expect(ecr().send(new CreateRepositoryCommand({ repositoryName }))).rejects.toThrow(
        /InvalidParameterException|failed to satisfy constraint/,
      );
    const before = filesBelow();
    for (const name of ['..', '../..', '%2e%2e', '..%2f..', 'a/../victim', 'victim/../../journal', 'victim%00', '.'])
      for (const rest of ['manifests/v1', `blobs/${digestOf('a')}`, 'blobs/uploads/', 'tags/list']) {
        const answer = await registry(rest === 'blobs/uploads/' ? 'POST' : 'GET', `/v2/${name}/${rest}`);
        expect([name, rest, [400, 404].includes(answer.status)]).toEqual([name, rest, true]);
        expectNothingLeaked(answer.text);
      }
    for (const digest of [
      'sha256:../../sealing-keys.json',
      '../../sealing-keys.json',
      'sha256:..%2f..%2fsealing-keys.json',
      `sha256:${'0'.repeat(63)}`,
    ]) {
      const answer = await registry('GET', `/v2/victim/blobs/${digest}`);
      expect([digest, [400, 404].includes(answer.status)]).toEqual([digest, true]);
      expectNothingLeaked(answer.text);
    }
    for (const id of ['..', '../../journal', '%2e%2e%2f', '0'.repeat(36)]) {
      const answer = await registry('PATCH', `/v2/victim/blobs/uploads/${id}`, 'x');
      expect([id, [400, 404].includes(answer.status)]).toEqual([id, true]);
    }
    expect(await repositories()).toEqual(['victim']);
    expect(filesBelow()).toEqual(before);
  });

  test('a layer with a wrong digest, or cut off, is none', async () => {
    const layer = randomBytes(64 * 1024);
    const begin = async () => (await registry('POST', '/v2/victim/blobs/uploads/')).headers.location ?? '';
    const at = (location: string) => location.replace(/^https?:\/\/[^/]+/, '');
    const wrong = await registry('PUT', `${at(await begin())}?digest=${digestOf('something else')}`, layer);
    expect([wrong.status, wrong.text]).toEqual([400, expect.stringContaining('DIGEST_INVALID') as string]);
    // Says more bytes than come, and goes away.
    const location = new URL(await begin(), server.url);
    await new Promise<void>((resolve) => {
      const socket = connect(Number(location.port), location.hostname, () => {
        const head = `PUT ${location.pathname}?digest=${digestOf(layer)} HTTP/1.1\r\nhost: ${location.host}\r\nauthorization: ${login}\r\ncontent-length: ${layer.length}\r\n\r\n`;
        socket.write(head);
        socket.write(layer.subarray(0, 1_000), () => setTimeout(() => socket.destroy(), 50));
      });
      socket.on('close', () => resolve());
    });
    for (const digest of [digestOf(layer), digestOf('something else')])
      expect((await registry('HEAD', `/v2/victim/blobs/${digest}`)).status).toBe(404);
  });

  test.each<[string, () => { readonly body: string | Uint8Array; readonly headers?: Record<string, string> }, number]>([
    [
      'a gzip bomb',
      () => ({ body: gzipSync(Buffer.alloc(64 * 1024 ** 2, ' ')), headers: { 'content-encoding': 'gzip' } }),
      400,
    ],
    ['nested without end', () => ({ body: '{"a":'.repeat(500_000) }), 400],
    ['larger than a manifest is', () => ({ body: `{"schemaVersion":2,"a":"${'x'.repeat(5 * 1024 ** 2)}"}` }), 413],
    [
      'more layers than anybody has',
      () => {
        const layer = {
          mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
          size: 1,
          digest: digestOf('x'),
        };
        const config = { mediaType: 'application/vnd.docker.container.image.v1+json', size: 1, digest: digestOf('c') };
        return {
          body: JSON.stringify({
            schemaVersion: 2,
            mediaType,
            config,
            layers: Array.from({ length: 20_000 }, () => layer),
          }),
        };
      },
      400,
    ],
    [
      'sizes beyond any disk',
      () => {
        const config = {
          mediaType: 'application/vnd.docker.container.image.v1+json',
          size: 1e300,
          digest: digestOf('c'),
        };
        return { body: JSON.stringify({ schemaVersion: 2, mediaType, config, layers: [] }) };
      },
      400,
    ],
    [
      'an index of itself',
      () => ({
        body: JSON.stringify({
          schemaVersion: 2,
          mediaType: 'application/vnd.oci.image.index.v1+json',
          manifests: [{ mediaType, size: 1, digest: digestOf('itself') }],
        }),
        headers: { 'content-type': 'application/vnd.oci.image.index.v1+json' },
      }),
      404,
    ],
  ])('a manifest that is %s is refused in no time', async (_what, make, status) => {
    const { body, headers = {} } = make();
    const { rss } = process.memoryUsage();
    const started = performance.now();
    const answer = await registry('PUT', '/v2/victim/manifests/bomb', body, { 'content-type': mediaType, ...headers });
    expect(performance.now() - started).toBeLessThan(3_000);
    expect([answer.status, answer.text.slice(0, 300)]).toEqual([
      status,
      expect.stringMatching(/MANIFEST|UNSUPPORTED/) as string,
    ]);
    expect(answer.text.length).toBeLessThan(10_000);
    expectNothingLeaked(answer.text);
    expect(process.memoryUsage().rss - rss).toBeLessThan(400 * 1024 ** 2);
    expect((await ecr().send(new DescribeImagesCommand({ repositoryName: 'victim' }))).imageDetails).toEqual([]);
  });
});
