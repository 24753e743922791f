import { ApiError } from '../../../protocol/api/index.ts';
import { actedOn, type EcrCore, type EcrHandler } from '../core.ts';
import { imageNotFound, notImplemented, shownImageId } from '../errors.ts';
import { findImage } from '../images/find-image.ts';

/** There never was a scan. https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeImageScanFindings.html */
export function describeImageScanFindings(core: EcrCore): EcrHandler<'DescribeImageScanFindings'> {
  return (input, context) => {
    const repository = actedOn(core, context, 'ecr:DescribeImageScanFindings', input);
    const image = findImage(core.db, repository, input.imageId);
    if (typeof image === 'string') throw imageNotFound(repository, input.imageId);
    throw new ApiError(
      'ScanNotFoundException',
      `Image scan does not exist for the image with '${shownImageId({ ...input.imageId, imageDigest: image.digest })}' in the repository with name '${repository.name}' in the registry with id '${repository.account}'`,
    );
  };
}

/** https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_StartImageScan.html */
export function startImageScan(core: EcrCore): EcrHandler<'StartImageScan'> {
  return (input, context) => {
    const repository = actedOn(core, context, 'ecr:StartImageScan', input);
    if (typeof findImage(core.db, repository, input.imageId) === 'string')
      throw imageNotFound(repository, input.imageId);
    throw notImplemented('Scanning of images');
  };
}

/** https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImageScanningConfiguration.html */
export function putImageScanningConfiguration(core: EcrCore): EcrHandler<'PutImageScanningConfiguration'> {
  return (input, context) => {
    const { account, name } = actedOn(core, context, 'ecr:PutImageScanningConfiguration', input);
    if (input.imageScanningConfiguration.scanOnPush === true) throw notImplemented('Scanning of images (scanOnPush)');
    return { registryId: account, repositoryName: name, imageScanningConfiguration: { scanOnPush: false } };
  };
}
