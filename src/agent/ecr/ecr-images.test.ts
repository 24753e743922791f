import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { FakeRuntime } from '../../runtime/fake/index.ts';
import { keptLog, realClock } from '../contract/real-time.ts';
import { ImageLedger } from '../image-cleanup/image-ledger.ts';
import { ApiError, type ApiClient } from '../session/api-client.ts';
import { EcrImages, type EcrImagesOptions } from './ecr-images.ts';
import { readEcrReference } from './reference.ts';
import { EcrTokens } from './tokens.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const aws = '123456789012.dkr.ecr.us-east-1.amazonaws.com/my-app';
const puller = { credentials: undefined, region: 'us-east-1' };

/** A registry that answers for a path what `answers` says, else that the manifest is there; and the agent's images over it. */
async function opened(more: Partial<EcrImagesOptions> = {}) {
  const answers = new Map<string, readonly [status: number, code: string, message: string]>();
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    expect(request.headers.authorization).toBe(`Basic ${Buffer.from('AWS:secret').toString('base64')}`);
    const refused = [...answers].find(([path]) => request.url?.includes(path))?.[1];
    if (refused !== undefined) {
      const [status, code, message] = refused;
      response.writeHead(status).end(JSON.stringify({ errors: [{ code, message }] }));
      return;
    }
    response.writeHead(200, { 'docker-content-digest': digest }).end(JSON.stringify({ config: { digest } }));
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const directory = await mkdtemp(join(tmpdir(), 'ls-ecr-images-'));
  const log = keptLog();
  const ledger = await ImageLedger.open(directory, log);
  onTestFinished(async () => {
    await ledger.flush();
    await rm(directory, { recursive: true, force: true });
  });
  const runtime = new FakeRuntime({ clock: realClock });
  const authorizationToken = Buffer.from('AWS:secret').toString('base64');
  const call = vi.fn<() => Promise<object>>(() =>
    Promise.resolve({ authorizationData: [{ authorizationToken, proxyEndpoint: `http://${host}` }] }),
  );
  const tokens = new EcrTokens({ call } as unknown as ApiClient, realClock);
  const options: EcrImagesOptions = {
    runtime,
    endpoint: `http://${host}`,
    tokens,
    behavior: 'default',
    inactivityTimeoutMs: 5_000,
    timeoutMs: 10_000,
    ledger,
    clock: realClock,
    log,
    ...more,
  };
  const images = new EcrImages(options);
  const ensure = (image: string, isFargate = true) => {
    const reference = images.referenceOf(image);
    if (reference === undefined) throw new Error(`${image} is not in the registry`);
    return images.ensure({ image, puller, isFargate }, reference);
  };
  const failure = (image: string, isFargate = true) =>
    ensure(image, isFargate).then(
      () => undefined,
      (error: { failure: object }) => error.failure,
    );
  return { answers, asked, host, runtime, options, images, ensure, failure, call, ledger };
}

test('[ECR-20] an image is pulled from loopback, gets its name, and is asked for again by every task but not pulled', async () => {
  const { runtime, host, ensure, asked, ledger, call } = await opened();
  runtime.addImage(`${host}/${aws}:1`, {}, { remote: true });
  const pull = vi.spyOn(runtime, 'pullImage');
  expect(await ensure(`${aws}:1`)).toMatchObject({ imageDigest: digest, fromRegistry: true });
  expect(pull.mock.calls[0]).toMatchObject([`${host}/${aws}:1`, { auth: { username: 'AWS', password: 'secret' } }]);
  expect(await runtime.inspectImage(`${aws}:1`)).toBeDefined();
  expect(await runtime.inspectImage(`${host}/${aws}:1`)).toBeUndefined();
  expect(ledger.get(`${aws}:1`)).toBeDefined();
  const before = asked.length;
  expect(await ensure(`${aws}:1`)).toMatchObject({ imageDigest: digest, fromRegistry: true });
  expect(pull).toHaveBeenCalledTimes(1);
  expect(asked.length).toBe(2 * before);
  expect(asked.slice(before)).toEqual([`/v2/${aws}/manifests/1`, `/v2/${aws}/blobs/${digest}`]);
  expect(call).toHaveBeenCalledTimes(1);
});

test('[ECR-20] an image that was pulled by its digest keeps the name it came with', async () => {
  const { runtime, host, ensure, images } = await opened();
  runtime.addImage(`${host}/${aws}@${digest}`, {}, { remote: true });
  await ensure(`${aws}@${digest}`);
  expect(await images.engineName(`${aws}@${digest}`)).toBe(`${host}/${aws}@${digest}`);
  expect(await images.engineName(`${aws}:1`)).toBe(`${aws}:1`);
});

const denied = 'User: arn:aws:sts::123456789012:assumed-role/r/t is not authorized to perform: ecr:BatchGetImage';

