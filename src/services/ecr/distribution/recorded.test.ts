import { expect, test } from 'vitest';
import type { Authorizer, Caller, RecordedCall } from '../../../protocol/api/index.ts';
import { account, manifestOf, openEcr, serve, sha256 } from '../contract/opened-ecr.ts';

const bob: Caller = { account, accessKeyId: 'AKIABOB', arn: `arn:aws:iam::${account}:user/bob` };
const config = Buffer.from('{"os":"linux"}');
const layer = Buffer.from('a layer of some bytes');
const manifest = manifestOf(config, [layer]);
const mediaType = 'application/vnd.docker.distribution.manifest.v2+json';
const named = { registryId: account, repositoryName: 'my-app' };

interface Event {
  readonly name: string;
  readonly request: object | undefined;
  readonly response: object | undefined;
  readonly error: string | undefined;
  readonly who: string;
}

/** A registry, a client that logged in as bob, and what is recorded. */
async function recorded(authorizer?: Authorizer) {
  const ecr = await openEcr(authorizer === undefined ? {} : { authorizer });
  await ecr.call('CreateRepository', { repositoryName: 'my-app' });
  const calls: (readonly [RecordedCall, object | undefined])[] = [];
  const { url, password } = await serve(ecr, { record: (call, output) => calls.push([call, output]) });
  const authorization = `Basic ${Buffer.from(`AWS:${password(bob)}`).toString('base64')}`;
  const send = (method: string, path: string, body?: string | Uint8Array, headers: Record<string, string> = {}) =>
    fetch(new URL(path, url), {
      method,
      headers: { authorization, ...headers },
      ...(body === undefined ? {} : { body: body as string }),
    });
  /** What was recorded since the last look. */
  const events = (): readonly Event[] =>
    calls.splice(0).map(([call, output]) => ({
      name: `${call.service.signingName} ${call.operation}`,
      request: JSON.parse(call.requestParameters([]) ?? 'null') as object,
      response: output === undefined ? undefined : (JSON.parse(call.responseElements(output, [])) as object),
      error: call.error && `${call.error.code}: ${call.error.message}`,
      who: call.context.caller.arn,
    }));
  return { send, events };
}

test('[ECR-23] a push is recorded as the operations that AWS records, with who logged in', async () => {
  const { send, events } = await recorded();
  await send('GET', '/v2/');
  await send('HEAD', `/v2/my-app/blobs/${sha256(layer)}`);
  expect(events()).toEqual([
    {
      name: 'ecr BatchCheckLayerAvailability',
      request: { ...named, layerDigests: [sha256(layer)] },
      response: {},
      error: undefined,
      who: bob.arn,
    },
  ]);
  const begun = await send('POST', '/v2/my-app/blobs/uploads/');
  const uploadId = begun.headers.get('docker-upload-uuid');
  const location = begun.headers.get('location') ?? '';
  await send('PATCH', location, layer);
  await send('GET', location);
  await send('PUT', `${location}?digest=${sha256(layer)}`);
  expect(events()).toMatchObject([
    { name: 'ecr InitiateLayerUpload', request: named, response: { uploadId } },
    { name: 'ecr UploadLayerPart', request: { ...named, uploadId, partLastByte: layer.length - 1 } },
    {
      name: 'ecr CompleteLayerUpload',
      request: { ...named, uploadId, layerDigests: [sha256(layer)] },
      response: { ...named, uploadId, layerDigest: sha256(layer) },
    },
  ]);
  await send('POST', `/v2/my-app/blobs/uploads/?digest=${sha256(config)}`, config);
  expect(events().map(({ name }) => name)).toEqual([
    'ecr InitiateLayerUpload',
    'ecr UploadLayerPart',
    'ecr CompleteLayerUpload',
  ]);
  await send('PUT', '/v2/my-app/manifests/v1', manifest, { 'content-type': mediaType });
  const content = { imageManifest: manifest, imageManifestMediaType: mediaType };
  expect(events()).toEqual([
    {
      name: 'ecr PutImage',
      request: { ...named, ...content, imageTag: 'v1' },
      response: { image: { ...named, ...content, imageId: { imageDigest: sha256(manifest), imageTag: 'v1' } } },
      error: undefined,
      who: bob.arn,
    },
  ]);
  await send('HEAD', '/v2/my-app/manifests/v1', undefined, { accept: `${mediaType}, */*;q=0.5` });
  await send('GET', `/v2/my-app/manifests/${sha256(manifest)}`);
  await send('GET', `/v2/my-app/blobs/${sha256(layer)}`);
  await send('GET', '/v2/my-app/tags/list');
  expect(events()).toMatchObject([
    { name: 'ecr BatchGetImage', request: { imageIds: [{ imageTag: 'v1' }], acceptedMediaTypes: [mediaType, '*/*'] } },
    { name: 'ecr BatchGetImage', request: { imageIds: [{ imageDigest: sha256(manifest) }] } },
    { name: 'ecr GetDownloadUrlForLayer', request: { ...named, layerDigest: sha256(layer) } },
    { name: 'ecr ListImages', request: named },
  ]);
});

test('[ECR-23] refusals are recorded; what is not there is no failure of who reads; what ECR lacks is no event', async () => {
  const refusal = 'User: bob is not authorized to perform: ecr:PutImage';
  const { send, events } = await recorded({
    mayEverything: () => false,
    refusal: ({ action }) => (action === 'ecr:PutImage' ? refusal : undefined),
  });
  await send('PUT', '/v2/my-app/manifests/v1', manifest, { 'content-type': mediaType });
  await send('GET', '/v2/my-app/manifests/v1');
  await send('GET', '/v2/none/manifests/v1');
  const begun = await send('POST', '/v2/my-app/blobs/uploads/');
  await send('PATCH', begun.headers.get('location') ?? '', layer, { 'content-range': '5-9' });
  await send('PUT', `${begun.headers.get('location')}?digest=md5:x`);
  expect(events().map(({ name, error, response }) => [name.slice(4), error?.split(':')[0], response])).toEqual([
    ['PutImage', 'AccessDeniedException', undefined],
    ['BatchGetImage', undefined, {}],
    ['BatchGetImage', 'RepositoryNotFoundException', undefined],
    ['InitiateLayerUpload', undefined, expect.anything()],
    ['UploadLayerPart', 'InvalidParameterException', undefined],
    ['CompleteLayerUpload', 'InvalidParameterException', undefined],
  ]);
  await send('DELETE', '/v2/my-app/manifests/v1');
  await send('DELETE', begun.headers.get('location') ?? '');
  await send('GET', '/v2/_catalog');
  expect(events()).toEqual([]);
});
