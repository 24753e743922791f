import { livingSecret, scopeOf, type SecretsHandler, type SecretsManagerDeps } from '../core.ts';
import { invalidParameter, valueNotFound } from '../errors.ts';
import { secretArn, secrets } from '../records/secret.ts';
import { checkStages } from '../values.ts';
import { current, movedStage, versionWith } from '../versions.ts';

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecretVersionStage.html */
export function updateSecretVersionStage({
  db,
  clock,
}: SecretsManagerDeps): SecretsHandler<'UpdateSecretVersionStage'> {
  return async (input, context) => {
    const { VersionStage: stage, RemoveFromVersionId: from, MoveToVersionId: to } = input;
    const { result } = await db.transact((tx) => {
      const { key, row } = livingSecret(tx, scopeOf(context), input.SecretId);
      if (from === undefined && to === undefined)
        throw invalidParameter('You must specify RemoveFromVersionId, MoveToVersionId or both.');
      for (const id of [from, to])
        if (id !== undefined && !row.versions.some((version) => version.id === id))
          throw valueNotFound(`VersionId: ${id}`);
      const holder = versionWith(row.versions, stage)?.id;
      if (from !== undefined && holder !== from)
        throw invalidParameter(`The staging label ${stage} is not attached to the version ${from}.`);
      if (holder !== undefined && from === undefined && holder !== to)
        throw invalidParameter(
          `The parameter RemoveFromVersionId can't be empty. Staging label ${stage} is currently attached to version ${holder}, so you must explicitly reference that version in RemoveFromVersionId.`,
        );
      if (to === undefined && stage === current)
        throw invalidParameter(
          'You can only move staging label AWSCURRENT to a different secret version. It can’t be completely removed.',
        );
      const versions = movedStage(row.versions, stage, to);
      checkStages(versions.map(({ stages }) => stages));
      const moved = { ...row, versions, changedAtMs: clock.nowMs() };
      tx.put(secrets, key, moved);
      return moved;
    });
    return { ARN: secretArn(result), Name: result.name };
  };
}
