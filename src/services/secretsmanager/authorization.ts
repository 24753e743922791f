import { formatArn } from '../../kernel/index.ts';
import type { AccessQuestion, Questions, RequestContext } from '../../protocol/api/index.ts';
import type { Operations } from '../../protocol/generated/secretsmanager.ts';
import { findSecret, presentRows, scopeOf, type Input, type SecretsManagerDeps } from './core.ts';
import { secretArn, type SecretRecord } from './records/secret.ts';
import { current } from './versions.ts';

type Keys = Readonly<Record<string, string | boolean | number | readonly string[] | undefined>>;
type Db = Pick<SecretsManagerDeps, 'db'>;

function contextOf(keys: Keys): ReadonlyMap<string, readonly string[]> {
  return new Map(
    Object.entries(keys).flatMap(([name, value]) =>
      value === undefined ? [] : [[name.toLowerCase(), typeof value === 'object' ? value : [String(value)]] as const],
    ),
  );
}

/** Keys of policies about tags keep the tag's case in their own name's last part on AWS; keys are compared without case. */
function tagKeys(row: SecretRecord | undefined): Keys {
  return Object.fromEntries(
    (row?.tags ?? []).flatMap(({ key, value }) => [
      [`aws:ResourceTag/${key}`, value],
      [`secretsmanager:ResourceTag/${key}`, value],
    ]),
  );
}

/** A question about one secret: its full ARN when there is one, else the ARN it would have but for the random characters. */
function aboutSecret(
  action: string,
  { db }: Db,
  asked: { readonly id: string; readonly keys?: Keys; readonly context: RequestContext },
): AccessQuestion {
  const { id, keys = {}, context } = asked;
  const row = findSecret(presentRows(db), scopeOf(context), id)?.row;
  const named = id.startsWith('arn:')
    ? id
    : formatArn('secretsmanager', context.region, context.account, `secret:${id}`);
  const resource = row === undefined ? named : secretArn(row);
  return {
    action: `secretsmanager:${action}`,
    resource,
    context: contextOf({
      'secretsmanager:SecretId': resource,
      'secretsmanager:resource/AllowRotationLambdaArn': row?.rotation?.lambdaArn,
      'secretsmanager:SecretPrimaryRegion': row?.region,
      ...tagKeys(row),
      ...keys,
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
    keys: {
      'secretsmanager:VersionId': VersionId,
      'secretsmanager:VersionStage': VersionStage ?? (VersionId === undefined ? current : undefined),
    },
  });
}

function requestTags(
  tags: readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[] = [],
): Keys {
  if (tags.length === 0) return {};
  return {
    ...Object.fromEntries(tags.map(({ Key = '', Value = '' }) => [`aws:RequestTag/${Key}`, Value])),
    'aws:TagKeys': tags.map(({ Key = '' }) => Key),
  };
}

/**
 * What each operation asks of the caller's policies.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecretsmanager.html
 */
export function secretsManagerAuthorization(deps: Db): Readonly<Record<string, Questions>> {
  type Named = { readonly SecretId: string };
  const one =
    <I extends Named>(action: string, keys: (input: I) => Keys = () => ({})): Questions<I> =>
    (input, context) => [aboutSecret(action, deps, { id: input.SecretId, keys: keys(input), context })];
  const anywhere =
    (action: string): Questions<object> =>
    () => [{ action: `secretsmanager:${action}`, resource: '*' }];
  const created: Questions<Input<'CreateSecret'>> = (input, context) => {
    const keys = {
      'secretsmanager:Name': input.Name,
      'secretsmanager:Description': input.Description,
      'secretsmanager:KmsKeyId': input.KmsKeyId,
      ...requestTags(input.Tags),
    };
    const question = aboutSecret('CreateSecret', deps, { id: input.Name, keys, context });
    // Tags on creation are a permission of their own.
    return (input.Tags ?? []).length === 0
      ? [question]
      : [question, { ...question, action: 'secretsmanager:TagResource' }];
  };
  const validated: Questions<Input<'ValidateResourcePolicy'>> = (input, context) =>
    input.SecretId === undefined
      ? [{ action: 'secretsmanager:ValidateResourcePolicy', resource: '*' }]
      : [aboutSecret('ValidateResourcePolicy', deps, { id: input.SecretId, context })];
  const questions: { readonly [K in keyof Operations]?: Questions<Operations[K]['input']> } = {
    BatchGetSecretValue: anywhere('BatchGetSecretValue'),
    CancelRotateSecret: one('CancelRotateSecret'),
    CreateSecret: created,
    DeleteResourcePolicy: one('DeleteResourcePolicy'),
    DeleteSecret: one<Input<'DeleteSecret'>>('DeleteSecret', (input) => ({
      'secretsmanager:RecoveryWindowInDays': input.RecoveryWindowInDays,
      'secretsmanager:ForceDeleteWithoutRecovery': input.ForceDeleteWithoutRecovery,
    })),
    DescribeSecret: one('DescribeSecret'),
    GetRandomPassword: anywhere('GetRandomPassword'),
    GetResourcePolicy: one('GetResourcePolicy'),
    GetSecretValue: (input, context) => [valueQuestion(deps, input, context)],
    ListSecretVersionIds: one('ListSecretVersionIds'),
    ListSecrets: anywhere('ListSecrets'),
    PutResourcePolicy: one<Input<'PutResourcePolicy'>>('PutResourcePolicy', (input) => ({
      'secretsmanager:BlockPublicPolicy': input.BlockPublicPolicy,
    })),
    PutSecretValue: one('PutSecretValue'),
    RestoreSecret: one('RestoreSecret'),
    RotateSecret: one<Input<'RotateSecret'>>('RotateSecret', (input) => ({
      'secretsmanager:RotationLambdaARN': input.RotationLambdaARN,
      'secretsmanager:ModifyRotationRules': input.RotationRules !== undefined,
      'secretsmanager:RotateImmediately': input.RotateImmediately ?? true,
    })),
    TagResource: one<Input<'TagResource'>>('TagResource', (input) => requestTags(input.Tags)),
    UntagResource: one<Input<'UntagResource'>>('UntagResource', (input) => ({ 'aws:TagKeys': input.TagKeys })),
    UpdateSecret: one<Input<'UpdateSecret'>>('UpdateSecret', (input) => ({
      'secretsmanager:Description': input.Description,
      'secretsmanager:KmsKeyId': input.KmsKeyId,
    })),
    UpdateSecretVersionStage: one<Input<'UpdateSecretVersionStage'>>('UpdateSecretVersionStage', (input) => ({
      'secretsmanager:VersionStage': input.VersionStage,
    })),
    ValidateResourcePolicy: validated,
  };
  return questions;
}
