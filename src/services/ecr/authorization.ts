import type { AccessQuestion, Questions, RequestContext } from '../../protocol/api/index.ts';
import type { Operations } from '../../protocol/generated/ecr.ts';
import type { Database } from '../../store/index.ts';
import { registryOf, type EcrCore } from './core.ts';
import { repositories, repositoryArn, repositoryKey, repositoryOfArn, type Scope } from './records/repository.ts';

interface Named {
  readonly repositoryName: string;
  readonly registryId?: string | undefined;
}

/** May the caller do this to a repository, which need not exist? Its tags and its own policy are in the question. */
export function questionAbout(
  db: Database,
  action: string,
  named: Scope & { readonly name: string },
  more: Iterable<readonly [string, readonly string[]]> = [],
): AccessQuestion {
  const row = db.get(repositories, repositoryKey(named, named.name))?.row;
  const own = (row?.tags ?? []).flatMap(({ key, value }) => [
    [`ecr:resourcetag/${key.toLowerCase()}`, [value]] as const,
    [`aws:resourcetag/${key.toLowerCase()}`, [value]] as const,
  ]);
  return {
    action,
    resource: repositoryArn(named),
    context: new Map([...own, ...more]),
    ...(row?.policy === undefined ? {} : { resourcePolicy: row.policy }),
  };
}

function requestTags(
  tags: readonly { readonly Key: string; readonly Value: string }[],
): readonly (readonly [string, readonly string[]])[] {
  if (tags.length === 0) return [];
  return [
    ['aws:tagkeys', tags.map(({ Key }) => Key)],
    ...tags.map(({ Key, Value }) => [`aws:requesttag/${Key.toLowerCase()}`, [Value]] as const),
  ];
}

/** What ECR's operations ask of the caller's policies. https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html */
export function ecrAuthorization({ db }: EcrCore): Readonly<Record<string, Questions>> {
  const named =
    (operation: keyof Operations): Questions<Named> =>
    ({ repositoryName, registryId }, context) => [
      questionAbout(db, `ecr:${operation}`, { ...registryOf(context, registryId), name: repositoryName }),
    ];
  const byArn = (
    operation: string,
    { resourceArn }: { readonly resourceArn: string },
    context: RequestContext,
    tags: readonly (readonly [string, readonly string[]])[] = [],
  ): readonly AccessQuestion[] => {
    const repository = repositoryOfArn(resourceArn) ?? { ...registryOf(context, undefined), name: '*' };
    return [questionAbout(db, `ecr:${operation}`, repository, tags)];
  };
  const entries = {
    BatchCheckLayerAvailability: named('BatchCheckLayerAvailability'),
    BatchDeleteImage: named('BatchDeleteImage'),
    BatchGetImage: named('BatchGetImage'),
    CompleteLayerUpload: named('CompleteLayerUpload'),
    CreateRepository: (({ repositoryName, registryId, tags = [] }, context) => {
      const repository = { ...registryOf(context, registryId), name: repositoryName };
      const question = questionAbout(db, 'ecr:CreateRepository', repository, requestTags(tags));
      return tags.length === 0 ? [question] : [question, { ...question, action: 'ecr:TagResource' }];
    }) as Questions<Operations['CreateRepository']['input']>,
    DeleteLifecyclePolicy: named('DeleteLifecyclePolicy'),
    DeleteRepository: named('DeleteRepository'),
    DeleteRepositoryPolicy: named('DeleteRepositoryPolicy'),
    DescribeImages: named('DescribeImages'),
    DescribeImageScanFindings: named('DescribeImageScanFindings'),
    DescribeRegistry: (() => [{ action: 'ecr:DescribeRegistry', resource: '*' }]) as Questions<object>,
    DescribeRepositories: (({ registryId, repositoryNames = ['*'] }, context) =>
      repositoryNames.map((name) =>
        questionAbout(db, 'ecr:DescribeRepositories', { ...registryOf(context, registryId), name }),
      )) as Questions<Operations['DescribeRepositories']['input']>,
    GetAuthorizationToken: (() => [{ action: 'ecr:GetAuthorizationToken', resource: '*' }]) as Questions<object>,
    GetDownloadUrlForLayer: named('GetDownloadUrlForLayer'),
    GetLifecyclePolicy: named('GetLifecyclePolicy'),
    GetLifecyclePolicyPreview: named('GetLifecyclePolicyPreview'),
    GetRepositoryPolicy: named('GetRepositoryPolicy'),
    InitiateLayerUpload: named('InitiateLayerUpload'),
    ListImages: named('ListImages'),
    ListTagsForResource: ((input, context) => byArn('ListTagsForResource', input, context)) as Questions<
      Operations['ListTagsForResource']['input']
    >,
    PutImage: named('PutImage'),
    PutImageScanningConfiguration: named('PutImageScanningConfiguration'),
    PutImageTagMutability: named('PutImageTagMutability'),
    PutLifecyclePolicy: named('PutLifecyclePolicy'),
    SetRepositoryPolicy: named('SetRepositoryPolicy'),
    StartImageScan: named('StartImageScan'),
    StartLifecyclePolicyPreview: named('StartLifecyclePolicyPreview'),
    TagResource: ((input, context) => byArn('TagResource', input, context, requestTags(input.tags))) as Questions<
      Operations['TagResource']['input']
    >,
    UntagResource: ((input, context) =>
      byArn('UntagResource', input, context, [['aws:tagkeys', input.tagKeys]])) as Questions<
      Operations['UntagResource']['input']
    >,
    UploadLayerPart: named('UploadLayerPart'),
  };
  return entries;
}
