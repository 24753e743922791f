import { arnOf, policyKind, type IamDeps, type IamHandler } from '../core.ts';
import { neededPolicy } from '../holders.ts';
import { presentRows } from '../core.ts';
import { managedPolicies } from '../managed/managed-policies.ts';
import { pageOfList, rowsWith } from '../pages.ts';
import { groups, roles, useOf, users } from '../records/entities.ts';
import { policies } from '../records/policy.ts';
import { policyUses, shownManagedPolicy, shownPolicy } from '../shown.ts';

/** The account's own first, then AWS's. https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicies.html */
export function listPolicies({ db }: IamDeps): IamHandler<'ListPolicies'> {
  return (input, { account }) => {
    const { Scope: scope = 'All', OnlyAttached: attachedOnly = false, PathPrefix: prefix = '/' } = input;
    const own = scope === 'AWS' ? [] : rowsWith(db, policies, 'account', account);
    const all = [
      ...own.map((row) => ({
        arn: arnOf(policyKind, row),
        path: row.path,
        show: () => shownPolicy(db, row, { details: false }),
      })),
      ...(scope === 'Local' ? [] : [...managedPolicies.values()]).map((policy) => ({
        arn: policy.arn,
        path: policy.path,
        show: () => shownManagedPolicy(db, policy, account),
      })),
    ].filter(({ arn, path }) => {
      if (!path.startsWith(prefix)) return false;
      const uses = policyUses(db, account, arn);
      if (input.PolicyUsageFilter === 'PermissionsPolicy') return uses.attached > 0;
      if (input.PolicyUsageFilter === 'PermissionsBoundary') return uses.bounds > 0;
      return !attachedOnly || uses.attached > 0;
    });
    const { items, rest } = pageOfList(all, ({ arn }) => arn, input);
    return { Policies: items.map(({ show }) => show()), ...rest };
  };
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListEntitiesForPolicy.html */
export function listEntitiesForPolicy({ db }: IamDeps): IamHandler<'ListEntitiesForPolicy'> {
  return (input, { account }) => {
    const { PolicyArn: arn, EntityFilter: filter, PathPrefix: prefix = '/', PolicyUsageFilter: usage } = input;
    neededPolicy(presentRows(db), account, arn);
    const use = useOf(account, arn);
    const asPolicy = usage !== 'PermissionsBoundary';
    const asBoundary = usage !== 'PermissionsPolicy';
    const kinds = [
      { kind: 'Group', rows: asPolicy ? rowsWith(db, groups, 'policy', use) : [] },
      {
        kind: 'User',
        rows: [
          ...(asPolicy ? rowsWith(db, users, 'policy', use) : []),
          ...(asBoundary ? rowsWith(db, users, 'boundary', use) : []),
        ],
      },
      {
        kind: 'Role',
        rows: [
          ...(asPolicy ? rowsWith(db, roles, 'policy', use) : []),
          ...(asBoundary ? rowsWith(db, roles, 'boundary', use) : []),
        ],
      },
    ] as const;
    const byId = new Map(
      kinds
        .filter(({ kind }) => filter === undefined || filter === kind)
        .flatMap(({ kind, rows }) => rows.filter(({ path }) => path.startsWith(prefix)).map((row) => ({ kind, row })))
        .map((one) => [one.row.id, one]),
    );
    const { items, rest } = pageOfList([...byId.values()], ({ row }) => row.id, input);
    const of = (wanted: string) => items.filter(({ kind }) => kind === wanted).map(({ row }) => row);
    return {
      PolicyGroups: of('Group').map(({ name, id }) => ({ GroupName: name, GroupId: id })),
      PolicyUsers: of('User').map(({ name, id }) => ({ UserName: name, UserId: id })),
      PolicyRoles: of('Role').map(({ name, id }) => ({ RoleName: name, RoleId: id })),
      ...rest,
    };
  };
}
