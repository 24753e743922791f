import { messageOf, startRounds } from '../../kernel/index.ts';
import type { TableSpec } from '../../store/index.ts';
import type { EcrCore } from './core.ts';
import { deleteImage } from './images/delete-image.ts';
import { decideExpiries } from './lifecycle/decide.ts';
import { lifecycleImages } from './lifecycle/images-of.ts';
import { readPolicy } from './lifecycle/read-policy.ts';
import { layerGraceMs, roundMs, rowsPerTransaction, uploadLifetimeMs } from './limits.ts';
import { images, inRepository, layerKey, layers, tags, uploads } from './records/image.ts';
import { previews, repositories, repositoryKey, type RepositoryRecord } from './records/repository.ts';

/** The first round brings things in order after a crash, so it comes soon. */
const firstRoundMs = 30_000;

/** Starts the rounds that expire images and free what nobody can see any more. @returns stops them, after the one under way */
export function startMaintenance(core: EcrCore): () => Promise<void> {
  return startRounds({
    clock: core.clock,
    firstAfterMs: firstRoundMs,
    everyMs: roundMs,
    run: () => maintain(core),
    onError: (error) => core.log.error('registry maintenance failed', { error: messageOf(error) }),
  });
}

/** One round. Each step leaves everything in order, so it may end anywhere. */
export async function maintain(core: EcrCore): Promise<void> {
  for (const key of Array.from(core.db.table(repositories).keys('lifecycle', 'has'))) {
    const repository = core.db.get(repositories, key)?.row;
    if (repository !== undefined) await expireImages(core, repository);
  }
  await dropOrphans(core);
  await dropUnusedLayers(core);
  await dropUploads(core);
  await core.blobs.collect((digest) => isUsed(core, digest), core.clock.nowMs() - layerGraceMs);
}

async function expireImages(core: EcrCore, repository: RepositoryRecord): Promise<void> {
  const { db, clock, log } = core;
  const rules = readPolicy(repository.lifecycle?.text ?? '');
  if ('problem' in rules) {
    log.error('a lifecycle policy cannot be read', { repository: repository.name, problem: rules.problem });
    return;
  }
  const nowMs = clock.nowMs();
  for (const { digest, rule } of decideExpiries(rules, lifecycleImages(db, repository.id), nowMs)) {
    const deleted = await deleteImage(core, repository, { imageDigest: digest });
    if ('failureCode' in deleted)
      log.info('an image could not be expired', {
        repository: repository.name,
        digest,
        rule,
        reason: deleted.failureReason,
      });
    else log.info('an image expired', { repository: repository.name, digest, rule });
  }
  const key = repositoryKey(repository, repository.name);
  await db.transact((tx) => {
    const row = tx.get(repositories, key);
    if (row?.lifecycle === undefined || row.id !== repository.id) return;
    tx.put(repositories, key, { ...row, lifecycle: { ...row.lifecycle, evaluatedAtMs: nowMs } });
  });
}

/** Deletes what is left of repositories that were deleted. */
async function dropOrphans(core: EcrCore): Promise<void> {
  await dropRows(core, images);
  await dropRows(core, tags);
  await dropRows(core, layers);
  await dropRows(core, previews);
}

async function dropRows<Row, Index extends string>(
  { db }: EcrCore,
  spec: TableSpec<Row, Index | 'repository'>,
): Promise<void> {
  const table = db.table(spec);
  for (const id of Array.from(table.values('repository'))) {
    if (db.table(repositories).count('id', id) > 0) continue;
    const keys = Array.from(table.keys('repository', id));
    for (let at = 0; at < keys.length; at += rowsPerTransaction) {
      await db.transact((tx) => {
        for (const key of keys.slice(at, at + rowsPerTransaction)) tx.delete(spec, key);
      });
    }
  }
}

/** A layer that no image has is given up when it was so, and nobody asked for it, all through the grace period. */
async function dropUnusedLayers(core: EcrCore): Promise<void> {
  const { db, clock, unusedSinceMs } = core;
  const nowMs = clock.nowMs();
  const found = new Set<string>();
  for (const id of Array.from(db.table(layers).values('repository'))) {
    const due: string[] = [];
    for (const key of db.table(layers).keys('repository', id)) {
      const digest = key.slice(layerKey(id, '').length);
      if (db.table(images).count('blob', inRepository(id, digest)) > 0) continue;
      found.add(key);
      const sinceMs = unusedSinceMs.get(key);
      if (sinceMs === undefined) unusedSinceMs.set(key, nowMs);
      else if (nowMs - sinceMs >= layerGraceMs) due.push(digest);
    }
    const repository = repositoryOf(core, id);
    if (repository === undefined) continue;
    for (let at = 0; at < due.length; at += rowsPerTransaction) {
      await dropLayers(core, repository, due.slice(at, at + rowsPerTransaction));
    }
  }
  for (const key of unusedSinceMs.keys()) if (!found.has(key)) unusedSinceMs.delete(key);
}

function repositoryOf({ db }: EcrCore, id: string): RepositoryRecord | undefined {
  for (const key of db.table(repositories).keys('id', id)) return db.get(repositories, key)?.row;
  return undefined;
}

/** A push at the same time writes the repository's record too, so that one of both looks again. */
async function dropLayers(
  { db, turns, unusedSinceMs }: EcrCore,
  repository: RepositoryRecord,
  digests: readonly string[],
): Promise<void> {
  const key = repositoryKey(repository, repository.name);
  await turns.take(repository.id, () =>
    db.transact((tx) => {
      const row = tx.get(repositories, key);
      if (row?.id !== repository.id) return;
      const unused = digests.filter(
        (digest) =>
          db.table(images).count('blob', inRepository(row.id, digest)) === 0 &&
          unusedSinceMs.has(layerKey(row.id, digest)),
      );
      if (unused.length === 0) return;
      for (const digest of unused) {
        // Read, so that an upload that ends at the same time, which writes it again, is not undone.
        if (tx.get(layers, layerKey(row.id, digest)) !== undefined) tx.delete(layers, layerKey(row.id, digest));
      }
      tx.put(repositories, key, { ...row, changes: row.changes + 1 });
    }),
  );
}

/** Uploads that took too long or whose repository is gone, and files that belong to none. */
async function dropUploads({ db, blobs, clock }: EcrCore): Promise<void> {
  const table = db.table(uploads);
  for (const account of Array.from(table.values('account'))) {
    for (const key of Array.from(table.keys('account', account))) {
      const row = table.get(key)?.row;
      if (row === undefined) continue;
      const isOver = clock.nowMs() >= row.startedAtMs + uploadLifetimeMs;
      if (!isOver && db.table(repositories).count('id', row.repositoryId) > 0) continue;
      await db.transact((tx) => tx.delete(uploads, key));
      await blobs.abandon(row.id);
    }
  }
  await blobs.dropStrays((id) => db.get(uploads, `${uploads.prefix}${id}`) !== undefined, clock.nowMs() - layerGraceMs);
}

function isUsed({ db }: EcrCore, digest: string): boolean {
  return db.table(layers).count('digest', digest) > 0 || db.table(images).count('digest', digest) > 0;
}
