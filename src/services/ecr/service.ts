import { Turns } from '../../kernel/index.ts';
import { implement, type ServiceDefinition } from '../../protocol/api/index.ts';
import type { Operations } from '../../protocol/generated/ecr.ts';
import { getAuthorizationToken } from './actions/authorization-token.ts';
import { createRepository } from './actions/create-repository.ts';
import { batchDeleteImage, batchGetImage, describeImages, listImages, putImageAction } from './actions/images.ts';
import {
  batchCheckLayerAvailability,
  completeLayerUpload,
  getDownloadUrlForLayer,
  initiateLayerUpload,
  uploadLayerPart,
} from './actions/layers.ts';
import {
  deleteLifecyclePolicy,
  deleteRepositoryPolicy,
  getLifecyclePolicy,
  getLifecyclePolicyPreview,
  getRepositoryPolicy,
  putLifecyclePolicy,
  setRepositoryPolicy,
  startLifecyclePolicyPreview,
} from './actions/policies.ts';
import {
  deleteRepository,
  describeRegistry,
  describeRepositories,
  putImageTagMutability,
} from './actions/repositories.ts';
import { describeImageScanFindings, putImageScanningConfiguration, startImageScan } from './actions/scanning.ts';
import { listTagsForResource, tagResource, untagResource } from './actions/tagging.ts';
import { ecrAuthorization } from './authorization.ts';
import type { EcrCore, EcrDeps } from './core.ts';
import { distributionRoute } from './distribution/route.ts';
import { invalidInput } from './errors.ts';
import { ecrLimits } from './limits.ts';
import { startMaintenance } from './maintenance.ts';
import { images, layers, tags, uploads } from './records/image.ts';
import { previews, repositories } from './records/repository.ts';

/** The tables the database must hold for this service. */
export const ecrTables = [repositories, images, tags, layers, uploads, previews] as const;

export interface EcrService extends ServiceDefinition {
  /** Stops the work in the background. */
  close(): Promise<void>;
}

/** Amazon Elastic Container Registry: its API, and the distribution API below `/v2/`, over the same images. */
export function ecrService(deps: EcrDeps): EcrService {
  const core: EcrCore = { ...deps, turns: new Turns(), unusedSinceMs: new Map() };
  const definition = implement<Operations>({
    name: 'ecr',
    invalid: invalidInput,
    limits: ecrLimits,
    authorization: ecrAuthorization(core),
    rawRoutes: [distributionRoute(core)],
    handlers: {
      BatchCheckLayerAvailability: batchCheckLayerAvailability(core),
      BatchDeleteImage: batchDeleteImage(core),
      BatchGetImage: batchGetImage(core),
      CompleteLayerUpload: completeLayerUpload(core),
      CreateRepository: createRepository(core),
      DeleteLifecyclePolicy: deleteLifecyclePolicy(core),
      DeleteRepository: deleteRepository(core),
      DeleteRepositoryPolicy: deleteRepositoryPolicy(core),
      DescribeImages: describeImages(core),
      DescribeImageScanFindings: describeImageScanFindings(core),
      DescribeRegistry: describeRegistry(),
      DescribeRepositories: describeRepositories(core),
      GetAuthorizationToken: getAuthorizationToken(core),
      GetDownloadUrlForLayer: getDownloadUrlForLayer(core),
      GetLifecyclePolicy: getLifecyclePolicy(core),
      GetLifecyclePolicyPreview: getLifecyclePolicyPreview(core),
      GetRepositoryPolicy: getRepositoryPolicy(core),
      InitiateLayerUpload: initiateLayerUpload(core),
      ListImages: listImages(core),
      ListTagsForResource: listTagsForResource(core),
      PutImage: putImageAction(core),
      PutImageScanningConfiguration: putImageScanningConfiguration(core),
      PutImageTagMutability: putImageTagMutability(core),
      PutLifecyclePolicy: putLifecyclePolicy(core),
      SetRepositoryPolicy: setRepositoryPolicy(core),
      StartImageScan: startImageScan(core),
      StartLifecyclePolicyPreview: startLifecyclePolicyPreview(core),
      TagResource: tagResource(core),
      UntagResource: untagResource(core),
      UploadLayerPart: uploadLayerPart(core),
    },
  });
  const stopMaintenance = startMaintenance(core);
  return { ...definition, close: stopMaintenance };
}
