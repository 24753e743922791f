import { messageOf } from '../../../kernel/index.ts';
import type { Database } from '../../../store/index.ts';
import type { EcrCore } from '../core.ts';
import { pullRecordMs } from '../limits.ts';
import { imageKey, images, inRepository, tagKey, tags, type ImageRecord } from '../records/image.ts';
import type { RepositoryRecord } from '../records/repository.ts';

export interface ImageId {
  readonly imageDigest?: string | undefined;
  readonly imageTag?: string | undefined;
}

type NotFound = 'MissingDigestAndTag' | 'ImageNotFound' | 'ImageTagDoesNotMatchDigest' | 'InvalidImageDigest';

export const reasons: Readonly<Record<NotFound, string>> = {
  MissingDigestAndTag: 'Invalid request parameters: both tag and digest cannot be null',
  ImageNotFound: 'Requested image not found',
  ImageTagDoesNotMatchDigest: 'Requested image tag does not match the digest',
  InvalidImageDigest: 'Invalid request parameters: image digest should satisfy the regex sha256:[0-9a-f]{64}',
};

/** The image that a tag or a digest, or both, mean. */
export function findImage(
  db: Database,
  { id }: RepositoryRecord,
  { imageDigest, imageTag }: ImageId,
): ImageRecord | NotFound {
  if (imageDigest === undefined && imageTag === undefined) return 'MissingDigestAndTag';
  if (imageDigest !== undefined && !/^sha256:[0-9a-f]{64}$/.test(imageDigest)) return 'InvalidImageDigest';
  const tagged = imageTag === undefined ? undefined : db.get(tags, tagKey(id, imageTag))?.row.digest;
  if (imageTag !== undefined && tagged === undefined) return 'ImageNotFound';
  if (imageDigest !== undefined && tagged !== undefined && imageDigest !== tagged) return 'ImageTagDoesNotMatchDigest';
  return db.get(images, imageKey(id, imageDigest ?? tagged ?? ''))?.row ?? 'ImageNotFound';
}

export function tagsOf(
  db: Database,
  { repositoryId, digest }: Pick<ImageRecord, 'repositoryId' | 'digest'>,
): readonly string[] {
  const table = db.table(tags);
  return Array.from(table.keys('image', inRepository(repositoryId, digest)), (key) =>
    key.slice(tagKey(repositoryId, '').length),
  );
}

/** Writes down that an image was pulled, once a day, without making the puller wait. */
export function recordPull({ db, clock, log }: EcrCore, { repositoryId, digest, pulledAtMs }: ImageRecord): void {
  const nowMs = clock.nowMs();
  if (pulledAtMs !== undefined && nowMs < pulledAtMs + pullRecordMs) return;
  const key = imageKey(repositoryId, digest);
  db.transact((tx) => {
    const row = tx.get(images, key);
    if (row !== undefined) tx.put(images, key, { ...row, pulledAtMs: nowMs });
  }).catch((error: unknown) => log.warn('a pull was not written down', { digest, error: messageOf(error) }));
}
