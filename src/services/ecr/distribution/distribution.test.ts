import { expect, test } from 'vitest';
import type { AccessQuestion } from '../../../protocol/api/index.ts';
import {
  account,
  day,
  manifestOf,
  openEcr,
  pushImage,
  root,
  serve,
  sha256,
  type OpenedEcr,
} from '../contract/opened-ecr.ts';
import { readRange } from './blobs.ts';
import { readPath } from './read-path.ts';

const name = 'my-app';

/** A client that logged in. */
async function client(ecr: OpenedEcr, repositories: readonly string[] = [name]) {
  for (const repositoryName of repositories) await ecr.call('CreateRepository', { repositoryName });
  const { url, password } = await serve(ecr);
  let login = `Basic ${Buffer.from(`AWS:${password()}`).toString('base64')}`;
  const send = (method: string, path: string, more: RequestInit & { duplex?: 'half' } = {}) =>
    fetch(new URL(path, url), {
      method,
      ...more,
      headers: { authorization: login, ...(more.headers as Record<string, string>) },
    });
  const upload = async (bytes: Uint8Array, at = name): Promise<string> => {
    const begun = await send('POST', `/v2/${at}/blobs/uploads/`);
    const sent = await send('PATCH', begun.headers.get('location') ?? '', { body: bytes });
    const done = await send('PUT', `${sent.headers.get('location')}?digest=${sha256(bytes)}`);
    expect([begun.status, sent.status, done.status]).toEqual([202, 202, 201]);
    return sha256(bytes);
  };
  const as = (header: string): void => {
    login = header;
  };
  return { url, send, upload, as, password };
}

async function failure(answer: Response): Promise<string> {
  const { errors } = (await answer.json()) as { errors: readonly { code: string; message: string }[] };
  return `${answer.status} ${errors[0]?.code}: ${errors[0]?.message}`;
}

const config = Buffer.from('{"os":"linux"}');
const layer = Buffer.from('a layer of some bytes');
const manifest = manifestOf(config, [layer]);
const mediaType = 'application/vnd.docker.distribution.manifest.v2+json';

test('[ECR-13] only who logged in with a password of GetAuthorizationToken is let in', async () => {
  const ecr = await openEcr();
  const { send, as, password, url } = await client(ecr);
  expect((await send('GET', '/v2/')).status).toBe(200);
  const bare = await fetch(`${url}/v2/`);
  expect(bare.status).toBe(401);
  expect(bare.headers.get('www-authenticate')).toMatch(/^Basic realm=/);
  const { authorizationData } = await ecr.call('GetAuthorizationToken', {});
  expect(authorizationData).toMatchObject([
    { proxyEndpoint: 'http://127.0.0.1:4566', expiresAt: ecr.clock.nowMs() + day / 2 },
  ]);
  as(`Basic ${authorizationData?.[0]?.authorizationToken}`);
  expect((await send('GET', '/v2/')).status).toBe(200);
  as(`Basic ${Buffer.from(`AWS:${password()}x`).toString('base64')}`);
  expect((await send('GET', '/v2/')).status).toBe(401);
  as(`Basic ${Buffer.from(`root:${password()}`).toString('base64')}`);
  expect((await send('GET', '/v2/')).status).toBe(401);
  as(`Basic ${authorizationData?.[0]?.authorizationToken}`);
  await ecr.clock.advance(day / 2);
  expect(await failure(await send('GET', '/v2/'))).toBe(
    '403 DENIED: Your authorization token has expired. Reauthenticate and try again.',
  );
});

test('[ECR-14] what was pushed is pulled, by tag and by digest, and is in the API', async () => {
  const ecr = await openEcr();
  const { send, upload } = await client(ecr);
  expect((await send('HEAD', `/v2/${name}/blobs/${sha256(layer)}`)).status).toBe(404);
  await upload(config);
  await upload(layer);
  const head = await send('HEAD', `/v2/${name}/blobs/${sha256(layer)}`);
  expect([head.status, head.headers.get('content-length')]).toEqual([200, String(layer.length)]);
  const put = await send('PUT', `/v2/${name}/manifests/v1`, { body: manifest, headers: { 'content-type': mediaType } });
  expect([put.status, put.headers.get('docker-content-digest')]).toEqual([201, sha256(manifest)]);
  for (const reference of ['v1', sha256(manifest)]) {
    const got = await send('GET', `/v2/${name}/manifests/${reference}`);
    expect([got.headers.get('content-type'), got.headers.get('docker-content-digest')]).toEqual([
      mediaType,
      sha256(manifest),
    ]);
    expect(await got.text()).toBe(manifest);
  }
  expect(await (await send('GET', `/v2/${name}/blobs/${sha256(layer)}`)).text()).toBe(layer.toString());
  expect(await (await send('GET', `/v2/${name}/tags/list`)).json()).toEqual({ name, tags: ['v1'] });
  expect((await ecr.call('ListImages', { repositoryName: name })).imageIds).toEqual([
    { imageDigest: sha256(manifest), imageTag: 'v1' },
  ]);
  const again = await send('PUT', `/v2/${name}/manifests/v1`, {
    body: manifest,
    headers: { 'content-type': mediaType },
  });
  expect(again.status).toBe(201);
});

