import { ApiError } from '../../../protocol/api/index.ts';
import type { IpPermission, SecurityGroupRuleRequest, UserIdGroupPair } from '../../../protocol/generated/ec2.ts';
import type { Change } from '../core.ts';
import { invalidCombination, invalidParameterValue, missingParameter, notFound } from '../errors.ts';
import { maxRulesInRequest } from '../limits.ts';
import { managedPrefixList } from '../prefix-lists.ts';
import { prefixLists } from '../records/prefix-list.ts';
import type { SecurityGroupRecord, SecurityGroupRule } from '../records/security-group.ts';
import { differentNetworks } from './errors.ts';
import { checkedId, groupOf } from './groups.ts';
import { readDescription, readIpv4, readIpv6, readPorts, readProtocol } from './rule-parts.ts';
import { contentKey, type GivenRule } from './rules.ts';

/** How a request gives rules: as permissions, or one rule by parameters of its own, which is older. */
export interface RulesInput {
  readonly IpPermissions?: readonly IpPermission[] | undefined;
  readonly IpProtocol?: string | undefined;
  readonly FromPort?: number | undefined;
  readonly ToPort?: number | undefined;
  readonly CidrIp?: string | undefined;
  readonly SourceSecurityGroupName?: string | undefined;
  readonly SourceSecurityGroupOwnerId?: string | undefined;
}

export const rulesInputMembers = [
  'IpPermissions',
  'IpProtocol',
  'FromPort',
  'ToPort',
  'CidrIp',
  'SourceSecurityGroupName',
  'SourceSecurityGroupOwnerId',
] as const;

/** The group whose rules are meant, and which of its two directions. */
export interface RulesOf {
  readonly group: SecurityGroupRecord;
  readonly isEgress: boolean;
  /** Groups and prefix lists that are named must be there, as they must for a rule that is to be made. */
  readonly peersMustExist: boolean;
}

type Peer = SecurityGroupRule['peer'];

/**
 * The rules that a request gives.
 * @throws MissingParameter, InvalidParameterCombination, InvalidParameterValue, and what is wrong with one of them
 */
export function givenRules(change: Change, input: RulesInput, of: RulesOf): readonly GivenRule[] {
  const { IpPermissions = [] } = input;
  const permissions = IpPermissions.length > 0 ? IpPermissions : [permissionOf(input)];
  const other = rulesInputMembers.find((name) => name !== 'IpPermissions' && input[name] !== undefined);
  if (IpPermissions.length > 0 && other !== undefined) {
    const name = `${other.charAt(0).toLowerCase()}${other.slice(1)}`;
    throw invalidCombination(`The parameter '${name}' may not be used in combination with 'ipPermissions'`);
  }
  const rules: GivenRule[] = [];
  for (const permission of permissions) {
    rules.push(...rulesOfPermission(change, permission, of));
    if (rules.length > maxRulesInRequest) throw invalidParameterValue(`More than ${maxRulesInRequest} rules are given`);
  }
  if (new Set(rules.map(contentKey)).size < rules.length) {
    throw invalidParameterValue('The same permission must not appear multiple times');
  }
  return rules;
}

/** The one rule of the older parameters. */
function permissionOf(input: RulesInput): IpPermission {
  const { CidrIp, SourceSecurityGroupName: GroupName, SourceSecurityGroupOwnerId: UserId } = input;
  if (input.IpProtocol === undefined && CidrIp === undefined && GroupName === undefined) {
    throw missingParameter('ipPermissions');
  }
  if (CidrIp === undefined && GroupName === undefined) {
    throw new ApiError(
      'MissingParameter',
      UserId === undefined ? 'Missing source specification' : 'Source group ID missing.',
    );
  }
  const { IpProtocol, FromPort, ToPort } = input;
  return {
    IpProtocol,
    FromPort,
    ToPort,
    IpRanges: CidrIp === undefined ? [] : [{ CidrIp }],
    UserIdGroupPairs: GroupName === undefined ? [] : [{ GroupName, UserId }],
  };
}

