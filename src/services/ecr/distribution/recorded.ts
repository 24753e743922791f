import { ApiError, type RawAnswer } from '../../../protocol/api/index.ts';
import { layerPartBytes } from '../limits.ts';
import { digestOrTag } from './manifests.ts';
import { Refusal } from './answers.ts';
import type { Wanted } from './read-path.ts';
import type { DistributionRequest } from './request.ts';

/** An operation of ECR that a request of the distribution API comes to. */
interface Deed {
  readonly operation: string;
  readonly input: object;
  readonly output: object;
}

/**
 * Takes note of a request as the operations that AWS records for it: BatchCheckLayerAvailability, InitiateLayerUpload, UploadLayerPart,
 * CompleteLayerUpload and PutImage of a push, BatchGetImage and GetDownloadUrlForLayer of a pull.
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/logging-using-cloudtrail.html
 */
export function recordDeeds(request: DistributionRequest, wanted: Wanted, outcome: Outcome): void {
  const error = errorOf(request, outcome);
  if (error === 'none of ECR') return;
  const { raw, context } = request;
  const deeds = deedsOf(request, wanted, 'answer' in outcome ? outcome.answer.headers : {});
  // Of a request that failed, what it began with.
  for (const { operation, input, output } of error === undefined ? deeds : deeds.slice(0, 1)) {
    const call = { service: 'ecr', operation, context, input };
    raw.record({ ...call, error, output: error === undefined ? output : undefined });
  }
}

type Outcome = { readonly answer: RawAnswer } | { readonly thrown: unknown };

/** What is asked for and is not there is an answer of the reading operations, not their failure. */
function errorOf({ raw }: DistributionRequest, outcome: Outcome): ApiError | 'none of ECR' | undefined {
  if ('thrown' in outcome && outcome.thrown instanceof ApiError) return outcome.thrown;
  if ('thrown' in outcome && !(outcome.thrown instanceof Refusal)) return 'none of ECR';
  const { status, body } = 'answer' in outcome ? outcome.answer : (outcome.thrown as Refusal).answer;
  if (status === 405) return 'none of ECR';
  const isRead = raw.method === 'GET' || raw.method === 'HEAD';
  if (status < 400 || (isRead && status === 404)) return undefined;
  const { errors = [] } = JSON.parse(typeof body === 'string' ? body : '{}') as { errors?: { message: string }[] };
  return new ApiError('InvalidParameterException', errors[0]?.message ?? '');
}

function deedsOf(request: DistributionRequest, wanted: Wanted, answered: RawAnswer['headers']): readonly Deed[] {
  const { raw } = request;
  switch (wanted.kind) {
    case 'manifest':
      return [
        raw.method === 'PUT' ? putImage(request, wanted.reference, answered) : getImage(request, wanted.reference),
      ];
    case 'blob':
      return [layer(request, wanted.digest)];
    case 'uploads':
      return posted(request, answered);
    case 'upload':
      return continued(request, wanted.id, answered);
    case 'tags':
      return [{ operation: 'ListImages', input: named(request), output: {} }];
    case 'base':
      return [];
  }
}

function named({ scope, name }: DistributionRequest): { readonly registryId: string; readonly repositoryName: string } {
  return { registryId: scope.account, repositoryName: name };
}

function getImage(request: DistributionRequest, reference: string): Deed {
  const accepted = (request.raw.headers.get('accept') ?? '').split(',').map((type) => type.split(';')[0]?.trim() ?? '');
  const input = {
    ...named(request),
    imageIds: [digestOrTag(reference)],
    acceptedMediaTypes: accepted.filter((type) => type !== ''),
  };
  return { operation: 'BatchGetImage', input, output: {} };
}

function putImage(request: DistributionRequest, reference: string, answered: RawAnswer['headers']): Deed {
  const { manifest, mediaType } = request.seen;
  const id = digestOrTag(reference);
  const content = {
    ...(manifest === undefined ? {} : { imageManifest: manifest }),
    ...(mediaType === undefined ? {} : { imageManifestMediaType: mediaType }),
  };
  const imageId = { ...id, imageDigest: answered['docker-content-digest'] };
  return {
    operation: 'PutImage',
    input: { ...named(request), ...content, ...id },
    output: { image: { ...named(request), imageId, ...content } },
  };
}

function layer(request: DistributionRequest, digest: string): Deed {
  return request.raw.method === 'HEAD'
    ? { operation: 'BatchCheckLayerAvailability', input: { ...named(request), layerDigests: [digest] }, output: {} }
    : { operation: 'GetDownloadUrlForLayer', input: { ...named(request), layerDigest: digest }, output: {} };
}

/** A whole layer may come with the request that begins its upload; one that is mounted has no upload. */
function posted(request: DistributionRequest, answered: RawAnswer['headers']): readonly Deed[] {
  const uploadId = answered['docker-upload-uuid'];
  const output = uploadId === undefined ? {} : { uploadId, partSize: layerPartBytes };
  const begun = { operation: 'InitiateLayerUpload', input: named(request), output };
  const digest = request.raw.query.get('digest');
  if (digest === undefined || request.raw.query.has('mount')) return [begun];
  return [begun, part(request, {}), completed(request, {}, digest)];
}

function continued(request: DistributionRequest, uploadId: string, answered: RawAnswer['headers']): readonly Deed[] {
  const { method, query, headers } = request.raw;
  if (method === 'PATCH') {
    const last = Number(answered['range']?.split('-')[1] ?? 0);
    return [part(request, { uploadId, ...(answered['range'] === undefined ? {} : { partLastByte: last }) })];
  }
  // How far an upload is, and its end without a layer, are no operations of ECR.
  if (method !== 'PUT') return [];
  const end = completed(request, { uploadId }, query.get('digest'));
  return headers.get('content-length') === '0' ? [end] : [part(request, { uploadId }), end];
}

function part(request: DistributionRequest, upload: object): Deed {
  const known = { ...named(request), ...upload };
  return { operation: 'UploadLayerPart', input: known, output: known };
}

function completed(request: DistributionRequest, upload: object, digest: string | undefined): Deed {
  const known = { ...named(request), ...upload };
  return {
    operation: 'CompleteLayerUpload',
    input: { ...known, layerDigests: digest === undefined ? [] : [digest] },
    output: { ...known, layerDigest: digest },
  };
}