test('[ECR-14] uploads in pieces, whole in one request, and taken up again', async () => {
  const ecr = await openEcr();
  const { send } = await client(ecr);
  const begun = await send('POST', `/v2/${name}/blobs/uploads/`);
  const location = begun.headers.get('location') ?? '';
  await send('PATCH', location, { body: layer.subarray(0, 4), headers: { 'content-range': '0-3' } });
  const gap = await send('PATCH', location, {
    body: layer.subarray(6),
    headers: { 'content-range': `6-${layer.length - 1}` },
  });
  expect([gap.status, gap.headers.get('range')]).toEqual([416, '0-3']);
  const where = await send('GET', location);
  expect([where.status, where.headers.get('range')]).toEqual([204, '0-3']);
  const done = await send('PUT', `${location}?digest=${sha256(layer)}`, { body: layer.subarray(4) });
  expect([done.status, done.headers.get('location')]).toEqual([201, `/v2/${name}/blobs/${sha256(layer)}`]);
  const whole = await send('POST', `/v2/${name}/blobs/uploads/?digest=${sha256(config)}`, { body: config });
  expect(whole.status).toBe(201);
  const given = await send('POST', `/v2/${name}/blobs/uploads/`);
  expect((await send('DELETE', given.headers.get('location') ?? '')).status).toBe(204);
  expect((await send('GET', given.headers.get('location') ?? '')).status).toBe(404);
});

test('[ECR-3] a wrong digest and a truncated layer leave nothing behind', async () => {
  const ecr = await openEcr();
  const { send, url } = await client(ecr);
  const begun = await send('POST', `/v2/${name}/blobs/uploads/`);
  const location = begun.headers.get('location') ?? '';
  await send('PATCH', location, { body: layer.subarray(0, 10) });
  const wrong = await send('PUT', `${location}?digest=${sha256(layer)}`);
  expect(await failure(wrong)).toMatch(/^400 DIGEST_INVALID: Layer with digest/);
  for (const digest of [sha256(layer), sha256(layer.subarray(0, 10))]) {
    expect((await send('HEAD', `/v2/${name}/blobs/${digest}`)).status).toBe(404);
    expect(await ecr.core.blobs.open(digest, { first: 0, last: 0 })).toBeUndefined();
  }
  expect(await failure(await send('PUT', `${location}?digest=md5:x`))).toMatch(/^400 DIGEST_INVALID/);
  expect(await failure(await send('PUT', location))).toMatch(/^400 DIGEST_INVALID/);
  // The client goes away in the middle: what came is kept, and the client goes on from there.
  const other = (await send('POST', `/v2/${name}/blobs/uploads/`)).headers.get('location') ?? '';
  const { request } = await import('node:http');
  await new Promise<void>((resolve) => {
    const { headers } = {
      headers: {
        authorization: `Basic ${Buffer.from(`AWS:${ecr.deps.tokens.seal({ purpose: 'login', caller: root, region: 'us-east-1', expirationMs: ecr.clock.nowMs() + day })}`).toString('base64')}`,
        'content-length': String(layer.length),
      },
    };
    const sending = request(new URL(other, url), { method: 'PATCH', headers });
    sending.on('error', () => resolve());
    sending.write(layer.subarray(0, 7), () => setTimeout(() => sending.destroy(), 50));
  });
  await expect.poll(async () => (await send('GET', other)).headers.get('range')).toBe('0-6');
  expect((await send('PUT', `${other}?digest=${sha256(layer)}`, { body: layer.subarray(7) })).status).toBe(201);
});

test('[ECR-15] a layer is read through its own repository only, unless it was mounted there', async () => {
  const ecr = await openEcr();
  const { send, upload } = await client(ecr, [name, 'other']);
  await upload(layer);
  expect(await failure(await send('GET', `/v2/other/blobs/${sha256(layer)}`))).toMatch(/^404 BLOB_UNKNOWN/);
  const mount = (from: string, digest = sha256(layer)) =>
    send('POST', `/v2/other/blobs/uploads/?mount=${digest}&from=${from}`);
  expect((await mount('nope')).status).toBe(202);
  expect((await mount(name, sha256('x'))).status).toBe(202);
  expect((await mount('../x')).status).toBe(202);
  expect((await send('HEAD', `/v2/other/blobs/${sha256(layer)}`)).status).toBe(404);
  expect((await mount(name)).status).toBe(201);
  expect(await (await send('GET', `/v2/other/blobs/${sha256(layer)}`)).text()).toBe(layer.toString());
});

