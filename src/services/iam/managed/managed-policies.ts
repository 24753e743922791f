import { shortPolicies, type ManagedPolicyFacts } from './documents.ts';
import { longPolicies } from './long-documents.ts';

/** A policy that AWS manages: the same in every account. */
export interface ManagedPolicy {
  readonly arn: string;
  readonly name: string;
  readonly path: string;
  readonly id: string;
  /** Such as `v3`: the only one that is shown. */
  readonly version: string;
  readonly document: string;
  readonly editedAtMs: number;
}

/** AWS's own ids are not known: one that follows from the name (FNV-1a, once from either end), so that it is always the same. */
function idOf(name: string): string {
  const hashed = (text: Iterable<string>): string => {
    let hash = 0x811c9dc5;
    for (const character of text) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193) >>> 0;
    return hash.toString(36).toUpperCase().padStart(7, '0');
  };
  return `ANPAAWS${hashed(name)}${hashed(Array.from(name).toReversed())}`;
}

function managed({ name, path, version, editedAtMs, statements }: ManagedPolicyFacts): ManagedPolicy {
  return {
    arn: `arn:aws:iam::aws:policy${path}${name}`,
    name,
    path,
    id: idOf(name),
    version: `v${version}`,
    document: JSON.stringify({ Version: '2012-10-17', Statement: statements }, undefined, 4),
    editedAtMs,
  };
}

/** By ARN, in the order of their names. */
export const managedPolicies: ReadonlyMap<string, ManagedPolicy> = new Map(
  [...shortPolicies, ...longPolicies]
    .map(managed)
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((policy) => [policy.arn, policy]),
);
