import type { TableSpec } from '../../../store/index.ts';
import type { Scope } from './scope.ts';

/**
 * A clientToken that was used, and what the request with it made, so that a retry gets the same answer.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/ECS_Idempotency.html
 */
export interface ClientTokenRecord extends Scope {
  /** Such as `RunTask`. */
  readonly operation: string;
  readonly token: string;
  /** Tells one request from another; not reversible. */
  readonly fingerprint: string;
  /** Keys or ARNs of what was made, in the order of the answer. */
  readonly resources: readonly string[];
  readonly usedAtMs: number;
}

const hourMs = 60 * 60 * 1000;

export function clientTokenKey(scope: Scope, operation: string, token: string): string {
  return `/ecs/token/${scope.account}/${scope.region}/${operation}/${token}`;
}

/** The hour a token was used in, as the index value under which the clean-up finds it. */
export function clientTokenHour(usedAtMs: number): string {
  return String(Math.floor(usedAtMs / hourMs));
}

export const clientTokens: TableSpec<ClientTokenRecord, 'hour'> = {
  prefix: '/ecs/token/',
  indexes: {
    /** Over all accounts, for the clean-up. */
    hour: (row) => clientTokenHour(row.usedAtMs),
  },
};
