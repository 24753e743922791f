import type { Handlers } from '../../../protocol/api/index.ts';
import type { Operations } from '../../../protocol/generated/ec2.ts';
import { authorizeSecurityGroupEgress, authorizeSecurityGroupIngress } from '../actions/authorize-security-group.ts';
import { createSecurityGroup } from '../actions/create-security-group.ts';
import { deleteSecurityGroup } from '../actions/delete-security-group.ts';
import {
  describeManagedPrefixLists,
  getManagedPrefixListAssociations,
  getManagedPrefixListEntries,
} from '../actions/describe-managed-prefix-lists.ts';
import {
  describeSecurityGroupReferences,
  describeStaleSecurityGroups,
} from '../actions/describe-security-group-references.ts';
import { describeSecurityGroupRules } from '../actions/describe-security-group-rules.ts';
import { describeSecurityGroups } from '../actions/describe-security-groups.ts';
import { getSecurityGroupsForVpc } from '../actions/get-security-groups-for-vpc.ts';
import {
  createManagedPrefixList,
  deleteManagedPrefixList,
  modifyManagedPrefixList,
} from '../actions/managed-prefix-lists.ts';
import { modifySecurityGroupRules } from '../actions/modify-security-group-rules.ts';
import { revokeSecurityGroupEgress, revokeSecurityGroupIngress } from '../actions/revoke-security-group.ts';
import {
  updateSecurityGroupRuleDescriptionsEgress,
  updateSecurityGroupRuleDescriptionsIngress,
} from '../actions/update-security-group-rule-descriptions.ts';
import type { ChangeDeps } from '../core.ts';

/** The operations on security groups and prefix lists. */
export function securityGroupHandlers(deps: ChangeDeps): Handlers<Operations> {
  return {
    AuthorizeSecurityGroupEgress: authorizeSecurityGroupEgress(deps),
    AuthorizeSecurityGroupIngress: authorizeSecurityGroupIngress(deps),
    CreateManagedPrefixList: createManagedPrefixList(deps),
    CreateSecurityGroup: createSecurityGroup(deps),
    DeleteManagedPrefixList: deleteManagedPrefixList(deps),
    DeleteSecurityGroup: deleteSecurityGroup(deps),
    DescribeManagedPrefixLists: describeManagedPrefixLists(deps),
    DescribeSecurityGroupReferences: describeSecurityGroupReferences(deps),
    DescribeSecurityGroupRules: describeSecurityGroupRules(deps),
    DescribeSecurityGroups: describeSecurityGroups(deps),
    DescribeStaleSecurityGroups: describeStaleSecurityGroups(deps),
    GetManagedPrefixListAssociations: getManagedPrefixListAssociations(deps),
    GetManagedPrefixListEntries: getManagedPrefixListEntries(deps),
    GetSecurityGroupsForVpc: getSecurityGroupsForVpc(deps),
    ModifyManagedPrefixList: modifyManagedPrefixList(deps),
    ModifySecurityGroupRules: modifySecurityGroupRules(deps),
    RevokeSecurityGroupEgress: revokeSecurityGroupEgress(deps),
    RevokeSecurityGroupIngress: revokeSecurityGroupIngress(deps),
    UpdateSecurityGroupRuleDescriptionsEgress: updateSecurityGroupRuleDescriptionsEgress(deps),
    UpdateSecurityGroupRuleDescriptionsIngress: updateSecurityGroupRuleDescriptionsIngress(deps),
  };
}
