import { expect, test } from 'vitest';
import { silentLog } from '../../../kernel/index.ts';
import { MemoryStore, openDatabase } from '../../../store/index.ts';
import { allows, questionsOf, SimIds, written } from '../../../testkit/index.ts';
import { defaultNetwork, ec2Service, ec2Tables } from '../index.ts';
import { withoutResource } from './describing.ts';

const scope = { account: '123456789012', region: 'us-east-1' };
const network = defaultNetwork(scope);
const vpcId = network.vpc.id;
const subnetId = network.subnets[0]?.id ?? '';
const arn = 'arn:aws:ec2:us-east-1:123456789012';

async function opened() {
  const database = await openDatabase(new MemoryStore(), ec2Tables, { log: silentLog, freezeRows: true });
  const clock = { nowMs: () => 0, after: () => () => undefined };
  return ec2Service({ database, clock, ids: new SimIds(1) });
}

test('[AUT-1] every operation of EC2 says what it asks, and no other', async () => {
  const { handlers, authorization } = await opened();
  expect(Object.keys(authorization ?? {}).sort()).toEqual(Object.keys(handlers).sort());
});

test('[AUT-2] what describes asks about everything in the region, two about their thing', async () => {
  const service = await opened();
  const keys = ['ec2:Region', 'ec2:VpcID', 'ec2:Tenancy'];
  for (const name of withoutResource) {
    const lines = questionsOf(service, name, {}).map((question) => written(question, keys));
    expect(lines).toEqual([`ec2:${name} * ec2:Region=us-east-1`]);
  }
  const attribute = (VpcId: string) =>
    questionsOf(service, 'DescribeVpcAttribute', { VpcId }).map((question) => written(question, keys));
  expect(attribute(vpcId)).toEqual([
    `ec2:DescribeVpcAttribute ${arn}:vpc/${vpcId} ec2:Region=us-east-1 ec2:VpcID=${vpcId} ec2:Tenancy=default`,
  ]);
  expect(attribute('vpc-1')).toEqual([`ec2:DescribeVpcAttribute ${arn}:vpc/vpc-1 ec2:Region=us-east-1`]);
});