test.each<[string, readonly [number, string, string], boolean, string]>([
  [
    'denied',
    [403, 'DENIED', denied],
    true,
    `CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref ${aws}:1: pulling from host 123456789012.dkr.ecr.us-east-1.amazonaws.com failed with status code [manifests 1]: 403 Forbidden: ${denied}`,
  ],
  [
    'denied',
    [403, 'DENIED', denied],
    false,
    `CannotPullContainerError: Error response from daemon: pull access denied for ${aws}, repository does not exist or may require 'docker login': denied: ${denied}`,
  ],
  [
    'no image',
    [404, 'MANIFEST_UNKNOWN', 'Requested image not found'],
    true,
    `CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref ${aws}:1: ${aws}:1: not found`,
  ],
  [
    'no image',
    [404, 'MANIFEST_UNKNOWN', 'Requested image not found'],
    false,
    `CannotPullContainerError: Error response from daemon: manifest for ${aws}:1 not found: manifest unknown: Requested image not found`,
  ],
  [
    'no repository',
    [404, 'NAME_UNKNOWN', 'x'],
    false,
    `CannotPullContainerError: Error response from daemon: repository ${aws} not found: name unknown: x`,
  ],
])('[ECR-22] %s: %j, on FARGATE: %s', async (_name, answer, isFargate, reason) => {
  const { answers, failure } = await opened();
  answers.set('/manifests/', answer);
  expect(await failure(`${aws}:1`, isFargate)).toEqual(isFargate ? { reason, taskReason: reason } : { reason });
});

test('[ECR-22] without a token no image: the task says whose permission is missing', async () => {
  const { call, failure } = await opened();
  call.mockRejectedValue(
    new ApiError(
      'AccessDeniedException',
      400,
      'User: u is not authorized to perform: ecr:GetAuthorizationToken on resource: *',
    ),
  );
  const reason =
    'ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve ecr registry auth: service call has been retried 1 time(s): AccessDeniedException: User: u is not authorized to perform: ecr:GetAuthorizationToken on resource: *';
  expect(await failure(`${aws}:1`)).toEqual({ reason, taskReason: reason });
  expect(await failure(`${aws}:1`, false)).toEqual({
    reason:
      'CannotPullECRContainerError: AccessDeniedException: User: u is not authorized to perform: ecr:GetAuthorizationToken on resource: *',
  });
});

test('[ECR-22] a copy on the machine does not give a FARGATE task what its role may not pull, neither the manifest nor the layers', async () => {
  for (const path of ['/manifests/', '/blobs/']) {
    const { answers, failure, runtime, host, ensure } = await opened();
    runtime.addImage(`${host}/${aws}:1`, {}, { remote: true });
    await ensure(`${aws}:1`);
    answers.set(path, [403, 'DENIED', denied]);
    expect(await failure(`${aws}:1`)).toMatchObject({ reason: expect.stringContaining(denied) });
    // On an instance the agent falls back to its copy, as Amazon's does, unless it is told to pull always.
    expect(await ensure(`${aws}:1`, false)).toMatchObject({ fromRegistry: false });
  }
});

test('[ECR-21] an image of the machine is run when no repository has its name, but not one that came from the registry', async () => {
  const { answers, ensure, failure, runtime, host } = await opened();
  answers.set('/my-app/', [404, 'NAME_UNKNOWN', 'x']);
  runtime.addImage(`${aws}:own`);
  expect(await ensure(`${aws}:own`)).toMatchObject({ fromRegistry: false });
  answers.clear();
  runtime.addImage(`${host}/${aws}:1`, {}, { remote: true });
  await ensure(`${aws}:1`);
  answers.set('/my-app/', [404, 'NAME_UNKNOWN', 'x']);
  expect(await failure(`${aws}:1`)).toBeDefined();
});

test('[ECR-20] an engine reaches a control plane on another machine through a listener on loopback', async () => {
  const { runtime, host, options } = await opened();
  // Not loopback for an engine, but on every machine.
  const far = new EcrImages({ ...options, endpoint: `http://[::ffff:127.0.0.1]:${host.split(':')[1]}` });
  const asked: number[] = [];
  vi.spyOn(runtime, 'pullImage').mockImplementation(async (from) => {
    const [, address = '', path = ''] = /^(127\.0\.0\.1:\d+)\/(.*):1$/.exec(from) ?? [];
    expect(address).not.toBe(host);
    const authorization = `Basic ${Buffer.from('AWS:secret').toString('base64')}`;
    asked.push((await fetch(`http://${address}/v2/${path}/manifests/1`, { headers: { authorization } })).status);
    runtime.addImage(from);
  });
  const reference = far.referenceOf(`${aws}:1`);
  if (reference === undefined) throw new Error('not in the registry');
  expect(await far.ensure({ image: `${aws}:1`, puller, isFargate: true }, reference)).toMatchObject({
    imageDigest: digest,
  });
  expect(asked).toEqual([200]);
  await far.stop();
});

test('[ECR-18] which images are in the control plane’s registry', () => {
  const endpoint = new URL('http://127.0.0.1:4566');
  const read = (image: string) => readEcrReference(image, endpoint);
  const registry = { account: '123456789012', region: 'us-east-1' };
  expect(read(`${aws}:1`)).toEqual({ registry, path: aws, version: '1', isDigest: false });
  expect(read(aws)).toMatchObject({ version: 'latest' });
  expect(read(`${aws}:1@${digest}`)).toMatchObject({ path: aws, version: digest, isDigest: true });
  expect(read('127.0.0.1:4566/team/app:1')).toEqual({ path: 'team/app', version: '1', isDigest: false });
  expect(read(`localhost:4566/${aws}:1`)).toEqual({ registry, path: aws, version: '1', isDigest: false });
  for (const other of ['nginx', 'library/nginx:1', '127.0.0.1:5000/app', 'public.ecr.aws/x/y', 'longshore/web:1'])
    expect(read(other)).toBeUndefined();
  expect(readEcrReference('10.0.0.5:4566/app:1', new URL('http://10.0.0.5:4566'))).toMatchObject({ path: 'app' });
});
