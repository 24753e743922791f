import type { TableSpec } from '../../../store/index.ts';

/** An image, or an index of images. The manifest's text is a blob. */
export interface ImageRecord {
  readonly repositoryId: string;
  readonly digest: string;
  readonly mediaType: string;
  /** Of the configuration, or the manifest's own word for what it is. */
  readonly artifactMediaType?: string;
  /** Configuration and layers; of an index, of the images it names. */
  readonly sizeBytes: number;
  readonly manifestBytes: number;
  readonly pushedAtMs: number;
  readonly pulledAtMs?: number;
  /** Digests of the configuration and the layers. */
  readonly blobs: readonly string[];
  /** Digests of the images that an index names. */
  readonly images: readonly string[];
  readonly subject?: string;
}

/** Something in a repository, in keys and index values. */
export function inRepository(repositoryId: string, digest: string): string {
  return `${repositoryId}/${digest}`;
}

export function imageKey(repositoryId: string, digest: string): string {
  return `/ecr/image/${repositoryId}/${digest}`;
}

export const images: TableSpec<ImageRecord, 'repository' | 'blob' | 'names' | 'digest'> = {
  prefix: '/ecr/image/',
  indexes: {
    repository: ({ repositoryId }) => repositoryId,
    blob: ({ repositoryId, blobs }) => blobs.map((digest) => inRepository(repositoryId, digest)),
    names: (image) => image.images.map((digest) => inRepository(image.repositoryId, digest)),
    digest: ({ digest }) => digest,
  },
};

export interface TagRecord {
  readonly repositoryId: string;
  readonly tag: string;
  readonly digest: string;
}

export function tagKey(repositoryId: string, tag: string): string {
  return `/ecr/tag/${repositoryId}/${tag}`;
}

export const tags: TableSpec<TagRecord, 'repository' | 'image'> = {
  prefix: '/ecr/tag/',
  indexes: {
    repository: ({ repositoryId }) => repositoryId,
    image: ({ repositoryId, digest }) => inRepository(repositoryId, digest),
  },
};

/** A blob that a repository has. The same blob of another repository is another record. */
export interface LayerRecord {
  readonly repositoryId: string;
  readonly digest: string;
  readonly sizeBytes: number;
}

export function layerKey(repositoryId: string, digest: string): string {
  return `/ecr/layer/${repositoryId}/${digest}`;
}

export const layers: TableSpec<LayerRecord, 'repository' | 'digest'> = {
  prefix: '/ecr/layer/',
  indexes: { repository: ({ repositoryId }) => repositoryId, digest: ({ digest }) => digest },
};

/** An upload that was begun; its bytes are a file. */
export interface UploadRecord {
  readonly id: string;
  readonly account: string;
  readonly repositoryId: string;
  readonly startedAtMs: number;
}

export function uploadKey(id: string): string {
  return `/ecr/upload/${id}`;
}

export const uploads: TableSpec<UploadRecord, 'account' | 'repository'> = {
  prefix: '/ecr/upload/',
  indexes: { account: ({ account }) => account, repository: ({ repositoryId }) => repositoryId },
};
