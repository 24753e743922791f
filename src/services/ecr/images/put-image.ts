import { ApiError } from '../../../protocol/api/index.ts';
import type { Transaction } from '../../../store/index.ts';
import { neededRepository, type EcrCore } from '../core.ts';
import {
  imageExists,
  invalidParameter,
  layersNotFound,
  limitExceeded,
  referencedImagesNotFound,
  tagExists,
} from '../errors.ts';
import { maxImages, maxManifestBytes, maxTagsPerImage, tagPattern } from '../limits.ts';
import { imageKey, images, inRepository, layerKey, layers, tagKey, tags, type ImageRecord } from '../records/image.ts';
import { repositories, repositoryKey, type RepositoryRecord } from '../records/repository.ts';
import { mayMove } from './tag-mutability.ts';
import { readManifest, type Descriptor, type Manifest } from './read-manifest.ts';

export interface GivenImage {
  readonly manifest: Uint8Array;
  readonly mediaType?: string | undefined;
  readonly tag?: string | undefined;
  /** What the sender says the manifest's digest is. */
  readonly digest?: string | undefined;
}

export interface PutImage {
  readonly image: ImageRecord;
  /** False: image and tag were there as they are now. */
  readonly isNew: boolean;
}

const validTag = new RegExp(`^${tagPattern}$`);

export function invalidManifest(problem: string): ApiError {
  return invalidParameter(`Invalid parameter at 'ImageManifest' failed to satisfy constraint: '${problem}'`);
}

/** Keeps an image: everything it names must be in the repository. Its manifest is on the disk before anybody sees it. */
export async function putImage(core: EcrCore, repository: RepositoryRecord, given: GivenImage): Promise<PutImage> {
  const { manifest: bytes, tag } = given;
  if (bytes.length > maxManifestBytes)
    throw invalidManifest(`a manifest has at most ${maxManifestBytes} bytes, but this one ${bytes.length}`);
  if (tag !== undefined && !validTag.test(tag)) {
    throw invalidParameter(
      `Invalid parameter at 'imageTag' failed to satisfy constraint: 'must satisfy regular expression '${tagPattern}''`,
    );
  }
  const manifest = readManifest(bytes, given.mediaType);
  if ('problem' in manifest) throw invalidManifest(manifest.problem);
  const digest = core.blobs.digestOf(bytes);
  if (given.digest !== undefined && given.digest !== digest) {
    throw new ApiError(
      'ImageDigestDoesNotMatchException',
      `The specified image digest '${given.digest}' does not match the manifest's digest '${digest}'`,
    );
  }
  return core.turns.take(repository.id, async () => {
    await core.blobs.put(bytes);
    const { result } = await core.db.transact((tx) =>
      put(tx, core, { repository, manifest, digest, tag, bytes: bytes.length }),
    );
    return result;
  });
}

interface Putting {
  readonly repository: RepositoryRecord;
  readonly manifest: Manifest;
  readonly digest: string;
  readonly tag: string | undefined;
  readonly bytes: number;
}

function put(tx: Transaction, core: EcrCore, putting: Putting): PutImage {
  const { digest, tag } = putting;
  const repository = neededRepository(tx, putting.repository, putting.repository.name);
  if (repository.id !== putting.repository.id)
    throw layersNotFound(
      repository,
      putting.manifest.blobs.map((blob) => blob.digest),
    );
  const key = imageKey(repository.id, digest);
  const present = tx.get(images, key);
  const sizeBytes = present?.sizeBytes ?? checkedSize(core, repository, putting.manifest);
  const moved = tag !== undefined && moveTag(tx, core, { repository, tag, digest });
  if (present !== undefined && !moved) return { image: present, isNew: false };
  const image = present ?? newImage(core, putting, sizeBytes);
  if (present === undefined) {
    if (core.db.table(images).count('repository', repository.id) >= maxImages)
      throw limitExceeded(`A repository can have at most ${maxImages} images`);
    tx.put(images, key, image);
  }
  tx.put(repositories, repositoryKey(repository, repository.name), { ...repository, changes: repository.changes + 1 });
  return { image, isNew: true };
}

function newImage(
  { clock }: EcrCore,
  { repository, manifest, digest, bytes }: Putting,
  sizeBytes: number,
): ImageRecord {
  const { mediaType, artifactMediaType, subject } = manifest;
  return {
    repositoryId: repository.id,
    digest,
    mediaType,
    ...(artifactMediaType === undefined ? {} : { artifactMediaType }),
    sizeBytes,
    manifestBytes: bytes,
    pushedAtMs: clock.nowMs(),
    blobs: manifest.blobs.map((blob) => blob.digest),
    images: manifest.images.map((image) => image.digest),
    ...(subject === undefined ? {} : { subject }),
  };
}

/** @returns whether the tag points elsewhere now @throws ImageTagAlreadyExistsException */
function moveTag(
  tx: Transaction,
  core: EcrCore,
  at: { readonly repository: RepositoryRecord; readonly tag: string; readonly digest: string },
): boolean {
  const { repository, tag, digest } = at;
  const key = tagKey(repository.id, tag);
  const present = tx.get(tags, key);
  if (present?.digest === digest) return false;
  if (present !== undefined && !mayMove(repository, tag)) throw tagExists(repository, tag);
  if (core.db.table(tags).count('image', inRepository(repository.id, digest)) >= maxTagsPerImage) {
    throw limitExceeded(`An image can have at most ${maxTagsPerImage} tags`);
  }
  tx.put(tags, key, { repositoryId: repository.id, tag, digest });
  return true;
}

/**
 * That everything is there: the present tables can be asked, because whoever takes something away writes the repository's record, which
 * this transaction has read.
 */
function checkedSize({ db }: EcrCore, repository: RepositoryRecord, manifest: Manifest): number {
  const layer = ({ digest }: Descriptor) => db.get(layers, layerKey(repository.id, digest))?.row.sizeBytes;
  const image = ({ digest }: Descriptor) => db.get(images, imageKey(repository.id, digest))?.row;
  const missing = manifest.blobs.filter((blob) => layer(blob) === undefined);
  if (missing.length > 0)
    throw layersNotFound(
      repository,
      missing.map(({ digest }) => digest),
    );
  const wrong = manifest.blobs.find((blob) => layer(blob) !== blob.sizeBytes);
  if (wrong !== undefined)
    throw invalidManifest(
      `the layer '${wrong.digest}' has ${layer(wrong)} bytes, but the manifest says ${wrong.sizeBytes}`,
    );
  const absent = manifest.images.filter((each) => image(each) === undefined);
  if (absent.length > 0)
    throw referencedImagesNotFound(
      repository,
      absent.map(({ digest }) => digest),
    );
  const other = manifest.images.find((each) => image(each)?.manifestBytes !== each.sizeBytes);
  if (other !== undefined)
    throw invalidManifest(
      `the image '${other.digest}' has a manifest of ${image(other)?.manifestBytes} bytes, but the index says ${other.sizeBytes}`,
    );
  const blobBytes = manifest.blobs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return manifest.images.reduce((sum, each) => sum + (image(each)?.sizeBytes ?? 0), blobBytes);
}

/** For callers that are told when there was nothing to do. @throws ImageAlreadyExistsException */
export function mustBeNew({ image, isNew }: PutImage, repository: RepositoryRecord, tag: string | undefined): void {
  if (!isNew) throw imageExists(repository, image.digest, tag);
}
