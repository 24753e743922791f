import type { AttachedPolicy, PolicyDocument, PolicyKind } from '../../../policy/index.ts';
import { found, groupKind, type Rows } from '../core.ts';
import { documentOf, findPolicy } from '../holders.ts';
import type { GroupRecord, RoleRecord, UserRecord } from '../records/entities.ts';

/** What kind of place a policy was found in, in SimulatePrincipalPolicy's words. */
export type SourceType = 'aws-managed' | 'user-managed' | 'user' | 'group' | 'role';

export interface GatheredPolicy extends AttachedPolicy {
  readonly sourceType: SourceType;
}

export type ReadPolicy = (text: string, kind: PolicyKind) => PolicyDocument;

export type HolderOf =
  | { readonly type: 'user'; readonly row: UserRecord }
  | { readonly type: 'group'; readonly row: GroupRecord }
  | { readonly type: 'role'; readonly row: RoleRecord };

/** A managed policy as it says now; none when there is no such policy. */
export function managedPolicy(
  rows: Rows,
  read: ReadPolicy,
  { account, arn }: { readonly account: string; readonly arn: string },
): GatheredPolicy[] {
  const policy = findPolicy(rows, account, arn);
  if (policy === undefined) return [];
  const sourceType = 'versions' in policy ? 'user-managed' : 'aws-managed';
  return [{ name: policy.name, arn, document: read(documentOf(policy), 'managed'), sourceType }];
}

/** All policies that hang on somebody: inline ones, managed ones, and those of the groups of a user. */
export function gatheredPolicies(rows: Rows, read: ReadPolicy, { type, row }: HolderOf): GatheredPolicy[] {
  const { account } = row;
  const own: GatheredPolicy[] = row.inline.map(({ name, document }) => ({
    name,
    document: read(document, 'inline'),
    sourceType: type,
  }));
  const managed = row.attached.flatMap((arn) => managedPolicy(rows, read, { account, arn }));
  const ofGroups =
    type !== 'user'
      ? []
      : row.groups.flatMap((name) => {
          const group = found(rows, groupKind, account, name);
          return group === undefined ? [] : gatheredPolicies(rows, read, { type: 'group', row: group });
        });
  return [...own, ...managed, ...ofGroups];
}