const tagged = (ResourceType: string) => [{ ResourceType, Tags: [{ Key: 'stage', Value: 'test' }] }];
const aclAssociation = network.subnets[0]?.networkAcl.associationId;
const tableAssociation = network.routeTable.associations[0]?.id;
test.each<[string, object, string[]]>([
  [
    'CreateVpc',
    { CidrBlock: '10.0.0.0/16', TagSpecifications: tagged('vpc') },
    [
      'ec2:CreateVpc vpc/* aws:RequestTag/stage=test',
      'ec2:CreateTags vpc/* aws:RequestTag/stage=test ec2:CreateAction=CreateVpc',
    ],
  ],
  [
    'CreateSubnet',
    { VpcId: vpcId, AvailabilityZone: 'us-east-1a' },
    [
      `ec2:CreateSubnet subnet/* ec2:Vpc=${arn}:vpc/${vpcId} ec2:AvailabilityZone=us-east-1a`,
      `ec2:CreateSubnet vpc/${vpcId}`,
    ],
  ],
  [
    'CreateNatGateway',
    { SubnetId: subnetId, AllocationId: 'eipalloc-1' },
    [
      'ec2:CreateNatGateway natgateway/*',
      `ec2:CreateNatGateway subnet/${subnetId} ec2:Vpc=${arn}:vpc/${vpcId} ec2:AvailabilityZone=us-east-1a`,
      'ec2:CreateNatGateway elastic-ip/eipalloc-1',
    ],
  ],
  [
    'DeleteSubnet',
    { SubnetId: subnetId },
    [`ec2:DeleteSubnet subnet/${subnetId} ec2:Vpc=${arn}:vpc/${vpcId} ec2:AvailabilityZone=us-east-1a`],
  ],
  [
    'ReplaceNetworkAclAssociation',
    { AssociationId: aclAssociation, NetworkAclId: 'acl-1' },
    [
      'ec2:ReplaceNetworkAclAssociation network-acl/acl-1',
      `ec2:ReplaceNetworkAclAssociation subnet/${subnetId} ec2:Vpc=${arn}:vpc/${vpcId} ec2:AvailabilityZone=us-east-1a`,
    ],
  ],
  [
    'DisassociateRouteTable',
    { AssociationId: tableAssociation },
    [`ec2:DisassociateRouteTable route-table/${network.routeTable.id} ec2:Vpc=${arn}:vpc/${vpcId}`],
  ],
  ['DisassociateRouteTable', { AssociationId: 'rtbassoc-1' }, ['ec2:DisassociateRouteTable route-table/*']],
  ['DisassociateAddress', { AssociationId: 'eipassoc-1' }, ['ec2:DisassociateAddress elastic-ip/*']],
  [
    'CreateTags',
    { Resources: [vpcId, 'eni-1'], Tags: [{ Key: 'stage', Value: 'test' }] },
    [
      `ec2:CreateTags vpc/${vpcId} aws:RequestTag/stage=test`,
      'ec2:CreateTags network-interface/eni-1 aws:RequestTag/stage=test',
    ],
  ],
  ['DeleteTags', { Resources: [vpcId], Tags: [{ Key: 'stage' }] }, [`ec2:DeleteTags vpc/${vpcId} aws:TagKeys=stage`]],
  [
    'DeleteVpcEndpoints',
    { VpcEndpointIds: ['vpce-1', 'vpce-2'] },
    ['ec2:DeleteVpcEndpoints vpc-endpoint/vpce-1', 'ec2:DeleteVpcEndpoints vpc-endpoint/vpce-2'],
  ],
])('[AUT-2] %s with %j', async (name, input, want) => {
  const keys = ['ec2:Vpc', 'ec2:AvailabilityZone', 'aws:RequestTag/stage', 'ec2:CreateAction'];
  const own = name === 'DeleteTags' ? ['aws:TagKeys'] : keys;
  const lines = questionsOf(await opened(), name, input).map((question) =>
    written(question, own).replace(`${arn}:`, ''),
  );
  expect(lines).toEqual(want);
});

test('[AUT-7] the tags of a thing are its own', async () => {
  const service = await opened();
  const call = service.handlers['CreateTags'] as (input: object, context: object) => Promise<object>;
  await call({ Resources: [vpcId], Tags: [{ Key: 'stage', Value: 'prod' }] }, scope);
  const [question] = questionsOf(service, 'DeleteVpc', { VpcId: vpcId });
  expect(question && written(question, ['aws:ResourceTag/stage', 'ec2:ResourceTag/stage'])).toBe(
    `ec2:DeleteVpc ${arn}:vpc/${vpcId} aws:ResourceTag/stage=prod ec2:ResourceTag/stage=prod`,
  );
});

test.each<[object, string, object, boolean]>([
  [{ Action: 'ec2:Describe*', Resource: '*' }, 'DescribeSubnets', {}, true],
  [{ Action: 'ec2:Describe*', Resource: 'arn:aws:ec2:*:*:subnet/*' }, 'DescribeSubnets', {}, false],
  [
    { Action: 'ec2:*', Resource: '*', Condition: { StringEquals: { 'ec2:Region': 'eu-west-1' } } },
    'DescribeVpcs',
    {},
    false,
  ],
  [{ Action: 'ec2:*', Resource: `arn:aws:ec2:*:*:vpc/${vpcId}` }, 'DescribeVpcAttribute', { VpcId: vpcId }, true],
  [{ Action: 'ec2:*', Resource: 'arn:aws:ec2:*:*:vpc/vpc-1' }, 'DescribeVpcAttribute', { VpcId: vpcId }, false],
])('[AUT-10] %j and %s', async (statement, name, input, expected) => {
  const policy = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] };
  expect(allows(policy, questionsOf(await opened(), name, input))).toBe(expected);
});
