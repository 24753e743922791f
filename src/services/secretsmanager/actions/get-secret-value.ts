import type { SecretValueEntry } from '../../../protocol/generated/secretsmanager.ts';
import {
  livingSecret,
  presentRows,
  scopeOf,
  type FoundSecret,
  type Rows,
  type SecretsHandler,
  type SecretsManagerDeps,
} from '../core.ts';
import { invalidRequest, valueNotFound } from '../errors.ts';
import { dayMs } from '../limits.ts';
import { secretArn, secrets, type SecretRecord, type VersionRecord } from '../records/secret.ts';
import { openValue, shownValue } from '../values.ts';
import { current, versionWith } from '../versions.ts';

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html */
export function getSecretValue(deps: SecretsManagerDeps): SecretsHandler<'GetSecretValue'> {
  return async (input, context) => {
    const rows = presentRows(deps.db);
    const found = livingSecret(rows, scopeOf(context), input.SecretId);
    const answer = valueEntry(rows, deps, found.row, chosenVersion(found.row, input));
    await noteAccess(deps, found);
    return answer;
  };
}

/** The version a request means. @throws ResourceNotFoundException, InvalidRequestException */
export function chosenVersion(
  secret: SecretRecord,
  {
    VersionId: id,
    VersionStage: stage,
  }: { readonly VersionId?: string | undefined; readonly VersionStage?: string | undefined },
): VersionRecord {
  if (id === undefined) {
    const wanted = stage ?? current;
    const version = versionWith(secret.versions, wanted);
    if (version === undefined) throw valueNotFound(`staging label: ${wanted}`);
    return version;
  }
  const version = secret.versions.find((one) => one.id === id);
  if (version === undefined) throw valueNotFound(`VersionId: ${id}`);
  if (stage !== undefined && !version.stages.includes(stage))
    throw invalidRequest('You provided a VersionStage that is not associated to the provided VersionId.');
  return version;
}

export function valueEntry(
  rows: Rows,
  { sealer }: SecretsManagerDeps,
  secret: SecretRecord,
  version: VersionRecord,
): SecretValueEntry {
  const value = openValue(rows, sealer, secret, version.id);
  if (value === undefined) throw valueNotFound(`VersionId: ${version.id}`);
  return {
    ARN: secretArn(secret),
    Name: secret.name,
    VersionId: version.id,
    ...shownValue(value),
    VersionStages: version.stages,
    CreatedDate: version.createdAtMs,
  };
}

/** Only the day is told, as on AWS: a secret is written at most once a day for it. */
export async function noteAccess({ db, clock }: SecretsManagerDeps, { key, row }: FoundSecret): Promise<void> {
  const todayMs = Math.floor(clock.nowMs() / dayMs) * dayMs;
  if (row.accessedAtMs === todayMs) return;
  await db.transact((tx) => {
    const present = tx.get(secrets, key);
    if (present?.suffix === row.suffix) tx.put(secrets, key, { ...present, accessedAtMs: todayMs });
  });
}
