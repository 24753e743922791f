import { ApiError } from '../../../protocol/api/index.ts';
import type { APIErrorType, SecretValueEntry } from '../../../protocol/generated/secretsmanager.ts';
import { valueQuestion } from '../authorization.ts';
import { livingSecret, presentRows, scopeOf, type SecretsHandler, type SecretsManagerDeps } from '../core.ts';
import { invalidParameter } from '../errors.ts';
import { maxBatchedValues } from '../limits.ts';
import { listedSecrets } from '../listing.ts';
import { secretArn } from '../records/secret.ts';
import { chosenVersion, noteAccess, valueEntry } from './get-secret-value.ts';

/**
 * The present values of several secrets. One that cannot be read is an error in the answer, not of it.
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_BatchGetSecretValue.html
 */
export function batchGetSecretValue(deps: SecretsManagerDeps): SecretsHandler<'BatchGetSecretValue'> {
  return async (input, context) => {
    const { SecretIdList: list, Filters: filters } = input;
    if ((list === undefined) === (filters === undefined))
      throw invalidParameter('You must include Filters or SecretIdList, but not both.');
    const scope = scopeOf(context);
    const rows = presentRows(deps.db);
    const page =
      list === undefined
        ? listedSecrets(deps.db, scope, {
            Filters: filters,
            MaxResults: input.MaxResults ?? maxBatchedValues,
            NextToken: input.NextToken,
          })
        : undefined;
    const SecretValues: SecretValueEntry[] = [];
    const Errors: APIErrorType[] = [];
    for (const id of list ?? page?.rows.map(secretArn) ?? []) {
      try {
        const found = livingSecret(rows, scope, id);
        context.authorize(valueQuestion(deps, { SecretId: id }, context));
        SecretValues.push(valueEntry(rows, deps, found.row, chosenVersion(found.row, {})));
        await noteAccess(deps, found);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        Errors.push({ SecretId: id, ErrorCode: error.code, Message: error.message });
      }
    }
    return { SecretValues, Errors, ...(page?.next === undefined ? {} : { NextToken: page.next }) };
  };
}
