import type { RawAnswer, RawRequest } from '../../../protocol/api/index.ts';
import { neededRepository, presentRows, type EcrCore } from '../core.ts';
import type { RepositoryRecord } from '../records/repository.ts';
import { refuse } from './answers.ts';
import { blobAnswer, checkedDigest } from './blobs.ts';
import { readPath } from './read-path.ts';

/** How long a URL of GetDownloadUrlForLayer is good for, as on ECR. */
const lifetimeMs = 60 * 60_000;

/** What a sealed URL is good for: one layer of one repository. */
function purposeOf(repository: RepositoryRecord, digest: string): string {
  return `layer:${repository.id}:${digest}`;
}

/** A URL that gives a layer to whoever has it, for an hour. */
export function downloadUrl(
  { tokens, clock }: EcrCore,
  repository: RepositoryRecord,
  at: { readonly endpoint: string; readonly digest: string },
): string {
  const { account, region, name } = repository;
  const { endpoint, digest } = at;
  const token = tokens.seal({
    purpose: purposeOf(repository, digest),
    caller: { account, accessKeyId: '', arn: '' },
    region,
    expirationMs: clock.nowMs() + lifetimeMs,
  });
  return `${endpoint}/v2/${account}.dkr.ecr.${region}.amazonaws.com/${name}/blobs/${digest}?token=${token}`;
}

export async function downloadOf(core: EcrCore, raw: RawRequest, given: string): Promise<RawAnswer> {
  const digest = checkedDigest(given);
  const path = readPath(raw.path);
  const holder = core.tokens.open(raw.query.get('token') ?? '');
  if (holder === undefined || path === undefined || 'badName' in path || path.scope === undefined)
    return refuse(403, 'DENIED', 'The URL was not made by GetDownloadUrlForLayer');
  if (core.clock.nowMs() >= holder.expirationMs) return refuse(403, 'DENIED', 'The URL has expired');
  const repository = neededRepository(presentRows(core.db), path.scope, path.name);
  if (holder.purpose !== purposeOf(repository, digest))
    return refuse(403, 'DENIED', 'The URL was made for another layer');
  if (raw.method !== 'GET') return refuse(405, 'UNSUPPORTED', 'The URL is for GET');
  return blobAnswer(core, repository, { digest, isHead: false, range: raw.headers.get('range') });
}
