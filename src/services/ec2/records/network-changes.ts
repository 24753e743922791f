import type { TableSpec } from '../../../store/index.ts';
import { scopeText, type Scope } from './scope.ts';

/** Changes that users made to the networks of an account and region so far. Every change reads and writes it, so no two are made at once. */
export interface NetworkChanges extends Scope {
  readonly count: number;
}

export function networkChangesKey(scope: Scope): string {
  return `/ec2/network-changes/${scopeText(scope)}`;
}

export const networkChanges: TableSpec<NetworkChanges, never> = { prefix: '/ec2/network-changes/', indexes: {} };
