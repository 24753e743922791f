import type { RawAnswer } from '../../../protocol/api/index.ts';
import type { EcrCore } from '../core.ts';
import { findLayer } from '../images/uploads.ts';
import { digestPattern } from '../limits.ts';
import type { RepositoryRecord } from '../records/repository.ts';
import { empty, refuse } from './answers.ts';
import { allowed, type DistributionRequest } from './request.ts';

const validDigest = new RegExp(`^${digestPattern}$`);

export function checkedDigest(digest: string): string {
  if (!validDigest.test(digest))
    refuse(400, 'DIGEST_INVALID', `'${digest.slice(0, 100)}' is not sha256:… of 64 hexadecimal digits`);
  return digest;
}

/** GET and HEAD. A repository shows its own layers only, whatever is stored for others. */
export async function getBlob(request: DistributionRequest, given: string): Promise<RawAnswer> {
  const { core, raw } = request;
  const digest = checkedDigest(given);
  const isHead = raw.method === 'HEAD';
  const repository = allowed(request, isHead ? 'ecr:BatchCheckLayerAvailability' : 'ecr:GetDownloadUrlForLayer');
  return blobAnswer(core, repository, { digest, isHead, range: raw.headers.get('range') });
}

export async function blobAnswer(
  core: EcrCore,
  repository: RepositoryRecord,
  wanted: { readonly digest: string; readonly isHead: boolean; readonly range: string | undefined },
): Promise<RawAnswer> {
  const { digest, isHead } = wanted;
  const layer = findLayer(core, repository, digest);
  if (layer === undefined)
    return refuse(
      404,
      'BLOB_UNKNOWN',
      `Layer '${digest}' is not in the repository with name '${repository.name}' in the registry with id '${repository.account}'`,
    );
  const { sizeBytes } = layer;
  const headers = {
    'content-type': 'application/octet-stream',
    'docker-content-digest': digest,
    'accept-ranges': 'bytes',
    etag: `"${digest}"`,
  };
  if (isHead) return empty(200, { ...headers, 'content-length': String(sizeBytes) });
  const range = readRange(wanted.range, sizeBytes);
  if (range === 'outside')
    return refuse(416, 'SIZE_INVALID', `the layer has ${sizeBytes} bytes`, { 'content-range': `bytes */${sizeBytes}` });
  const { first, last } = range ?? { first: 0, last: sizeBytes - 1 };
  const body = await core.blobs.open(digest, { first, last });
  if (body === undefined) return refuse(404, 'BLOB_UNKNOWN', `Layer '${digest}' is not stored any more`);
  return {
    status: range === undefined ? 200 : 206,
    headers: {
      ...headers,
      'content-length': String(last - first + 1),
      ...(range === undefined ? {} : { 'content-range': `bytes ${first}-${last}/${sizeBytes}` }),
    },
    body,
  };
}

/** One range of bytes; undefined: all, also for what is no range. */
export function readRange(
  header: string | undefined,
  sizeBytes: number,
): { readonly first: number; readonly last: number } | 'outside' | undefined {
  const [, from = '', to = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '') ?? [];
  if (from === '' && to === '') return undefined;
  const first = from === '' ? Math.max(0, sizeBytes - Number(to)) : Number(from);
  const last = from === '' || to === '' ? sizeBytes - 1 : Math.min(Number(to), sizeBytes - 1);
  return first > last ? 'outside' : { first, last };
}
