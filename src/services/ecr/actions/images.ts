import { toBytes, toText } from '../../../kernel/index.ts';
import type { Page } from '../../../store/index.ts';
import { actedOn, pageOf, type EcrCore, type EcrHandler, type Input } from '../core.ts';
import { describedImage } from '../described.ts';
import { imageNotFound, invalidParameter } from '../errors.ts';
import { deleteImage } from '../images/delete-image.ts';
import { findImage, reasons, recordPull, tagsOf, type ImageId } from '../images/find-image.ts';
import { mustBeNew, putImage } from '../images/put-image.ts';
import { mediaTypes } from '../images/read-manifest.ts';
import { images, inRepository, tags, type ImageRecord } from '../records/image.ts';

/** https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImage.html */
export function putImageAction(core: EcrCore): EcrHandler<'PutImage'> {
  return async (input, context) => {
    const repository = actedOn(core, context, 'ecr:PutImage', input);
    const { imageManifest, imageManifestMediaType: mediaType, imageTag: tag, imageDigest: digest } = input;
    const put = await putImage(core, repository, { manifest: toBytes(imageManifest), mediaType, tag, digest });
    mustBeNew(put, repository, tag);
    return {
      image: {
        registryId: repository.account,
        repositoryName: repository.name,
        imageId: { imageDigest: put.image.digest, ...(tag === undefined ? {} : { imageTag: tag }) },
        imageManifest,
        imageManifestMediaType: put.image.mediaType,
      },
    };
  };
}

/** https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_BatchGetImage.html */
export function batchGetImage(core: EcrCore): EcrHandler<'BatchGetImage'> {
  return async (input, context) => {
    const repository = actedOn(core, context, 'ecr:BatchGetImage', input);
    checkAccepted(input);
    const found: NonNullable<ReturnTypeOf['images']>[number][] = [];
    const failures: NonNullable<ReturnTypeOf['failures']>[number][] = [];
    for (const imageId of input.imageIds) {
      const image = findImage(core.db, repository, imageId);
      const bytes = typeof image === 'string' ? undefined : await core.blobs.read(image.digest);
      if (typeof image === 'string' || bytes === undefined) {
        const code = typeof image === 'string' ? image : 'ImageNotFound';
        failures.push({ imageId, failureCode: code, failureReason: reasons[code] });
        continue;
      }
      recordPull(core, image);
      found.push({
        registryId: repository.account,
        repositoryName: repository.name,
        imageId: {
          imageDigest: image.digest,
          ...(imageId.imageTag === undefined ? {} : { imageTag: imageId.imageTag }),
        },
        imageManifest: toText(bytes),
        imageManifestMediaType: image.mediaType,
      });
    }
    return { images: found, failures };
  };
}

type ReturnTypeOf = Awaited<ReturnType<EcrHandler<'BatchGetImage'>>>;

/** Manifests are given out as they were pushed. What is asked of ECR beside that, to convert them, is not there. */
function checkAccepted({ acceptedMediaTypes: accepted }: Input<'BatchGetImage'>): void {
  const unknown = accepted?.find((type) => !Object.values(mediaTypes).some((known) => known === type));
  if (unknown !== undefined)
    throw invalidParameter(
      `Invalid parameter at 'acceptedMediaTypes' failed to satisfy constraint: '${unknown}' is not a media type that Longshore gives out'`,
    );
}

/** https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_BatchDeleteImage.html */
export function batchDeleteImage(core: EcrCore): EcrHandler<'BatchDeleteImage'> {
  return async (input, context) => {
    const repository = actedOn(core, context, 'ecr:BatchDeleteImage', input);
    const imageIds: ImageId[] = [];
    const failures: {
      imageId: ImageId;
      failureCode: keyof typeof reasons | 'ImageReferencedByManifestList';
      failureReason: string;
    }[] = [];
    for (const imageId of indexesFirst(core, repository.id, input.imageIds)) {
      const deleted = await deleteImage(core, repository, imageId);
      if ('failureCode' in deleted) failures.push({ imageId, ...deleted });
      else imageIds.push(...deleted);
    }
    return { imageIds, failures };
  };
}

