import { ApiError, describeViolations } from '../../protocol/api/index.ts';
import type { Violation } from '../../protocol/api/index.ts';

/** A repository as AWS's sentences name it. */
interface Place {
  readonly account: string;
  readonly name: string;
}

export function invalidParameter(message: string): ApiError {
  return new ApiError('InvalidParameterException', message);
}

export function invalidInput(violations: readonly Violation[]): ApiError {
  const [first] = violations;
  if (first === undefined || first.kind !== 'pattern') return invalidParameter(describeViolations(violations));
  return invalidParameter(
    `Invalid parameter at '${first.path}' failed to satisfy constraint: '${first.constraint.replace(/^Member must/, 'must')}'`,
  );
}

/** What AWS's ECR has and Longshore does not have yet; `what` begins with a capital and has no full stop. */
export function notImplemented(what: string): ApiError {
  return invalidParameter(`${what} is not implemented by Longshore`);
}

function inRegistry({ account, name }: Place): string {
  return `the repository with name '${name}' in the registry with id '${account}'`;
}

export function repositoryNotFound({ account, name }: Place): ApiError {
  return new ApiError(
    'RepositoryNotFoundException',
    `The repository with name '${name}' does not exist in the registry with id '${account}'`,
  );
}

export function repositoryExists({ account, name }: Place): ApiError {
  return new ApiError(
    'RepositoryAlreadyExistsException',
    `The repository with name '${name}' already exists in the registry with id '${account}'`,
  );
}

export function repositoryNotEmpty({ account, name }: Place): ApiError {
  return new ApiError(
    'RepositoryNotEmptyException',
    `The repository with name '${name}' in registry with id '${account}' cannot be deleted because it still contains images`,
  );
}

/** How AWS shows an image that was asked for. */
export function shownImageId(id: {
  readonly imageDigest?: string | undefined;
  readonly imageTag?: string | undefined;
}): string {
  return `{imageDigest:'${id.imageDigest ?? 'null'}', imageTag:'${id.imageTag ?? 'null'}'}`;
}

export function imageNotFound(place: Place, id: Parameters<typeof shownImageId>[0]): ApiError {
  return new ApiError(
    'ImageNotFoundException',
    `The image with imageId ${shownImageId(id)} does not exist within ${inRegistry(place)}`,
  );
}

export function imageExists({ account, name }: Place, digest: string, tag: string | undefined): ApiError {
  const tagged = tag === undefined ? '' : ` and tag '${tag}'`;
  return new ApiError(
    'ImageAlreadyExistsException',
    `Image with digest '${digest}'${tagged} already exists in the repository with name '${name}' in registry with id '${account}'`,
  );
}

export function tagExists({ name }: Place, tag: string): ApiError {
  return new ApiError(
    'ImageTagAlreadyExistsException',
    `The image tag '${tag}' already exists in the '${name}' repository and cannot be overwritten because the tag is immutable.`,
  );
}

export function layersNotFound({ account, name }: Place, digests: readonly string[]): ApiError {
  return new ApiError(
    'LayersNotFoundException',
    `Layers with digests '[${digests.join(', ')}]' required for pushing image into repository with name '${name}' in the registry with id '${account}' do not exist`,
  );
}

export function referencedImagesNotFound({ account, name }: Place, digests: readonly string[]): ApiError {
  return new ApiError(
    'ReferencedImagesNotFoundException',
    `Images with digests '[${digests.join(', ')}]' required for pushing image into repository with name '${name}' in the registry with id '${account}' do not exist`,
  );
}

export function layerExists({ account, name }: Place, digest: string): ApiError {
  return new ApiError(
    'LayerAlreadyExistsException',
    `Layer with digest '${digest}' already exists in the repository with name '${name}' in registry with id '${account}'`,
  );
}

export function layerInaccessible({ account, name }: Place, digest: string): ApiError {
  return new ApiError(
    'LayerInaccessibleException',
    `The layer with digest '${digest}' is not available in the repository with name '${name}' in the registry with id '${account}'`,
  );
}

export function uploadNotFound(place: Place, uploadId: string): ApiError {
  return new ApiError(
    'UploadNotFoundException',
    `Upload with id '${uploadId}' could not be found in ${inRegistry(place)}`,
  );
}

export function wrongLayerDigest(wanted: string, found: string): ApiError {
  return new ApiError(
    'InvalidLayerException',
    `Layer with digest '${wanted}' does not match the content that was uploaded, whose digest is '${found}'`,
  );
}

export function limitExceeded(message: string): ApiError {
  return new ApiError('LimitExceededException', message);
}

export function accessDenied(message: string): ApiError {
  return new ApiError('AccessDeniedException', message);
}
