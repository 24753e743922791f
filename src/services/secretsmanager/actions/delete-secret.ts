import type { Transaction } from '../../../store/index.ts';
import {
  findSecret,
  neededSecret,
  refuseOwned,
  scopeOf,
  type SecretsHandler,
  type SecretsManagerDeps,
} from '../core.ts';
import { invalidParameter, invalidRequest, markedForDeletion, secretNotFound } from '../errors.ts';
import { dayMs, defaultRecoveryDays } from '../limits.ts';
import { secretArn, secrets, secretValueKey, secretValues, type SecretRecord } from '../records/secret.ts';

/** Most versions whose values go in one transaction; what is left goes in the next. */
const maxRemovedAtOnce = 100;

/**
 * Marks a secret for deletion after a recovery window, or with ForceDeleteWithoutRecovery for now.
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html
 */
export function deleteSecret({ db, clock }: SecretsManagerDeps): SecretsHandler<'DeleteSecret'> {
  return async (input, context) => {
    const { RecoveryWindowInDays: days, ForceDeleteWithoutRecovery: force = false } = input;
    if (force && days !== undefined)
      throw invalidParameter("You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.");
    if (days !== undefined && (days < 7 || days > 30))
      throw invalidParameter('The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).');
    const nowMs = clock.nowMs();
    const goesAtMs = force ? nowMs : nowMs + (days ?? defaultRecoveryDays) * dayMs;
    const { result } = await db.transact((tx) => {
      const found = findSecret(tx, scopeOf(context), input.SecretId);
      if (found === undefined) throw secretNotFound();
      const { key, row } = found;
      refuseOwned(row);
      if (row.deletedAtMs !== undefined && !force) throw markedForDeletion();
      const marked = { ...row, deletedAtMs: nowMs, goesAtMs, changedAtMs: nowMs };
      if (force) removeSecret(tx, key, marked);
      else tx.put(secrets, key, marked);
      return marked;
    });
    return { ARN: secretArn(result), Name: result.name, DeletionDate: goesAtMs };
  };
}

/** Removes a secret with its values; of one with very many versions some values, and the rest the next time. */
export function removeSecret(tx: Transaction, key: string, row: SecretRecord): void {
  for (const { id } of row.versions.slice(0, maxRemovedAtOnce)) tx.delete(secretValues, secretValueKey(row, id));
  const left = row.versions.slice(maxRemovedAtOnce);
  if (left.length === 0) tx.delete(secrets, key);
  else tx.put(secrets, key, { ...row, versions: left });
}

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RestoreSecret.html */
export function restoreSecret({ db, clock }: SecretsManagerDeps): SecretsHandler<'RestoreSecret'> {
  return async (input, context) => {
    const nowMs = clock.nowMs();
    const { result } = await db.transact((tx) => {
      const { key, row } = neededSecret(tx, scopeOf(context), input.SecretId);
      const { deletedAtMs, goesAtMs, ...rest } = row;
      if (deletedAtMs === undefined) return row;
      if (goesAtMs !== undefined && goesAtMs <= nowMs)
        throw invalidRequest('The recovery window of the secret is over: it is being deleted.');
      tx.put(secrets, key, { ...rest, changedAtMs: nowMs });
      return row;
    });
    return { ARN: secretArn(result), Name: result.name };
  };
}
