import type { Transaction } from '../../../store/index.ts';
import type { EcrCore } from '../core.ts';
import { rowsPerTransaction } from '../limits.ts';
import { imageKey, images, inRepository, tagKey, tags } from '../records/image.ts';
import { repositories, repositoryKey, type RepositoryRecord } from '../records/repository.ts';
import { findImage, reasons, tagsOf, type ImageId } from './find-image.ts';

interface Failure {
  readonly failureCode: keyof typeof reasons | 'ImageReferencedByManifestList';
  readonly failureReason: string;
}

/**
 * Deletes an image with its tags, or one tag of it: with its last tag an image goes too.
 * @returns what is gone
 */
export async function deleteImage(
  core: EcrCore,
  repository: RepositoryRecord,
  id: ImageId,
): Promise<readonly ImageId[] | Failure> {
  return core.turns.take(repository.id, async () => {
    const gone: ImageId[] = [];
    for (;;) {
      const { result } = await core.db.transact((tx) =>
        deleteSome(tx, core, { repository, id, hasBegun: gone.length > 0 }),
      );
      if ('failureCode' in result) return result;
      gone.push(...result.gone);
      if (result.isWhole) return gone;
    }
  });
}

interface Deleting {
  readonly repository: RepositoryRecord;
  readonly id: ImageId;
  readonly hasBegun: boolean;
}

function deleteSome(
  tx: Transaction,
  { db }: EcrCore,
  { repository, id, hasBegun }: Deleting,
): Failure | { readonly gone: readonly ImageId[]; readonly isWhole: boolean } {
  const key = repositoryKey(repository, repository.name);
  const row = tx.get(repositories, key);
  const image = row?.id === repository.id ? findImage(db, repository, id) : 'ImageNotFound';
  if (row === undefined || typeof image === 'string') {
    const code = typeof image === 'string' ? image : 'ImageNotFound';
    return hasBegun ? { gone: [], isWhole: true } : { failureCode: code, failureReason: reasons[code] };
  }
  const all = tagsOf(db, image);
  const onlyTag = id.imageTag !== undefined && all.length > 1 ? id.imageTag : undefined;
  if (onlyTag === undefined && db.table(images).count('names', inRepository(repository.id, image.digest)) > 0) {
    return {
      failureCode: 'ImageReferencedByManifestList',
      failureReason: 'Requested image referenced by manifest list',
    };
  }
  tx.put(repositories, key, { ...row, changes: row.changes + 1 });
  const now = onlyTag === undefined ? all.slice(0, rowsPerTransaction) : [onlyTag];
  for (const tag of now) tx.delete(tags, tagKey(repository.id, tag));
  const isWhole = onlyTag !== undefined || now.length === all.length;
  if (isWhole && onlyTag === undefined) {
    tx.get(images, imageKey(repository.id, image.digest));
    tx.delete(images, imageKey(repository.id, image.digest));
  }
  const gone = now.map((imageTag) => ({ imageDigest: image.digest, imageTag }));
  return { gone: gone.length === 0 ? [{ imageDigest: image.digest }] : gone, isWhole };
}
