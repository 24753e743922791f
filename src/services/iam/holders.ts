import { found, policyKind, keyOf, touched, type Rows } from './core.ts';
import { noSuchEntity } from './errors.ts';
import { managedPolicies, type ManagedPolicy } from './managed/managed-policies.ts';
import { policies, type PolicyRecord } from './records/policy.ts';
import type { Transaction } from '../../store/index.ts';

const policyArnPattern = /^arn:aws:iam::(\d{12}):policy(\/(?:[!-~]+\/)?)([\w+=,.@-]+)$/;

/** A managed policy by its ARN: AWS's, or one of the account. */
export function findPolicy(rows: Rows, account: string, arn: string): PolicyRecord | ManagedPolicy | undefined {
  const managed = managedPolicies.get(arn);
  if (managed !== undefined) return managed;
  const [, owner, path, name = ''] = policyArnPattern.exec(arn) ?? [];
  if (owner !== account) return undefined;
  const row = found(rows, policyKind, account, name);
  return row !== undefined && row.path === path && row.name === name ? row : undefined;
}

/** @throws NoSuchEntity */
export function neededPolicy(rows: Rows, account: string, arn: string): PolicyRecord | ManagedPolicy {
  const policy = findPolicy(rows, account, arn);
  if (policy === undefined) throw noSuchEntity(`Policy ${arn} was not found.`);
  return policy;
}

/** What a managed policy says now. */
export function documentOf(policy: PolicyRecord | ManagedPolicy): string {
  if ('document' in policy) return policy.document;
  return policy.versions.find(({ id }) => id === policy.defaultVersion)?.document ?? '';
}

/** Something begins to use a managed policy. @throws NoSuchEntity */
export function usedPolicy(tx: Transaction, account: string, arn: string): PolicyRecord | ManagedPolicy {
  const policy = findPolicy(tx, account, arn);
  if (policy === undefined) throw noSuchEntity(`Policy ${arn} does not exist or is not attachable.`);
  if ('versions' in policy) tx.put(policies, keyOf(policyKind, account, policy.name), touched(policy));
  return policy;
}

/** @throws NoSuchEntity */
export function checkedBoundary(tx: Transaction, account: string, arn: string): void {
  usedPolicy(tx, account, arn);
}
