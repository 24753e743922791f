import { neededSecret, presentRows, scopeOf, type SecretsHandler, type SecretsManagerDeps } from '../core.ts';
import { describedSecret, listedSecret } from '../described.ts';
import { invalidToken } from '../errors.ts';
import { maxPageSize } from '../limits.ts';
import { listedSecrets } from '../listing.ts';
import { secretArn } from '../records/secret.ts';

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DescribeSecret.html */
export function describeSecret({ db }: SecretsManagerDeps): SecretsHandler<'DescribeSecret'> {
  return (input, context) => describedSecret(neededSecret(presentRows(db), scopeOf(context), input.SecretId).row);
}

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecrets.html */
export function listSecrets({ db }: SecretsManagerDeps): SecretsHandler<'ListSecrets'> {
  return (input, context) => {
    const { rows, next } = listedSecrets(db, scopeOf(context), input);
    return { SecretList: rows.map(listedSecret), ...(next === undefined ? {} : { NextToken: next }) };
  };
}

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecretVersionIds.html */
export function listSecretVersionIds({ db }: SecretsManagerDeps): SecretsHandler<'ListSecretVersionIds'> {
  return (input, context) => {
    const { row } = neededSecret(presentRows(db), scopeOf(context), input.SecretId);
    const newestFirst = row.versions
      .filter(({ stages }) => input.IncludeDeprecated === true || stages.length > 0)
      .toReversed();
    const after = input.NextToken;
    const start = after === undefined ? 0 : newestFirst.findIndex(({ id }) => id === after) + 1;
    if (after !== undefined && start === 0) throw invalidToken();
    const page = newestFirst.slice(start, start + (input.MaxResults ?? maxPageSize));
    const last = page.at(-1);
    return {
      Versions: page.map(({ id, stages, createdAtMs }) => ({
        VersionId: id,
        ...(stages.length === 0 ? {} : { VersionStages: stages }),
        CreatedDate: createdAtMs,
        KmsKeyIds: ['DefaultEncryptionKey'],
      })),
      ARN: secretArn(row),
      Name: row.name,
      ...(last === undefined || start + page.length >= newestFirst.length ? {} : { NextToken: last.id }),
    };
  };
}
