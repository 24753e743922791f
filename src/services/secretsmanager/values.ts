import { toBytes, toText, type Sealer } from '../../kernel/index.ts';
import type { Transaction } from '../../store/index.ts';
import { invalidParameter, limitExceeded, resourceExists } from './errors.ts';
import { maxStagesOfVersion, maxValueBytes, maxVersions } from './limits.ts';
import {
  secretArn,
  secretValueKey,
  secretValues,
  valueContext,
  type SecretRecord,
  type SecretValueRecord,
} from './records/secret.ts';
import type { Rows } from './core.ts';
import { addedVersion, outlivedVersions } from './versions.ts';

/** A value as a request gives it. */
export interface GivenValue {
  readonly kind: SecretValueRecord['kind'];
  readonly bytes: Uint8Array;
}

/** @throws InvalidParameterException for both kinds at once, and for more than 64 KiB */
export function givenValue(input: {
  readonly SecretString?: string | undefined;
  readonly SecretBinary?: Uint8Array | undefined;
}): GivenValue | undefined {
  const { SecretString: text, SecretBinary: binary } = input;
  if (text !== undefined && binary !== undefined)
    throw invalidParameter(
      "You can't specify both a binary secret value and a string secret value in the same secret.",
    );
  const bytes = text === undefined ? binary : toBytes(text);
  if (bytes === undefined) return undefined;
  if (bytes.length > maxValueBytes || bytes.length === 0)
    throw invalidParameter(`The secret value must have between 1 and ${maxValueBytes} bytes, but has ${bytes.length}`);
  return { kind: text === undefined ? 'binary' : 'string', bytes };
}

/** The plain value of a version; undefined when there is none. */
export function openValue(rows: Rows, sealer: Sealer, secret: SecretRecord, versionId: string): GivenValue | undefined {
  const row = rows.get(secretValues, secretValueKey(secret, versionId));
  return row === undefined ? undefined : { kind: row.kind, bytes: sealer.open(row.sealed, row.context) };
}

export function shownValue({ kind, bytes }: GivenValue): { SecretString: string } | { SecretBinary: Uint8Array } {
  return kind === 'string' ? { SecretString: toText(bytes) } : { SecretBinary: bytes };
}

function isSame(one: GivenValue, other: GivenValue): boolean {
  return (
    one.kind === other.kind &&
    one.bytes.length === other.bytes.length &&
    one.bytes.every((byte, at) => byte === other.bytes[at])
  );
}

/**
 * Whether a version with this token is there already, with the same value: then the request was answered before.
 * @throws ResourceExistsException when it has another value
 */
export function isRepeated(
  rows: Rows,
  sealer: Sealer,
  secret: SecretRecord,
  { token, value }: { readonly token: string; readonly value: GivenValue },
): boolean {
  if (!secret.versions.some(({ id }) => id === token)) return false;
  const present = openValue(rows, sealer, secret, token);
  if (present !== undefined && isSame(present, value)) return true;
  throw resourceExists(
    `You can't use ClientRequestToken ${token} because that value is already in use for a version of secret ${secretArn(secret)}.`,
  );
}

/** Writes the value of a new version. @returns the secret with that version, without those that it outlived */
export function writeVersion(
  tx: Transaction,
  sealer: Sealer,
  secret: SecretRecord,
  made: {
    readonly id: string;
    readonly value: GivenValue;
    readonly stages: readonly string[];
    readonly nowMs: number;
  },
): SecretRecord {
  const { id, value, stages, nowMs } = made;
  const gone = outlivedVersions(secret.versions, nowMs);
  for (const one of gone) tx.delete(secretValues, secretValueKey(secret, one));
  const kept = secret.versions.filter((version) => !gone.includes(version.id));
  if (kept.length >= maxVersions)
    throw limitExceeded(`A secret can have at most ${maxVersions} versions that are younger than a day`);
  const versions = addedVersion(kept, { id, createdAtMs: nowMs }, stages);
  checkStages(versions.flatMap((version) => (version.id === id ? [version.stages] : [])));
  const context = valueContext(secret, id);
  tx.put(secretValues, secretValueKey(secret, id), {
    kind: value.kind,
    sealed: sealer.seal(value.bytes, context),
    context,
  });
  return { ...secret, versions, changedAtMs: nowMs };
}

/** @throws LimitExceededException */
export function checkStages(stagesOfVersions: readonly (readonly string[])[]): void {
  if (stagesOfVersions.some((stages) => stages.length > maxStagesOfVersion))
    throw limitExceeded(`A version can have at most ${maxStagesOfVersion} staging labels`);
}