test('[ECR-16] refusals are in the words of the distribution API and of ECR', async () => {
  const ecr = await openEcr();
  const { send, upload } = await client(ecr);
  const missing = `The repository with name 'none' does not exist in the registry with id '${account}'`;
  expect(await failure(await send('GET', '/v2/none/manifests/v1'))).toBe(`404 NAME_UNKNOWN: ${missing}`);
  expect(await failure(await send('POST', '/v2/none/blobs/uploads/'))).toBe(`404 NAME_UNKNOWN: ${missing}`);
  expect(await failure(await send('GET', `/v2/${name}/manifests/v1`))).toBe(
    '404 MANIFEST_UNKNOWN: Requested image not found',
  );
  const put = async (body: string | Uint8Array, reference = 'v1') =>
    failure(await send('PUT', `/v2/${name}/manifests/${reference}`, { body }));
  expect(await put(manifest)).toMatch(/^404 MANIFEST_BLOB_UNKNOWN: Layers with digests/);
  expect(await put('{')).toMatch(/^400 MANIFEST_INVALID/);
  expect(await put('{"schemaVersion":1}')).toMatch(/^400 MANIFEST_INVALID/);
  expect(await put(Buffer.alloc(4 * 1024 ** 2 + 1, ' '))).toMatch(/^413 MANIFEST_INVALID/);
  expect(await put(manifest, '.x')).toMatch(/^400 TAG_INVALID/);
  await upload(config);
  await upload(layer);
  expect(await put(manifest, sha256('x'))).toMatch(/^400 DIGEST_INVALID/);
  await ecr.call('PutImageTagMutability', { repositoryName: name, imageTagMutability: 'IMMUTABLE' });
  await pushImage(ecr, name, 'other', 'v1');
  expect(await put(manifest)).toMatch(/^400 TAG_INVALID: The image tag 'v1' already exists/);
  expect(await failure(await send('DELETE', `/v2/${name}/manifests/v1`))).toMatch(/^405 UNSUPPORTED/);
  expect(await failure(await send('GET', '/v2/_catalog'))).toMatch(/^404 UNSUPPORTED/);
  for (const path of [
    '/v2/a%2F..%2Fb/manifests/v1',
    '/v2/UPPER/manifests/v1',
    `/v2/${'a'.repeat(300)}/manifests/v1`,
    '/v2/..%2f..%2fetc/blobs/x',
  ])
    expect(await failure(await send('GET', path))).toMatch(/^400 NAME_INVALID/);
  expect(await failure(await send('GET', `/v2/${name}/blobs/..%2f..%2fuploads`))).toMatch(/^400 DIGEST_INVALID/);
});

test('[ECR-17] a layer is given out in parts', async () => {
  const ecr = await openEcr();
  const { send, upload } = await client(ecr);
  await upload(layer);
  const get = (range: string) => send('GET', `/v2/${name}/blobs/${sha256(layer)}`, { headers: { range } });
  const part = await get('bytes=2-6');
  expect([part.status, part.headers.get('content-range'), await part.text()]).toEqual([
    206,
    `bytes 2-6/${layer.length}`,
    'layer',
  ]);
  expect((await get('bytes=100-')).status).toBe(416);
  expect(readRange('bytes=-5', 20)).toEqual({ first: 15, last: 19 });
  expect(readRange('bytes=5-', 20)).toEqual({ first: 5, last: 19 });
  expect(readRange('bytes=5-100', 20)).toEqual({ first: 5, last: 19 });
  expect(readRange('bytes=6-5', 20)).toBe('outside');
  expect(readRange('lines=1-2', 20)).toBeUndefined();
});

test('[ECR-17] the URL of a layer is good for that layer, for an hour, and logs nobody in', async () => {
  const ecr = await openEcr();
  const { url, upload, as, send } = await client(ecr);
  const digest = await upload(layer);
  await upload(config);
  const { downloadUrl = '' } = await ecr.call('GetDownloadUrlForLayer', { repositoryName: name, layerDigest: digest });
  const at = (text: string) => fetch(text.replace('http://127.0.0.1:4566', url));
  expect(await (await at(downloadUrl)).text()).toBe(layer.toString());
  expect((await at(downloadUrl.replace(digest, sha256(config)))).status).toBe(403);
  expect((await at(`${downloadUrl}x`)).status).toBe(403);
  as(`Basic ${Buffer.from(`AWS:${new URL(downloadUrl).searchParams.get('token')}`).toString('base64')}`);
  expect((await send('GET', '/v2/')).status).toBe(401);
  await ecr.clock.advance(60 * 60_000);
  expect((await at(downloadUrl)).status).toBe(403);
});

