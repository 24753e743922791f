import {
  checkKmsKey,
  livingSecret,
  refuseOwned,
  scopeOf,
  type SecretsHandler,
  type SecretsManagerDeps,
} from '../core.ts';
import { invalidParameter, notImplemented } from '../errors.ts';
import { secretArn, secrets } from '../records/secret.ts';
import { givenValue, isRepeated, writeVersion } from '../values.ts';
import { current } from '../versions.ts';

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html */
export function putSecretValue({ db, clock, ids, sealer }: SecretsManagerDeps): SecretsHandler<'PutSecretValue'> {
  return async (input, context) => {
    const value = givenValue(input);
    if (value === undefined) throw invalidParameter('You must provide either SecretString or SecretBinary.');
    if (input.RotationToken !== undefined)
      throw notImplemented('RotationToken (rotation by a role in another account)');
    const token = input.ClientRequestToken ?? ids.uuid();
    const nowMs = clock.nowMs();
    const { result } = await db.transact((tx) => {
      const { key, row } = livingSecret(tx, scopeOf(context), input.SecretId);
      refuseOwned(row);
      if (isRepeated(tx, sealer, row, { token, value })) return row;
      // The first version of a secret is the current one, whatever else it is.
      const given = input.VersionStages ?? [current];
      const stages = row.versions.length === 0 ? [...new Set([current, ...given])] : given;
      const written = writeVersion(tx, sealer, row, { id: token, value, stages, nowMs });
      tx.put(secrets, key, written);
      return written;
    });
    const version = result.versions.find(({ id }) => id === token);
    return { ARN: secretArn(result), Name: result.name, VersionId: token, VersionStages: version?.stages ?? [] };
  };
}

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecret.html */
export function updateSecret({ db, clock, ids, sealer }: SecretsManagerDeps): SecretsHandler<'UpdateSecret'> {
  return async (input, context) => {
    checkKmsKey(input.KmsKeyId);
    if (input.Type !== undefined) throw notImplemented(`Type '${input.Type}' (managed external secrets)`);
    const value = givenValue(input);
    const token = input.ClientRequestToken ?? ids.uuid();
    const nowMs = clock.nowMs();
    const { result } = await db.transact((tx) => {
      const { key, row } = livingSecret(tx, scopeOf(context), input.SecretId);
      refuseOwned(row);
      const described =
        input.Description === undefined ? row : { ...row, description: input.Description, changedAtMs: nowMs };
      const isNew = value !== undefined && !isRepeated(tx, sealer, row, { token, value });
      const written = isNew
        ? writeVersion(tx, sealer, described, { id: token, value, stages: [current], nowMs })
        : described;
      tx.put(secrets, key, written);
      return written;
    });
    return { ARN: secretArn(result), Name: result.name, ...(value === undefined ? {} : { VersionId: token }) };
  };
}
