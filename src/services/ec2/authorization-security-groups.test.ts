import { expect, test } from 'vitest';
import { questionsOf, SimIds, written } from '../../testkit/index.ts';
import { account, defaultGroup, openEc2, vpcId } from './contract/opened-ec2.ts';
import { ec2Service } from './index.ts';

const arn = `arn:aws:ec2:us-east-1:${account}`;
const keys = [
  'ec2:Vpc',
  'ec2:VpcID',
  'ec2:SecurityGroupID',
  'aws:ResourceTag/team',
  'aws:RequestTag/team',
  'ec2:CreateAction',
];
const tags = (ResourceType: string) => [{ ResourceType, Tags: [{ Key: 'team', Value: 'blue' }] }];

test('[SG-30] what is asked for security groups and prefix lists', async () => {
  const ec2 = await openEc2();
  const { GroupId = '' } = await ec2.call('CreateSecurityGroup', {
    GroupName: 'web',
    Description: 'd',
    TagSpecifications: tags('security-group') as never,
  });
  const { SecurityGroupRules: [rule] = [] } = await ec2.call('DescribeSecurityGroupRules', {
    Filters: [{ Name: 'group-id', Values: [GroupId] }],
  });
  const ruleId = rule?.SecurityGroupRuleId ?? '';
  const clock = { nowMs: () => 0, after: () => () => undefined };
  const service = ec2Service({ database: ec2.database, clock, ids: new SimIds(1) });
  const asked = (name: string, input: object): readonly string[] =>
    questionsOf(service, name, input).map((question) => written(question, keys));
  const group = `${arn}:security-group/${GroupId} ec2:Vpc=${arn}:vpc/${vpcId} ec2:SecurityGroupID=${GroupId} aws:ResourceTag/team=blue`;
  expect(asked('AuthorizeSecurityGroupIngress', { GroupId })).toEqual([`ec2:AuthorizeSecurityGroupIngress ${group}`]);
  expect(asked('AuthorizeSecurityGroupEgress', { GroupId, TagSpecifications: tags('security-group-rule') })).toEqual([
    `ec2:AuthorizeSecurityGroupEgress ${group}`,
    `ec2:CreateTags ${arn}:security-group-rule/* aws:RequestTag/team=blue ec2:CreateAction=AuthorizeSecurityGroupEgress`,
  ]);
  expect(asked('RevokeSecurityGroupIngress', { GroupName: 'web' })).toEqual([
    `ec2:RevokeSecurityGroupIngress ${group}`,
  ]);
  expect(asked('ModifySecurityGroupRules', { GroupId, SecurityGroupRules: [{ SecurityGroupRuleId: ruleId }] })).toEqual(
    [`ec2:ModifySecurityGroupRules ${group}`, `ec2:ModifySecurityGroupRules ${arn}:security-group-rule/${ruleId}`],
  );
  expect(asked('DeleteSecurityGroup', { GroupId: 'sg-0' })).toEqual([
    `ec2:DeleteSecurityGroup ${arn}:security-group/sg-0 ec2:SecurityGroupID=sg-0`,
  ]);
  expect(asked('CreateSecurityGroup', { GroupName: 'a', TagSpecifications: tags('security-group') })).toEqual([
    `ec2:CreateSecurityGroup ${arn}:security-group/* aws:RequestTag/team=blue`,
    `ec2:CreateTags ${arn}:security-group/* aws:RequestTag/team=blue ec2:CreateAction=CreateSecurityGroup`,
    `ec2:CreateSecurityGroup ${arn}:vpc/${vpcId} ec2:VpcID=${vpcId}`,
  ]);
  expect(asked('GetSecurityGroupsForVpc', { VpcId: vpcId })).toEqual([
    `ec2:GetSecurityGroupsForVpc ${arn}:vpc/${vpcId} ec2:VpcID=${vpcId}`,
  ]);
  expect(asked('CreateManagedPrefixList', {})).toEqual([`ec2:CreateManagedPrefixList ${arn}:prefix-list/*`]);
  expect(asked('ModifyManagedPrefixList', { PrefixListId: 'pl-0' })).toEqual([
    `ec2:ModifyManagedPrefixList ${arn}:prefix-list/pl-0`,
  ]);
  expect(asked('DescribeSecurityGroups', { GroupIds: [defaultGroup] })).toEqual(['ec2:DescribeSecurityGroups *']);
});