test('[ECR-9] every request asks for the permission that ECR asks for, of who asked for the password', async () => {
  const asked: (AccessQuestion & { readonly by: string })[] = [];
  let refused = '';
  const authorizer = {
    mayEverything: () => false,
    refusal: (question: AccessQuestion, { caller }: { caller: { arn: string } }) => {
      asked.push({ ...question, by: caller.arn });
      return question.action === refused ? `User: ${caller.arn} is not authorized to perform: ${refused}` : undefined;
    },
  };
  const ecr = await openEcr({ authorizer });
  const { send, upload } = await client(ecr);
  await upload(config);
  await upload(layer);
  await send('PUT', `/v2/${name}/manifests/v1`, { body: manifest });
  await send('GET', `/v2/${name}/manifests/v1`);
  await send('HEAD', `/v2/${name}/blobs/${sha256(layer)}`);
  await send('GET', `/v2/${name}/blobs/${sha256(layer)}`);
  expect([...new Set(asked.map(({ action }) => action))].sort()).toEqual([
    'ecr:BatchCheckLayerAvailability',
    'ecr:BatchGetImage',
    'ecr:CompleteLayerUpload',
    'ecr:GetDownloadUrlForLayer',
    'ecr:InitiateLayerUpload',
    'ecr:PutImage',
    'ecr:UploadLayerPart',
  ]);
  for (const { resource, by } of asked)
    expect([resource, by]).toEqual([`arn:aws:ecr:us-east-1:${account}:repository/${name}`, root.arn]);
  refused = 'ecr:BatchGetImage';
  for (const repository of [name, 'none']) {
    expect(await failure(await send('GET', `/v2/${repository}/manifests/v1`))).toBe(
      `403 DENIED: User: ${root.arn} is not authorized to perform: ecr:BatchGetImage`,
    );
  }
  refused = 'ecr:PutImage';
  expect(await failure(await send('PUT', `/v2/${name}/manifests/v2`, { body: manifest }))).toMatch(/^403 DENIED/);
  refused = 'ecr:UploadLayerPart';
  const begun = await send('POST', `/v2/${name}/blobs/uploads/`);
  expect(await failure(await send('PATCH', begun.headers.get('location') ?? '', { body: layer }))).toMatch(
    /^403 DENIED/,
  );
});

test('[ECR-18] a name may say which registry it is of, by its first part or by the host', async () => {
  const ecr = await openEcr();
  const { send } = await client(ecr);
  await pushImage(ecr, name, 'a', 'v1');
  const aws = `${account}.dkr.ecr.us-east-1.amazonaws.com`;
  expect((await send('GET', `/v2/${aws}/${name}/manifests/v1`)).status).toBe(200);
  expect((await send('GET', `/v2/${aws.replace('east', 'west')}/${name}/manifests/v1`)).status).toBe(404);
  expect(
    await failure(await send('GET', `/v2/999999999999.dkr.ecr.us-east-1.amazonaws.com/${name}/manifests/v1`)),
  ).toMatch(/^403 DENIED/);
  const begun = await send('POST', `/v2/${aws}/${name}/blobs/uploads/`);
  expect(begun.headers.get('location')).toMatch(`/v2/${aws}/${name}/blobs/uploads/`);
  expect(readPath(`/v2/${aws}/team/app/tags/list`)).toEqual({
    wanted: { kind: 'tags' },
    name: 'team/app',
    scope: { account, region: 'us-east-1' },
  });
});

test('[ECR-3] many pushes at the same time, of the same and of other layers, all arrive', async () => {
  const ecr = await openEcr();
  const { send, upload } = await client(ecr);
  const push = async (index: number): Promise<string> => {
    const own = Buffer.from(`layer ${index}`);
    await Promise.all([config, layer, own].map((bytes) => upload(bytes)));
    const body = manifestOf(config, [layer, own]);
    const put = await send('PUT', `/v2/${name}/manifests/v${index}`, { body, headers: { 'content-type': mediaType } });
    expect(put.status).toBe(201);
    return sha256(body);
  };
  const pushed = await Promise.all(Array.from({ length: 20 }, (_, index) => push(index)));
  for (const [index, digest] of pushed.entries()) {
    expect((await send('HEAD', `/v2/${name}/manifests/v${index}`)).headers.get('docker-content-digest')).toBe(digest);
    expect(await (await send('GET', `/v2/${name}/blobs/${sha256(`layer ${index}`)}`)).text()).toBe(`layer ${index}`);
  }
});
