import type { Database } from '../../store/index.ts';
import { arnOf, found, presentRows, roleKind } from './core.ts';
import { findPolicy } from './holders.ts';
import { trustDocument } from './trust.ts';

/** What others may know of a role whose session somebody wants. */
export interface AssumableRole {
  /** With the path. */
  readonly arn: string;
  readonly account: string;
  readonly name: string;
  readonly id: string;
  /** The trust policy. */
  readonly trust: string;
  readonly maxSessionSeconds: number;
  readonly tags: readonly { readonly key: string; readonly value: string }[];
}

const roleArnPattern = /^arn:aws:iam::(\d{12}):role\/(?:[!-~]+\/)?([\w+=,.@-]+)$/;

/** The role an ARN names; undefined when there is none, or the text is no role's ARN. */
export function assumableRole(db: Database, arn: string): AssumableRole | undefined {
  const [, account, name] = roleArnPattern.exec(arn) ?? [];
  if (account === undefined || name === undefined) return undefined;
  const rows = presentRows(db);
  const row = found(rows, roleKind, account, name);
  if (row === undefined || arnOf(roleKind, row) !== arn) return undefined;
  const { id, maxSessionSeconds, tags } = row;
  return { arn, account, name: row.name, id, trust: trustDocument(rows, row), maxSessionSeconds, tags };
}

/** Whether an account has a managed policy, its own or AWS's. */
export function hasPolicy(db: Database, account: string, arn: string): boolean {
  return findPolicy(presentRows(db), account, arn) !== undefined;
}
