import type { Limits } from '../../protocol/api/index.ts';

/** https://docs.aws.amazon.com/AmazonECR/latest/userguide/service-quotas.html */
export const maxRepositories = 100_000;
export const maxImages = 100_000;
export const maxTagsPerImage = 1_000;
export const maxLayersPerImage = 4_200;
export const maxManifestBytes = 4 * 1024 ** 2;
export const maxLayerBytes = 52_000 * 1024 ** 2;
/** Manifests an index may name. */
export const maxIndexEntries = 1_000;
export const maxTags = 50;
export const maxPolicyBytes = 10_240;
export const maxLifecycleBytes = 30_720;
export const maxLifecycleRules = 50;
/** Uploads that an account may have open at the same time, and how long one may take. */
export const maxUploads = 1_000;
export const uploadLifetimeMs = 24 * 60 * 60_000;
/** What a client is told to send with one UploadLayerPart, and the least that a part but the last may have; in base64 it fits the front door's limit of a body. */
export const layerPartBytes = 5 * 1024 ** 2;
export const tokenLifetimeMs = 12 * 60 * 60_000;
/** How long a layer that no image has stays: a push that found it there may still come to name it. */
export const layerGraceMs = 60 * 60_000;
/** When a lifecycle policy is looked at, and unused layers are. */
export const roundMs = 10 * 60_000;
/** A pull is written down again after this long. */
export const pullRecordMs = 24 * 60 * 60_000;
/** Rows of one transaction, well below what the store takes. */
export const rowsPerTransaction = 50;
export const defaultPageSize = 100;

export const repositoryName = '(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*';
export const digestPattern = 'sha256:[0-9a-f]{64}';
export const tagPattern = '[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}';

/** Limits by member that hold whatever the state; checked before a handler runs. */
export const ecrLimits: Limits = {
  repositoryName: [2, 256, repositoryName],
  registryId: [undefined, undefined, '[0-9]{12}'],
  imageTag: [1, 300],
  maxResults: [1, 1_000],
  imageManifest: [1, maxManifestBytes],
  policyText: [0, maxPolicyBytes],
  lifecyclePolicyText: [100, maxLifecycleBytes],
  uploadId: [1, 100, '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}'],
  layerDigests: [1, 100],
  imageIds: [1, 100],
  repositoryNames: [1, 100],
  registryIds: [1, 10],
  partFirstByte: [0, undefined],
  partLastByte: [0, undefined],
  'Tag.Key': [1, 128],
  'Tag.Value': [0, 256],
};
