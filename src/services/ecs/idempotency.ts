import type { Database, Transaction } from '../../store/index.ts';
import { conflict } from './errors.ts';
import { clientTokenLifeMs } from './limits.ts';
import { clientTokenHour, clientTokenKey, clientTokens } from './records/client-token.ts';
import type { Scope } from './records/scope.ts';

/** One use of a clientToken. */
export interface TokenUse {
  readonly scope: Scope;
  /** Such as `RunTask`. Tokens of different operations do not meet. */
  readonly operation: string;
  readonly token: string;
  /** The whole request, with defaults filled in where they matter (the cluster's name); the token itself may be in it. */
  readonly request: object;
  readonly nowMs: number;
  /** How the error names a resource to the caller. */
  readonly arnOf: (resource: string) => string;
}

/**
 * What an earlier request with this token made (its `resources`), or undefined for a token that is new or forgotten.
 * Call it first in the transaction, and `rememberToken` last, so that two requests at once cannot both be the first.
 * @throws ConflictException when the token came with a different request
 */
export function resourcesOfToken(tx: Transaction, use: TokenUse): readonly string[] | undefined {
  const known = tx.get(clientTokens, clientTokenKey(use.scope, use.operation, use.token));
  if (known === undefined || known.usedAtMs + clientTokenLifeMs <= use.nowMs) return undefined;
  if (known.fingerprint === fingerprint(use.request)) return known.resources;
  throw conflict(
    `The ${use.operation} request could not be processed due to conflicts. The provided clientToken is already in use with a different ${use.operation} request. The resourceIds are the existing task ARNs which are already associated with the clientToken.`,
    known.resources.map(use.arnOf),
  );
}

/** Records what the request with this token made, in the transaction that makes it. */
export function rememberToken(tx: Transaction, use: TokenUse, resources: readonly string[]): void {
  const { scope, operation, token, request, nowMs } = use;
  tx.put(clientTokens, clientTokenKey(scope, operation, token), {
    account: scope.account,
    region: scope.region,
    operation,
    token,
    fingerprint: fingerprint(request),
    resources,
    usedAtMs: nowMs,
  });
}

/**
 * Keys of tokens that may be deleted now, at most `limit`. Looks only at hours that are over, so it never reads a live token.
 */
export function forgottenTokens(db: Database, nowMs: number, limit: number): readonly string[] {
  const table = db.table(clientTokens);
  const firstKeptHour = Number(clientTokenHour(nowMs - clientTokenLifeMs));
  const keys: string[] = [];
  for (const hour of table.values('hour')) {
    if (Number(hour) >= firstKeptHour) continue;
    for (const key of table.keys('hour', hour)) {
      if (keys.length >= limit) return keys;
      keys.push(key);
    }
  }
  return keys;
}

/** Equal for equal requests whatever the order of their members. 53 bits: it tells a user's own retries apart, it is no signature. */
export function fingerprint(request: object): string {
  const text = canonicalJson(request);
  let high = 0xdeadbeef;
  let low = 0x41c6ce57;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    high = Math.imul(high ^ unit, 2654435761);
    low = Math.imul(low ^ unit, 1597334677);
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  return (high >>> 0).toString(16).padStart(8, '0') + (low >>> 0).toString(16).padStart(8, '0');
}

function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}
