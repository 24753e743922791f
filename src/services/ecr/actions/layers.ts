import { ApiError } from '../../../protocol/api/index.ts';
import { actedOn, type EcrCore, type EcrHandler } from '../core.ts';
import { downloadUrl } from '../distribution/downloads.ts';
import { invalidParameter, layerExists, layerInaccessible, wrongLayerDigest } from '../errors.ts';
import { appendToUpload, beginUpload, completeUpload, findLayer, receivedBytes } from '../images/uploads.ts';
import { digestPattern, layerPartBytes } from '../limits.ts';

const validDigest = new RegExp(`^${digestPattern}$`);

/** https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_BatchCheckLayerAvailability.html */
export function batchCheckLayerAvailability(core: EcrCore): EcrHandler<'BatchCheckLayerAvailability'> {
  return (input, context) => {
    const repository = actedOn(core, context, 'ecr:BatchCheckLayerAvailability', input);
    const valid = input.layerDigests.filter((digest) => validDigest.test(digest));
    return {
      layers: valid.map((layerDigest) => {
        const layer = findLayer(core, repository, layerDigest);
        return layer === undefined
          ? { layerDigest, layerAvailability: 'UNAVAILABLE' as const }
          : { layerDigest, layerAvailability: 'AVAILABLE' as const, layerSize: layer.sizeBytes };
      }),
      failures: input.layerDigests
        .filter((digest) => !validDigest.test(digest))
        .map((layerDigest) => ({
          layerDigest,
          failureCode: 'InvalidLayerDigest' as const,
          failureReason: `Invalid request parameters: layer digest should satisfy the regex ${digestPattern}`,
        })),
    };
  };
}

/** https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetDownloadUrlForLayer.html */
export function getDownloadUrlForLayer(core: EcrCore): EcrHandler<'GetDownloadUrlForLayer'> {
  return (input, context) => {
    const repository = actedOn(core, context, 'ecr:GetDownloadUrlForLayer', input);
    const { layerDigest: digest } = input;
    if (!validDigest.test(digest))
      throw invalidParameter(
        `Invalid parameter at 'layerDigest' failed to satisfy constraint: 'must satisfy regular expression '${digestPattern}''`,
      );
    if (findLayer(core, repository, digest) === undefined) throw layerInaccessible(repository, digest);
    return { layerDigest: digest, downloadUrl: downloadUrl(core, repository, { endpoint: context.endpoint, digest }) };
  };
}

/** https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_InitiateLayerUpload.html */
export function initiateLayerUpload(core: EcrCore): EcrHandler<'InitiateLayerUpload'> {
  return async (input, context) => {
    const repository = actedOn(core, context, 'ecr:InitiateLayerUpload', input);
    return { uploadId: await beginUpload(core, repository), partSize: layerPartBytes };
  };
}

/** https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_UploadLayerPart.html */
export function uploadLayerPart(core: EcrCore): EcrHandler<'UploadLayerPart'> {
  return async (input, context) => {
    const repository = actedOn(core, context, 'ecr:UploadLayerPart', input);
    const { uploadId, partFirstByte, partLastByte, layerPartBlob } = input;
    if (partLastByte - partFirstByte + 1 !== layerPartBlob.length) {
      throw invalidParameter(
        `Invalid parameter at 'partLastByte' failed to satisfy constraint: 'bytes ${partFirstByte} to ${partLastByte} are not the ${layerPartBlob.length} bytes of layerPartBlob'`,
      );
    }
    await checkNotAfterShort(core, repository, { uploadId, partFirstByte });
    const bytes = await appendToUpload(core, repository, {
      id: uploadId,
      chunks: only(layerPartBlob),
      atByte: partFirstByte,
    });
    return { registryId: repository.account, repositoryName: repository.name, uploadId, lastByteReceived: bytes - 1 };
  };
}

async function* only(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}

/** A part that is too small can only be the last. */
async function checkNotAfterShort(
  core: EcrCore,
  repository: Parameters<typeof receivedBytes>[1],
  { uploadId, partFirstByte }: { readonly uploadId: string; readonly partFirstByte: number },
): Promise<void> {
  const received = await receivedBytes(core, repository, uploadId);
  if (partFirstByte !== received || received % layerPartBytes === 0 || received >= layerPartBytes) return;
  throw new ApiError(
    'LayerPartTooSmallException',
    `Layer parts must be at least ${layerPartBytes} bytes, except the last one; the upload has ${received} bytes`,
  );
}

/** https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CompleteLayerUpload.html */
export function completeLayerUpload(core: EcrCore): EcrHandler<'CompleteLayerUpload'> {
  return async (input, context) => {
    const repository = actedOn(core, context, 'ecr:CompleteLayerUpload', input);
    const { uploadId: id, layerDigests } = input;
    const [digest = '', ...more] = layerDigests;
    if (more.length > 0)
      throw invalidParameter(
        "Invalid parameter at 'layerDigests' failed to satisfy constraint: 'must have one digest'",
      );
    if (!validDigest.test(digest)) throw wrongLayerDigest(digest, 'not one of sha256');
    if ((await receivedBytes(core, repository, id)) === 0)
      throw new ApiError('EmptyUploadException', `The upload '${id}' has no layer parts`);
    if (findLayer(core, repository, digest) !== undefined) throw layerExists(repository, digest);
    await completeUpload(core, repository, { id, digest });
    return { registryId: repository.account, repositoryName: repository.name, uploadId: id, layerDigest: digest };
  };
}
