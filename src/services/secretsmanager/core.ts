import type { Clock, Ids, Sealer } from '../../kernel/index.ts';
import type { Handler } from '../../protocol/api/index.ts';
import type { Operations } from '../../protocol/generated/secretsmanager.ts';
import type { Database, Rows } from '../../store/index.ts';
import { invalidParameter, invalidRequest, markedForDeletion, notImplemented, secretNotFound } from './errors.ts';
import { readSecretId, secretKey, secrets, splitSuffix, type Scope, type SecretRecord } from './records/secret.ts';

export { scopeOf } from '../../kernel/index.ts';

export { presentRows, type Rows } from '../../store/index.ts';

/** What the actions stand on. */
export interface SecretsManagerDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly sealer: Sealer;
}

export type Input<Name extends keyof Operations> = Operations[Name]['input'];
export type SecretsHandler<Name extends keyof Operations> = Handler<Input<Name>, Operations[Name]['output']>;

export interface FoundSecret {
  readonly key: string;
  readonly row: SecretRecord;
}

/**
 * A secret by name, full ARN, or an ARN without the six random characters, also one that is marked for deletion.
 * Secrets of other accounts are not found.
 */
export function findSecret(rows: Rows, scope: Scope, id: string): FoundSecret | undefined {
  const named = readSecretId(id, scope);
  if (named === undefined || named.scope.account !== scope.account || named.scope.region !== scope.region)
    return undefined;
  const full = named.isArn ? splitSuffix(named.text) : undefined;
  if (full !== undefined) {
    const key = secretKey(scope, full.name);
    const row = rows.get(secrets, key);
    if (row?.suffix === full.suffix) return { key, row };
  }
  const key = secretKey(scope, named.text);
  const row = rows.get(secrets, key);
  return row === undefined ? undefined : { key, row };
}

/** @throws ResourceNotFoundException */
export function neededSecret(rows: Rows, scope: Scope, id: string): FoundSecret {
  const found = findSecret(rows, scope, id);
  if (found === undefined) throw secretNotFound();
  return found;
}

/** @throws ResourceNotFoundException, and InvalidRequestException for one that is marked for deletion */
export function livingSecret(rows: Rows, scope: Scope, id: string): FoundSecret {
  const found = neededSecret(rows, scope, id);
  if (found.row.deletedAtMs !== undefined) throw markedForDeletion();
  return found;
}

/** One that its user may change and delete. @throws InvalidRequestException for one that another service keeps */
export function refuseOwned({ name, owningService }: SecretRecord): void {
  if (owningService !== undefined)
    throw invalidRequest(
      `You can't change or delete the secret ${name} directly, because the service ${owningService} manages it.`,
    );
}

/** The one key there is: AWS's own name for it is taken. @throws InvalidRequestException for any other */
export function checkKmsKey(id: string | undefined): void {
  if (id !== undefined && id !== '' && id !== 'alias/aws/secretsmanager')
    throw notImplemented(`KmsKeyId '${id}' (values are sealed with the installation's key, alias/aws/secretsmanager)`);
}

const nameCharacters = /^[A-Za-z0-9/_+=.@!-]+$/;

/** @throws InvalidParameterException */
export function checkName(name: string): void {
  if (!nameCharacters.test(name))
    throw invalidParameter(
      'Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!',
    );
}
