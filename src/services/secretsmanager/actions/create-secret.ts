import {
  checkKmsKey,
  checkName,
  scopeOf,
  type Input,
  type Rows,
  type SecretsHandler,
  type SecretsManagerDeps,
} from '../core.ts';
import { invalidRequest, limitExceeded, notImplemented, resourceExists } from '../errors.ts';
import { maxSecrets } from '../limits.ts';
import { scopeText, secretArn, secretKey, secrets, type Scope, type SecretRecord } from '../records/secret.ts';
import { newSuffix } from '../suffix.ts';
import { addedTags } from '../tags.ts';
import { givenValue, isRepeated, writeVersion, type GivenValue } from '../values.ts';
import { current } from '../versions.ts';

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html */
export function createSecret(deps: SecretsManagerDeps): SecretsHandler<'CreateSecret'> {
  const { db, clock, ids, sealer } = deps;
  return async (input, context) => {
    const scope = scopeOf(context);
    checkInput(input);
    const value = givenValue(input);
    const tags = addedTags([], input.Tags);
    const token = input.ClientRequestToken ?? ids.uuid();
    const suffix = newSuffix(ids);
    const nowMs = clock.nowMs();
    const { result } = await db.transact((tx) => {
      const key = secretKey(scope, input.Name);
      const earlier = repeated(tx, deps, { scope, name: input.Name, token, value });
      if (earlier !== undefined) return earlier;
      if (db.table(secrets).count('scope', scopeText(scope)) >= maxSecrets)
        throw limitExceeded(`An account can have at most ${maxSecrets} secrets in a Region`);
      const made: SecretRecord = {
        ...scope,
        name: input.Name,
        suffix,
        ...(input.Description === undefined ? {} : { description: input.Description }),
        createdAtMs: nowMs,
        changedAtMs: nowMs,
        tags,
        versions: [],
      };
      const row =
        value === undefined ? made : writeVersion(tx, sealer, made, { id: token, value, stages: [current], nowMs });
      tx.create(secrets, key, row);
      return row;
    });
    return {
      ARN: secretArn(result),
      Name: result.name,
      ...(value === undefined ? {} : { VersionId: token }),
    };
  };
}

function checkInput(input: Input<'CreateSecret'>): void {
  checkName(input.Name);
  checkKmsKey(input.KmsKeyId);
  if ((input.AddReplicaRegions ?? []).length > 0) throw notImplemented('AddReplicaRegions');
  if (input.ForceOverwriteReplicaSecret === true) throw notImplemented('ForceOverwriteReplicaSecret');
  if (input.Type !== undefined) throw notImplemented(`Type '${input.Type}' (managed external secrets)`);
}

/** The secret that the same request made before. @throws ResourceExistsException, InvalidRequestException when the name is taken */
function repeated(
  rows: Rows,
  { sealer }: SecretsManagerDeps,
  asked: {
    readonly scope: Scope;
    readonly name: string;
    readonly token: string;
    readonly value: GivenValue | undefined;
  },
): SecretRecord | undefined {
  const { scope, name, token, value } = asked;
  const row = rows.get(secrets, secretKey(scope, name));
  if (row === undefined) return undefined;
  if (row.deletedAtMs !== undefined)
    throw invalidRequest(
      "You can't create this secret because a secret with this name is already scheduled for deletion.",
    );
  if (value !== undefined && isRepeated(rows, sealer, row, { token, value })) return row;
  throw resourceExists(`The operation failed because the secret ${name} already exists.`);
}
