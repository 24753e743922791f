import { toBytes, toText, type Clock, type Ids, type Sealer } from '../../kernel/index.ts';
import type { Handler } from '../../protocol/api/index.ts';
import type { Operations } from '../../protocol/generated/ssm.ts';
import type { Database, Rows } from '../../store/index.ts';
import { parameterNotFound } from './errors.ts';
import type { Digests, InstanceRoles, PatternReader } from './ports.ts';
import {
  namesOfArn,
  parameterKey,
  parameters,
  type ParameterRecord,
  type ParameterVersionRecord,
  type Scope,
} from './records/parameter.ts';

export { scopeOf } from '../../kernel/index.ts';

export { presentRows, type Rows } from '../../store/index.ts';

/** What the actions stand on. */
export interface SsmDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly sealer: Sealer;
  readonly patterns: PatternReader;
  readonly roles: InstanceRoles;
  readonly digests: Digests;
}

export type Input<Name extends keyof Operations> = Operations[Name]['input'];
export type SsmHandler<Name extends keyof Operations> = Handler<Input<Name>, Operations[Name]['output']>;

/** A parameter of this account and region by name or ARN; one that is past its expiration is gone. */
export function findParameter(
  rows: Rows,
  scope: Scope,
  { id, nowMs }: { readonly id: string; readonly nowMs: number },
): ParameterRecord | undefined {
  for (const name of id.startsWith('arn:') ? (namesOfArn(scope, id) ?? []) : [id]) {
    const row = rows.get(parameters, parameterKey(scope, name));
    if (row !== undefined && !isExpired(row, nowMs)) return row;
  }
  return undefined;
}

/** @throws ParameterNotFound */
export function neededParameter(
  rows: Rows,
  scope: Scope,
  asked: { readonly id: string; readonly nowMs: number },
): ParameterRecord {
  const row = findParameter(rows, scope, asked);
  if (row === undefined) throw parameterNotFound(asked.id);
  return row;
}

export function isExpired({ expiration }: ParameterRecord, nowMs: number): boolean {
  return expiration !== undefined && expiration.expiresAtMs <= nowMs;
}

/** The value as an answer shows it: of a SecureString the plain one only with decryption. */
export function shownValue(
  sealer: Sealer,
  { value, sealed, context }: ParameterVersionRecord,
  withDecryption: boolean | undefined,
): string {
  return sealed && withDecryption === true ? toText(sealer.open(value, context)) : value;
}

export function sealedText(sealer: Sealer, text: string, context: string): string {
  return sealer.seal(toBytes(text), context);
}