/** One request may delete an index together with the images it names, in any order. */
function indexesFirst({ db }: EcrCore, repositoryId: string, given: readonly ImageId[]): readonly ImageId[] {
  const isNamed = ({ imageDigest }: ImageId): boolean =>
    imageDigest !== undefined && db.table(images).count('names', inRepository(repositoryId, imageDigest)) > 0;
  return [...given.filter((id) => !isNamed(id)), ...given.filter(isNamed)];
}

/** Every tag is an entry; so is every image without one. https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ListImages.html */
export function listImages(core: EcrCore): EcrHandler<'ListImages'> {
  return (input, context) => {
    const { id } = actedOn(core, context, 'ecr:ListImages', input);
    const status = input.filter?.tagStatus ?? 'ANY';
    const { imageStatus = 'ACTIVE' } = input.filter ?? {};
    if (imageStatus !== 'ACTIVE' && imageStatus !== 'ANY') return { imageIds: [] };
    const [, phase = status === 'UNTAGGED' ? 'u' : 't', token] = /^([tu])-(.*)$/.exec(input.nextToken ?? '') ?? [];
    if (input.nextToken !== undefined && token === undefined)
      throw invalidParameter(
        "Invalid parameter at 'nextToken' failed to satisfy constraint: 'must be a token of an earlier answer'",
      );
    const at = { maxResults: input.maxResults, nextToken: token === '' ? undefined : token };
    if (phase === 't') {
      const page = pageOf((request) => core.db.table(tags).page('repository', id, request), at);
      const imageIds = page.rows.map(({ row }) => ({ imageDigest: row.digest, imageTag: row.tag }));
      const next = page.next === undefined ? (status === 'TAGGED' ? undefined : 'u-') : `t-${page.next}`;
      if (next === 'u-' && imageIds.length < (input.maxResults ?? imageIds.length + 1))
        return withUntagged(core, id, { maxResults: (input.maxResults ?? defaultListed) - imageIds.length }, imageIds);
      return { imageIds, ...(next === undefined ? {} : { nextToken: next }) };
    }
    return withUntagged(core, id, at, []);
  };
}

const defaultListed = 100;

function withUntagged(
  { db }: EcrCore,
  id: string,
  at: { readonly maxResults?: number | undefined; readonly nextToken?: string | undefined },
  before: readonly ImageId[],
): Awaited<ReturnType<EcrHandler<'ListImages'>>> {
  const page = pageOf(
    (request) => db.table(images).page('repository', id, { ...request, limit: Math.max(1, request.limit) }),
    at,
  );
  const untagged = page.rows.filter(({ row }) => db.table(tags).count('image', inRepository(id, row.digest)) === 0);
  return {
    imageIds: [...before, ...untagged.map(({ row }) => ({ imageDigest: row.digest }))],
    ...(page.next === undefined ? {} : { nextToken: `u-${page.next}` }),
  };
}

/** A page may have fewer images than were asked for: the filter chooses among those of a page. https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeImages.html */
export function describeImages(core: EcrCore): EcrHandler<'DescribeImages'> {
  return (input, context) => {
    const repository = actedOn(core, context, 'ecr:DescribeImages', input);
    const { db } = core;
    const matches = matcher(core, input.filter);
    if (input.imageIds !== undefined) {
      const found = input.imageIds.map((imageId) => {
        const image = findImage(db, repository, imageId);
        if (typeof image === 'string') throw imageNotFound(repository, imageId);
        return image;
      });
      const once = [...new Map(found.map((image) => [image.digest, image])).values()];
      return { imageDetails: once.filter(matches).map((image) => describedImage(db, repository, image)) };
    }
    const page: Page<ImageRecord> = pageOf(
      (request) => db.table(images).page('repository', repository.id, request),
      input,
    );
    return {
      imageDetails: page.rows.filter(({ row }) => matches(row)).map(({ row }) => describedImage(db, repository, row)),
      ...(page.next === undefined ? {} : { nextToken: page.next }),
    };
  };
}

function matcher({ db }: EcrCore, filter: Input<'DescribeImages'>['filter']): (image: ImageRecord) => boolean {
  const { tagStatus = 'ANY', imageStatus = 'ACTIVE' } = filter ?? {};
  if (imageStatus !== 'ACTIVE' && imageStatus !== 'ANY') return () => false;
  if (tagStatus === 'ANY') return () => true;
  return (image) => tagsOf(db, image).length > 0 === (tagStatus === 'TAGGED');
}
