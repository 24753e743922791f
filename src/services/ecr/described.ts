import type { RequestContext } from '../../protocol/api/index.ts';
import type { ImageDetail, Repository } from '../../protocol/generated/ecr.ts';
import type { Database } from '../../store/index.ts';
import { tagsOf } from './images/find-image.ts';
import type { ImageRecord } from './records/image.ts';
import { repositoryArn, type RepositoryRecord } from './records/repository.ts';

/** The host that the client used, without the protocol: there `docker push` reaches the registry as it is. */
export function endpointHost({ endpoint }: RequestContext): string {
  return endpoint.replace(/^https?:\/\//, '');
}

export function describedRepository(row: RepositoryRecord, host: string): Repository {
  return {
    repositoryArn: repositoryArn(row),
    registryId: row.account,
    repositoryName: row.name,
    repositoryUri: `${host}/${row.name}`,
    createdAt: row.createdAtMs,
    ...describedMutability(row),
    imageScanningConfiguration: { scanOnPush: false },
    encryptionConfiguration: { encryptionType: 'AES256' },
  };
}

export function describedMutability({
  mutability,
  exclusions,
}: RepositoryRecord): Pick<Repository, 'imageTagMutability' | 'imageTagMutabilityExclusionFilters'> {
  return {
    imageTagMutability: mutability,
    ...(exclusions.length === 0
      ? {}
      : {
          imageTagMutabilityExclusionFilters: exclusions.map((filter) => ({ filterType: 'WILDCARD' as const, filter })),
        }),
  };
}

export function describedImage(db: Database, { account, name }: RepositoryRecord, image: ImageRecord): ImageDetail {
  const imageTags = tagsOf(db, image);
  return {
    registryId: account,
    repositoryName: name,
    imageDigest: image.digest,
    ...(imageTags.length === 0 ? {} : { imageTags }),
    imageSizeInBytes: image.sizeBytes,
    imagePushedAt: image.pushedAtMs,
    imageManifestMediaType: image.mediaType,
    ...(image.artifactMediaType === undefined ? {} : { artifactMediaType: image.artifactMediaType }),
    ...(image.pulledAtMs === undefined ? {} : { lastRecordedPullTime: image.pulledAtMs }),
    ...(image.subject === undefined ? {} : { subjectManifestDigest: image.subject }),
    imageStatus: 'ACTIVE',
  };
}
