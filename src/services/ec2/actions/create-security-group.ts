import { ApiError } from '../../../protocol/api/index.ts';
import { changing, type Change, type ChangeDeps, type Ec2Handler } from '../core.ts';
import { everywhere } from '../default-network.ts';
import { invalidParameterValue, limitExceeded, notFound } from '../errors.ts';
import { maxSecurityGroups } from '../limits.ts';
import { securityGroups, type SecurityGroupRecord } from '../records/security-group.ts';
import { vpcs } from '../records/vpc.ts';
import { defaultGroupName, defaultVpcOf } from '../security-groups/groups.ts';
import { checkText } from '../security-groups/rule-parts.ts';
import { groupArn } from '../security-groups/shown.ts';
import { tagList, tagsFor } from '../tags.ts';

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html */
export function createSecurityGroup(deps: ChangeDeps): Ec2Handler<'CreateSecurityGroup'> {
  const takes = ['Description', 'GroupName', 'VpcId', 'TagSpecifications'] as const;
  return changing<'CreateSecurityGroup'>(deps, takes, (input, change) => {
    const { GroupName: name, Description: description } = input;
    checkName(name);
    checkAscii('GroupDescription', description);
    checkText('security group description', description);
    const vpcId = wantedVpc(change, input.VpcId);
    if (change.networks.ofVpc(securityGroups, change.scope, vpcId).some((group) => group.name === name)) {
      throw new ApiError('InvalidGroup.Duplicate', `The security group '${name}' already exists for VPC '${vpcId}'`);
    }
    if (change.networks.all(securityGroups, change.scope).length >= maxSecurityGroups) {
      throw limitExceeded('SecurityGroupLimitExceeded', 'security groups');
    }
    const group = newGroup(change, {
      name,
      description,
      vpcId,
      tags: tagsFor('security-group', input.TagSpecifications),
    });
    change.writer.create(securityGroups, group);
    return { GroupId: group.id, SecurityGroupArn: groupArn(group), Tags: tagList(group) };
  });
}

/** A new group lets everything out, to IPv4. */
function newGroup(
  { scope, newId }: Change,
  given: Pick<SecurityGroupRecord, 'name' | 'description' | 'vpcId' | 'tags'>,
): SecurityGroupRecord {
  const rule = { isEgress: true, protocol: '-1', fromPort: -1, toPort: -1, peer: { cidr: everywhere }, tags: {} };
  return { ...scope, id: newId('sg'), ...given, rules: [{ id: newId('sgr'), ...rule }] };
}

function wantedVpc({ writer, networks, scope }: Change, id: string | undefined): string {
  const vpcId = id ?? defaultVpcOf(networks, scope);
  if (vpcId === undefined) throw new ApiError('VPCIdNotSpecified', 'No default VPC for this user');
  if (writer.get(vpcs, vpcId) === undefined) throw notFound('vpc', vpcId);
  return vpcId;
}

function checkName(name: string): void {
  if (name === '')
    throw invalidParameterValue('Value () for parameter GroupName is invalid. The name cannot be empty.');
  checkAscii('GroupName', name);
  if (name.startsWith('sg-')) {
    throw invalidParameterValue(
      `Value (${name}) for parameter GroupName is invalid. Group names may not be in the format sg-*.`,
    );
  }
  checkText('security group name', name);
  if (name === defaultGroupName) {
    throw new ApiError(
      'InvalidGroup.Reserved',
      `The name '${name}' is reserved, and cannot be used to create a new security group`,
    );
  }
}

function checkAscii(parameter: string, text: string): void {
  if (/^[ -~]*$/.test(text)) return;
  throw invalidParameterValue(
    `Value (${text}) for parameter ${parameter} is invalid. Character sets beyond ASCII are not supported.`,
  );
}
