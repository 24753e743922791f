import { toBytes } from '../../kernel/index.ts';
import type { Transaction } from '../../store/index.ts';
import type { SecretsManagerDeps } from './core.ts';
import { removeSecret } from './actions/delete-secret.ts';
import { secretArn, secretKey, secrets, type Scope, type SecretRecord, type Tag } from './records/secret.ts';
import { newSuffix } from './suffix.ts';
import { writeVersion } from './values.ts';
import { current } from './versions.ts';

export interface OwnedSecret {
  readonly name: string;
  readonly description: string;
  readonly value: string;
  readonly tags: readonly Tag[];
}

/** Secrets that another service keeps for its users: they read them, that service alone changes and deletes them. */
export interface OwnedSecrets {
  /** Writes a new secret in `tx`. @returns its ARN; throws Conflict when the name is taken */
  create(tx: Transaction, scope: Scope, secret: OwnedSecret): string;
  /** Writes a new version of its value in `tx`; no error when it is gone. */
  change(tx: Transaction, scope: Scope, name: string, value: string): void;
  /** Removes a secret at once in `tx`; no error when it is gone. */
  remove(tx: Transaction, scope: Scope, name: string): void;
}

/** @param owningService as DescribeSecret shows it, such as `rds` */
export function ownedSecrets(
  { clock, ids, sealer }: Pick<SecretsManagerDeps, 'clock' | 'ids' | 'sealer'>,
  owningService: string,
): OwnedSecrets {
  function valued(tx: Transaction, row: SecretRecord, value: string): SecretRecord {
    return writeVersion(tx, sealer, row, {
      id: ids.uuid(),
      value: { kind: 'string', bytes: toBytes(value) },
      stages: [current],
      nowMs: clock.nowMs(),
    });
  }
  return {
    create(tx, { account, region }, { name, description, value, tags }) {
      const nowMs = clock.nowMs();
      const made: SecretRecord = {
        account,
        region,
        name,
        suffix: newSuffix(ids),
        description,
        createdAtMs: nowMs,
        changedAtMs: nowMs,
        tags,
        versions: [],
        owningService,
      };
      tx.create(secrets, secretKey(made, name), valued(tx, made, value));
      return secretArn(made);
    },
    change(tx, scope, name, value) {
      const key = secretKey(scope, name);
      const row = tx.get(secrets, key);
      if (row !== undefined) tx.put(secrets, key, valued(tx, row, value));
    },
    remove(tx, scope, name) {
      const key = secretKey(scope, name);
      const row = tx.get(secrets, key);
      if (row === undefined) return;
      // With more versions than go at once, the deletion's controller removes the rest.
      const nowMs = clock.nowMs();
      removeSecret(tx, key, { ...row, deletedAtMs: nowMs, goesAtMs: nowMs });
    },
  };
}
