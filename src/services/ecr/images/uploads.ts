import { Conflict } from '../../../kernel/index.ts';
import { ApiError } from '../../../protocol/api/index.ts';
import type { Transaction } from '../../../store/index.ts';
import { neededRepository, type EcrCore } from '../core.ts';
import { invalidParameter, layerInaccessible, limitExceeded, uploadNotFound, wrongLayerDigest } from '../errors.ts';
import { maxLayerBytes, maxUploads, uploadLifetimeMs } from '../limits.ts';
import { layerKey, layers, uploadKey, uploads, type LayerRecord, type UploadRecord } from '../records/image.ts';
import type { RepositoryRecord } from '../records/repository.ts';

/** Begins an upload of a layer. @throws LimitExceededException */
export async function beginUpload({ db, blobs, ids, clock }: EcrCore, repository: RepositoryRecord): Promise<string> {
  const id = ids.uuid();
  const { account } = repository;
  await blobs.begin(id);
  await db.transact((tx) => {
    if (db.table(uploads).count('account', account) >= maxUploads) {
      throw limitExceeded(`An account can have at most ${maxUploads} layer uploads under way`);
    }
    tx.create(uploads, uploadKey(id), { id, account, repositoryId: repository.id, startedAtMs: clock.nowMs() });
  });
  return id;
}

/** @throws UploadNotFoundException when there is none of that id in the repository, or it took too long */
export function neededUpload({ db, clock }: EcrCore, repository: RepositoryRecord, id: string): UploadRecord {
  const row = db.get(uploads, uploadKey(id))?.row;
  if (row?.repositoryId !== repository.id || clock.nowMs() >= row.startedAtMs + uploadLifetimeMs)
    throw uploadNotFound(repository, id);
  return row;
}

/** Bytes of an upload so far. @throws UploadNotFoundException */
export async function receivedBytes(core: EcrCore, repository: RepositoryRecord, id: string): Promise<number> {
  neededUpload(core, repository, id);
  const bytes = await core.blobs.receivedBytes(id);
  if (bytes === undefined) throw uploadNotFound(repository, id);
  return bytes;
}

export interface LayerPart {
  readonly id: string;
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Undefined: at the end. */
  readonly atByte: number | undefined;
}

/** Writes to the end of an upload. @returns bytes received so far @throws UploadNotFoundException, InvalidLayerPartException */
export async function appendToUpload(core: EcrCore, repository: RepositoryRecord, part: LayerPart): Promise<number> {
  const { id, chunks, atByte } = part;
  neededUpload(core, repository, id);
  const appended = await core.blobs.append(id, chunks, { atByte, maxBytes: maxLayerBytes });
  if ('receivedBytes' in appended) return appended.receivedBytes;
  switch (appended.refused) {
    case 'absent':
      throw uploadNotFound(repository, id);
    case 'busy':
      throw new ApiError('InvalidLayerPartException', `Another request is writing to the upload '${id}'`);
    case 'tooLarge':
      throw limitExceeded(`A layer can have at most ${maxLayerBytes} bytes`);
    case 'gap': {
      const received = await receivedBytes(core, repository, id);
      const members = {
        registryId: repository.account,
        repositoryName: repository.name,
        uploadId: id,
        lastValidByteReceived: received - 1,
      };
      throw new ApiError(
        'InvalidLayerPartException',
        `The layer part begins at byte ${atByte}, but the upload has ${received} bytes so far`,
        { members },
      );
    }
  }
}

/** Makes an upload a layer of its repository; what is acknowledged is on the disk. @throws InvalidLayerException, UploadNotFoundException */
export async function completeUpload(
  core: EcrCore,
  repository: RepositoryRecord,
  wanted: { readonly id: string; readonly digest: string },
): Promise<LayerRecord> {
  const { id, digest } = wanted;
  neededUpload(core, repository, id);
  const completed = await completeBlob(core, wanted);
  if (completed === undefined) throw uploadNotFound(repository, id);
  if ('wrong' in completed) throw wrongLayerDigest(digest, completed.wrong);
  const layer: LayerRecord = { repositoryId: repository.id, digest, sizeBytes: completed.sizeBytes };
  core.unusedSinceMs.delete(layerKey(repository.id, digest));
  await core.db.transact((tx) => {
    addLayer(tx, repository, layer);
    tx.delete(uploads, uploadKey(id));
  });
  return layer;
}

async function completeBlob(
  { blobs }: EcrCore,
  { id, digest }: { readonly id: string; readonly digest: string },
): ReturnType<EcrCore['blobs']['complete']> {
  try {
    return await blobs.complete(id, digest);
  } catch (error) {
    if (error instanceof Conflict) throw new ApiError('InvalidLayerPartException', error.message);
    throw error;
  }
}

/** @throws RepositoryNotFoundException when the repository went meanwhile */
function addLayer(tx: Transaction, repository: RepositoryRecord, layer: LayerRecord): void {
  const row = neededRepository(tx, repository, repository.name);
  if (row.id !== repository.id)
    throw invalidParameter(`The repository '${repository.name}' was deleted during the upload`);
  const key = layerKey(repository.id, layer.digest);
  tx.get(layers, key);
  // Also when it is there: a clean-up that is about to give it up looks again.
  tx.put(layers, key, layer);
}

export async function abandonUpload(core: EcrCore, repository: RepositoryRecord, id: string): Promise<void> {
  neededUpload(core, repository, id);
  await core.db.transact((tx) => tx.delete(uploads, uploadKey(id)));
  await core.blobs.abandon(id);
}

/** The layer of a repository. Being asked for, it is kept for a while even when no image has it. */
export function findLayer(core: EcrCore, repository: RepositoryRecord, digest: string): LayerRecord | undefined {
  const key = layerKey(repository.id, digest);
  core.unusedSinceMs.delete(key);
  return core.db.get(layers, key)?.row;
}

/** Makes a layer of one repository one of another, without sending it again. @throws LayerInaccessibleException */
export async function mountLayer(
  core: EcrCore,
  from: RepositoryRecord,
  to: RepositoryRecord,
  digest: string,
): Promise<LayerRecord> {
  core.unusedSinceMs.delete(layerKey(to.id, digest));
  const { result } = await core.db.transact((tx) => {
    const layer = tx.get(layers, layerKey(from.id, digest));
    if (layer === undefined) throw layerInaccessible(from, digest);
    const mounted = { ...layer, repositoryId: to.id };
    addLayer(tx, to, mounted);
    return mounted;
  });
  return result;
}
