import { formatArn } from '../../kernel/index.ts';
import {
  conditionValues,
  type AccessQuestion,
  type Authorization,
  type ConditionSources,
  type Questions,
  type RequestContext,
} from '../../protocol/api/index.ts';
import type { Operations } from '../../protocol/generated/secretsmanager.ts';
import { findSecret, presentRows, scopeOf, type Input, type SecretsManagerDeps } from './core.ts';
import { secretArn } from './records/secret.ts';
import { current } from './versions.ts';

type Keys = NonNullable<ConditionSources['keys']>;
type Sources = Pick<ConditionSources, 'keys' | 'requestTags' | 'tagKeys'>;
type Db = Pick<SecretsManagerDeps, 'db'>;

/** A question about one secret: its full ARN when there is one, else the ARN it would have but for the random characters. */
function aboutSecret(
  action: string,
  { db }: Db,
  asked: { readonly id: string; readonly sources?: Sources; readonly context: RequestContext },
): AccessQuestion {
  const { id, sources = {}, context } = asked;
  const row = findSecret(presentRows(db), scopeOf(context), id)?.row;
  const named = id.startsWith('arn:')
    ? id
    : formatArn('secretsmanager', context.region, context.account, `secret:${id}`);
  const resource = row === undefined ? named : secretArn(row);
  return {
    action: `secretsmanager:${action}`,
    resource,
    context: conditionValues({
      ...sources,
      keys: {
        'secretsmanager:SecretId': resource,
        'secretsmanager:resource/AllowRotationLambdaArn': row?.rotation?.lambdaArn,
        'secretsmanager:SecretPrimaryRegion': row?.region,
        ...sources.keys,
      },
      resourceTags: () => row?.tags,
      service: 'secretsmanager',
    }),
    ...(row?.policy === undefined ? {} : { resourcePolicy: row.policy }),
  };
}

/** The question of GetSecretValue, also for each secret of a batch. */
export function valueQuestion(deps: Db, input: Input<'GetSecretValue'>, context: RequestContext): AccessQuestion {
  const { VersionId, VersionStage } = input;
  return aboutSecret('GetSecretValue', deps, {
    id: input.SecretId,
    context,
    sources: {
      keys: {
        'secretsmanager:VersionId': VersionId,
        'secretsmanager:VersionStage': VersionStage ?? (VersionId === undefined ? current : undefined),
      },
    },
  });
}

function requestTags(
  tags: readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[] = [],
): Sources {
  return { requestTags: tags.map(({ Key = '', Value = '' }) => ({ key: Key, value: Value })) };
}

/**
 * What each operation asks of the caller's policies.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecretsmanager.html
 */
export function secretsManagerAuthorization(deps: Db): Authorization<Operations> {
  type Named = { readonly SecretId: string };
  const one =
    <I extends Named>(action: string, sources: (input: I) => Sources = () => ({})): Questions<I> =>
    (input, context) => [aboutSecret(action, deps, { id: input.SecretId, sources: sources(input), context })];
  const anywhere =
    (action: string): Questions<object> =>
    () => [{ action: `secretsmanager:${action}`, resource: '*' }];
  const created: Questions<Input<'CreateSecret'>> = (input, context) => {
    const keys = {
      'secretsmanager:Name': input.Name,
      'secretsmanager:Description': input.Description,
      'secretsmanager:KmsKeyId': input.KmsKeyId,
    };
    const sources = { keys, ...requestTags(input.Tags) };
    const question = aboutSecret('CreateSecret', deps, { id: input.Name, sources, context });
    // Tags on creation are a permission of their own.
    return (input.Tags ?? []).length === 0
      ? [question]
      : [question, { ...question, action: 'secretsmanager:TagResource' }];
  };
  const validated: Questions<Input<'ValidateResourcePolicy'>> = (input, context) =>
    input.SecretId === undefined
      ? [{ action: 'secretsmanager:ValidateResourcePolicy', resource: '*' }]
      : [aboutSecret('ValidateResourcePolicy', deps, { id: input.SecretId, context })];
  const withKeys = <I extends Named>(action: string, keys: (input: I) => Keys): Questions<I> =>
    one<I>(action, (input) => ({ keys: keys(input) }));
  return {
    // Who chooses by filters sees what there is.
    BatchGetSecretValue: ({ Filters }) =>
      ['BatchGetSecretValue', ...(Filters === undefined ? [] : ['ListSecrets'])].map((action) => ({
        action: `secretsmanager:${action}`,
        resource: '*',
      })),
    CancelRotateSecret: one('CancelRotateSecret'),
    CreateSecret: created,
    DeleteResourcePolicy: one('DeleteResourcePolicy'),
    DeleteSecret: withKeys<Input<'DeleteSecret'>>('DeleteSecret', (input) => ({
      'secretsmanager:RecoveryWindowInDays': input.RecoveryWindowInDays?.toString(),
      'secretsmanager:ForceDeleteWithoutRecovery': input.ForceDeleteWithoutRecovery,
    })),
    DescribeSecret: one('DescribeSecret'),
    GetRandomPassword: anywhere('GetRandomPassword'),
    GetResourcePolicy: one('GetResourcePolicy'),
    GetSecretValue: (input, context) => [valueQuestion(deps, input, context)],
    ListSecretVersionIds: one('ListSecretVersionIds'),
    ListSecrets: anywhere('ListSecrets'),
    PutResourcePolicy: withKeys<Input<'PutResourcePolicy'>>('PutResourcePolicy', (input) => ({
      'secretsmanager:BlockPublicPolicy': input.BlockPublicPolicy,
    })),
    PutSecretValue: one('PutSecretValue'),
    RestoreSecret: one('RestoreSecret'),
    RotateSecret: withKeys<Input<'RotateSecret'>>('RotateSecret', (input) => ({
      'secretsmanager:RotationLambdaARN': input.RotationLambdaARN,
      'secretsmanager:ModifyRotationRules': input.RotationRules !== undefined,
      'secretsmanager:RotateImmediately': input.RotateImmediately ?? true,
    })),
    TagResource: one<Input<'TagResource'>>('TagResource', (input) => requestTags(input.Tags)),
    UntagResource: one<Input<'UntagResource'>>('UntagResource', (input) => ({ tagKeys: input.TagKeys })),
    UpdateSecret: withKeys<Input<'UpdateSecret'>>('UpdateSecret', (input) => ({
      'secretsmanager:Description': input.Description,
      'secretsmanager:KmsKeyId': input.KmsKeyId,
    })),
    UpdateSecretVersionStage: withKeys<Input<'UpdateSecretVersionStage'>>('UpdateSecretVersionStage', (input) => ({
      'secretsmanager:VersionStage': input.VersionStage,
    })),
    ValidateResourcePolicy: validated,
  };
}
