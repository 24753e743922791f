import type { RawAnswer } from '../../../protocol/api/index.ts';
import {
  abandonUpload,
  appendToUpload,
  beginUpload,
  completeUpload,
  findLayer,
  mountLayer,
  receivedBytes,
} from '../images/uploads.ts';
import { ApiError } from '../../../protocol/api/index.ts';
import { repositoryName } from '../limits.ts';
import type { RepositoryRecord } from '../records/repository.ts';
import { empty, failure, refuse } from './answers.ts';
import { checkedDigest } from './blobs.ts';
import { allowed, type DistributionRequest } from './request.ts';
import { registryOfHost } from './read-path.ts';

const validName = new RegExp(`^${repositoryName}$`);

/** POST: a new upload; a whole layer at once with `digest`; a layer of another repository with `mount` and `from`. */
export async function postUpload(request: DistributionRequest): Promise<RawAnswer> {
  const { core, raw } = request;
  const repository = allowed(request, 'ecr:InitiateLayerUpload');
  const mount = raw.query.get('mount');
  if (mount !== undefined && (await mounted(request, repository, checkedDigest(mount)))) return created(request, mount);
  const digest = raw.query.get('digest');
  if (digest !== undefined) checkedDigest(digest);
  const id = await beginUpload(core, repository);
  if (digest === undefined) return underWay(request, { id, bytes: 0 });
  return finish(request, repository, { id, digest });
}

/** Whether it could be: what cannot be mounted is sent instead, and nothing is told about the other repository. */
async function mounted(request: DistributionRequest, to: RepositoryRecord, digest: string): Promise<boolean> {
  const { core, raw } = request;
  if (findLayer(core, to, digest) !== undefined) return true;
  const given = raw.query.get('from') ?? '';
  const slash = given.indexOf('/');
  const name = slash !== -1 && registryOfHost(given.slice(0, slash)) !== undefined ? given.slice(slash + 1) : given;
  if (!validName.test(name)) return false;
  try {
    const from = allowed(request, 'ecr:BatchCheckLayerAvailability', name);
    allowed(request, 'ecr:GetDownloadUrlForLayer', name);
    await mountLayer(core, from, to, digest);
    return true;
  } catch (error) {
    if (error instanceof ApiError) return false;
    throw error;
  }
}

/** PATCH: more of an upload, at its end. */
export async function patchUpload(request: DistributionRequest, id: string): Promise<RawAnswer> {
  const { core, raw } = request;
  const repository = allowed(request, 'ecr:UploadLayerPart');
  try {
    const bytes = await appendToUpload(core, repository, {
      id,
      chunks: raw.body,
      atByte: firstByte(raw.headers.get('content-range')),
    });
    return underWay(request, { id, bytes });
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 'InvalidLayerPartException') throw error;
    const bytes = await receivedBytes(core, repository, id);
    return failure(416, 'BLOB_UPLOAD_INVALID', error.message, {
      range: rangeOf(bytes),
      location: location(request, id),
    });
  }
}

/** PUT: the end of an upload, with or without a last part. */
export async function putUpload(request: DistributionRequest, id: string): Promise<RawAnswer> {
  const { raw } = request;
  const repository = allowed(request, 'ecr:CompleteLayerUpload');
  const digest = raw.query.get('digest');
  if (digest === undefined) return refuse(400, 'DIGEST_INVALID', 'the query has no digest');
  return finish(request, repository, { id, digest: checkedDigest(digest) });
}

/** GET: how far an upload is. */
export async function getUpload(request: DistributionRequest, id: string): Promise<RawAnswer> {
  const repository = allowed(request, 'ecr:UploadLayerPart');
  const bytes = await receivedBytes(request.core, repository, id);
  return empty(204, { range: rangeOf(bytes), location: location(request, id), 'docker-upload-uuid': id });
}

export async function deleteUpload(request: DistributionRequest, id: string): Promise<RawAnswer> {
  const repository = allowed(request, 'ecr:UploadLayerPart');
  await abandonUpload(request.core, repository, id);
  return empty(204);
}

async function finish(
  request: DistributionRequest,
  repository: RepositoryRecord,
  { id, digest }: { readonly id: string; readonly digest: string },
): Promise<RawAnswer> {
  const { core, raw } = request;
  if (raw.headers.get('content-length') !== '0') {
    await appendToUpload(core, repository, {
      id,
      chunks: raw.body,
      atByte: firstByte(raw.headers.get('content-range')),
    });
  }
  await completeUpload(core, repository, { id, digest });
  return created(request, digest);
}

function created({ pathName }: DistributionRequest, digest: string): RawAnswer {
  return empty(201, { location: `/v2/${pathName}/blobs/${digest}`, 'docker-content-digest': digest });
}

function underWay(
  request: DistributionRequest,
  { id, bytes }: { readonly id: string; readonly bytes: number },
): RawAnswer {
  return empty(202, { location: location(request, id), range: rangeOf(bytes), 'docker-upload-uuid': id });
}

function location({ pathName }: DistributionRequest, id: string): string {
  return `/v2/${pathName}/blobs/uploads/${id}`;
}

/** As the distribution API shows what was received: `0-0` also for nothing. */
function rangeOf(bytes: number): string {
  return `0-${Math.max(0, bytes - 1)}`;
}

/** Where a part begins; undefined: at the end of what is there. */
function firstByte(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const [, first] = /^(?:bytes )?(\d{1,15})-\d{1,15}(?:\/.*)?$/.exec(header) ?? [];
  if (first === undefined)
    refuse(416, 'BLOB_UPLOAD_INVALID', `Content-Range is '${header.slice(0, 100)}', not first-last`);
  return Number(first);
}
