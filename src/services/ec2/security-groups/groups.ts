import { ApiError } from '../../../protocol/api/index.ts';
import type { Change } from '../core.ts';
import { missingParameter, notFound } from '../errors.ts';
import type { Networks } from '../networks.ts';
import { networkInterfaces } from '../records/network-interface.ts';
import type { Scope } from '../records/scope.ts';
import { securityGroups, type SecurityGroupRecord } from '../records/security-group.ts';
import { vpcs } from '../records/vpc.ts';

interface Named {
  readonly GroupId?: string | undefined;
  readonly GroupName?: string | undefined;
}

/** The name of the group that every VPC has from the beginning. */
export const defaultGroupName = 'default';

export function defaultVpcOf(networks: Networks, scope: Scope): string | undefined {
  return networks.all(vpcs, scope).find(({ isDefault }) => isDefault)?.id;
}

/**
 * The group that a request names, by id, or by name in the default VPC.
 * @param options `evenDeleting`: one that is being deleted counts as there
 * @throws MissingParameter, InvalidGroupId.Malformed, InvalidGroup.NotFound
 */
export function groupOf(
  { writer, networks, scope }: Pick<Change, 'writer' | 'networks' | 'scope'>,
  { GroupId, GroupName }: Named,
  options: { readonly evenDeleting?: boolean } = {},
): SecurityGroupRecord {
  const existing = (id: string): SecurityGroupRecord => {
    const group = writer.get(securityGroups, id);
    if (group === undefined || (group.deleting === true && options.evenDeleting !== true)) {
      throw notFound('securityGroup', id);
    }
    return group;
  };
  if (GroupId !== undefined) return existing(checkedId(GroupId));
  if (GroupName === undefined) throw missingParameter('groupName or groupId');
  const vpcId = defaultVpcOf(networks, scope);
  const named = networks.ofVpc(securityGroups, scope, vpcId ?? '').find(({ name }) => name === GroupName);
  if (named === undefined) throw notFound('securityGroup', GroupName, ` in default VPC '${vpcId ?? 'null'}'`);
  return existing(named.id);
}

/** @throws InvalidGroupId.Malformed */
export function checkedId(id: string): string {
  if (/^sg-[0-9a-z]+$/.test(id)) return id;
  throw new ApiError('InvalidGroupId.Malformed', `Invalid id: "${id}" (expecting "sg-...")`);
}

/** Whether an interface is in the group, or a rule of another group names it. */
export function isUsed(
  { networks, database }: Pick<Change, 'networks' | 'database'>,
  group: SecurityGroupRecord,
): boolean {
  if (database.table(networkInterfaces).count('group', group.id) > 0) return true;
  return networks
    .ofVpc(securityGroups, group, group.vpcId)
    .some((other) => other.id !== group.id && namesGroup(other, group.id));
}

function namesGroup({ rules }: SecurityGroupRecord, id: string): boolean {
  return rules.some(({ peer }) => 'groupId' in peer && peer.groupId === id);
}