function rulesOfPermission(change: Change, permission: IpPermission, of: RulesOf): readonly GivenRule[] {
  const { IpRanges = [], Ipv6Ranges = [], PrefixListIds = [], UserIdGroupPairs = [] } = permission;
  const protocol = readProtocol(permission.IpProtocol);
  const ports = readPorts(protocol, permission.FromPort, permission.ToPort);
  const rule = (peer: Peer, { Description }: { readonly Description?: string | undefined }): GivenRule => ({
    isEgress: of.isEgress,
    protocol,
    ...ports,
    peer,
    ...readDescription(Description),
  });
  return [
    ...IpRanges.map((range) => rule(readIpv4(range.CidrIp ?? ''), range)),
    ...Ipv6Ranges.map((range) => rule(readIpv6(range.CidrIpv6 ?? ''), range)),
    ...PrefixListIds.map((list) => rule(listPeer(change, list.PrefixListId ?? '', of), list)),
    ...UserIdGroupPairs.map((pair) => rule(groupPeer(change, pair, of), pair)),
  ];
}

function listPeer({ writer, scope }: Change, id: string, { peersMustExist }: RulesOf): Peer {
  const isThere = () => writer.get(prefixLists, id) !== undefined || managedPrefixList(scope.region, id) !== undefined;
  if (peersMustExist && !isThere()) throw notFound('prefixList', id);
  return { prefixListId: id };
}

function groupPeer(change: Change, pair: UserIdGroupPair, of: RulesOf): Peer {
  const { GroupId, GroupName, UserId, VpcPeeringConnectionId } = pair;
  if (GroupId === undefined && GroupName === undefined) {
    throw new ApiError('MissingParameter', 'Source group ID missing.');
  }
  const name = GroupId ?? GroupName ?? '';
  // VPCs are not peered, so there is nobody else's group to name.
  if ((UserId !== undefined && UserId !== change.scope.account) || VpcPeeringConnectionId !== undefined) {
    throw notFound('securityGroup', name);
  }
  if (!of.peersMustExist && GroupId !== undefined) return { groupId: checkedId(GroupId) };
  return { groupId: peerGroup(change, pair, of.group) };
}

function peerGroup(
  change: Change,
  named: Pick<UserIdGroupPair, 'GroupId' | 'GroupName'>,
  { vpcId }: SecurityGroupRecord,
): string {
  const group = groupOf(change, named);
  if (group.vpcId !== vpcId) throw differentNetworks();
  return group.id;
}

/** The rule that ModifySecurityGroupRules puts in a rule's place. @throws as givenRules */
export function requestedRule(change: Change, request: SecurityGroupRuleRequest, of: RulesOf): GivenRule {
  const { CidrIpv4, CidrIpv6, PrefixListId, ReferencedGroupId } = request;
  const peers = [CidrIpv4, CidrIpv6, PrefixListId, ReferencedGroupId].filter((one) => one !== undefined);
  if (peers.length !== 1) {
    throw invalidParameterValue(
      'Exactly one of CidrIpv4, CidrIpv6, PrefixListId and ReferencedGroupId must be specified for a rule',
    );
  }
  const [rule] = rulesOfPermission(
    change,
    {
      IpProtocol: request.IpProtocol,
      FromPort: request.FromPort,
      ToPort: request.ToPort,
      IpRanges: CidrIpv4 === undefined ? [] : [{ CidrIp: CidrIpv4, Description: request.Description }],
      Ipv6Ranges: CidrIpv6 === undefined ? [] : [{ CidrIpv6, Description: request.Description }],
      PrefixListIds: PrefixListId === undefined ? [] : [{ PrefixListId, Description: request.Description }],
      UserIdGroupPairs:
        ReferencedGroupId === undefined ? [] : [{ GroupId: ReferencedGroupId, Description: request.Description }],
    },
    of,
  );
  if (rule === undefined) throw invalidParameterValue('The rule has no source or destination');
  return rule;
}
