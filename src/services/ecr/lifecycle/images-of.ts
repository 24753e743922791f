import type { Database } from '../../../store/index.ts';
import { tagsOf } from '../images/find-image.ts';
import { images, inRepository } from '../records/image.ts';
import type { LifecycleImage } from './decide.ts';

/** All images of a repository, as its policy sees them. */
export function lifecycleImages(db: Database, repositoryId: string): readonly LifecycleImage[] {
  const table = db.table(images);
  return Array.from(table.keys('repository', repositoryId)).flatMap((key): readonly LifecycleImage[] => {
    const row = table.get(key)?.row;
    if (row === undefined) return [];
    const { digest, pushedAtMs } = row;
    return [
      {
        digest,
        pushedAtMs,
        tags: tagsOf(db, row),
        isNamed: table.count('names', inRepository(repositoryId, digest)) > 0,
      },
    ];
  });
}
