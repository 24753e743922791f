import { expect, test } from 'vitest';
import { network, openEc2, scope, type OpenedEc2 } from './contract/opened-ec2.ts';
import { newVpc, there, vpcFilter } from './contract/small-vpc.ts';
import { Networks } from './networks.ts';
import { subnetPolicy } from './policies.ts';

const entry = { RuleNumber: 100, Protocol: '6', RuleAction: 'allow', Egress: false, CidrBlock: '10.0.0.0/8' } as const;

async function aclAssociationOf({ call }: OpenedEc2, subnetId: string): Promise<string> {
  const { NetworkAcls } = await call('DescribeNetworkAcls', {
    Filters: [{ Name: 'association.subnet-id', Values: [subnetId] }],
  });
  const found = NetworkAcls?.[0]?.Associations?.find(({ SubnetId }) => SubnetId === subnetId);
  return there(found?.NetworkAclAssociationId);
}

test('[NET-60] a new account has a default ACL that passes everything, with every subnet', async () => {
  const { call } = await openEc2();
  const { NetworkAcls } = await call('DescribeNetworkAcls', {});
  const all = { CidrBlock: '0.0.0.0/0', Protocol: '-1' };
  expect(NetworkAcls).toMatchObject([
    {
      NetworkAclId: network.networkAcl.id,
      VpcId: network.vpc.id,
      IsDefault: true,
      Entries: [
        { ...all, Egress: true, RuleAction: 'allow', RuleNumber: 100 },
        { ...all, Egress: true, RuleAction: 'deny', RuleNumber: 32767 },
        { ...all, Egress: false, RuleAction: 'allow', RuleNumber: 100 },
        { ...all, Egress: false, RuleAction: 'deny', RuleNumber: 32767 },
      ],
    },
  ]);
  expect(NetworkAcls?.[0]?.Associations?.map(({ SubnetId }) => SubnetId)).toEqual(network.subnets.map(({ id }) => id));
});

test('[NET-61] a subnet changes its ACL; one that has subnets, and the default one, stay', async () => {
  const opened = await openEc2();
  const { call, outcome } = opened;
  const { vpcId, subnetId } = await newVpc(opened);
  const { NetworkAcl } = await call('CreateNetworkAcl', { VpcId: vpcId, ClientToken: 't' });
  const NetworkAclId = there(NetworkAcl?.NetworkAclId);
  expect(NetworkAcl?.Entries).toHaveLength(2);
  expect((await call('CreateNetworkAcl', { VpcId: vpcId, ClientToken: 't' })).NetworkAcl?.NetworkAclId).toBe(
    NetworkAclId,
  );
  const acls = async () => there((await call('DescribeNetworkAcls', vpcFilter(vpcId))).NetworkAcls);
  const before = there((await acls()).find(({ IsDefault }) => IsDefault));
  const AssociationId = there(
    before.Associations?.find(({ SubnetId }) => SubnetId === subnetId)?.NetworkAclAssociationId,
  );
  const { NewAssociationId } = await call('ReplaceNetworkAclAssociation', { AssociationId, NetworkAclId });
  const after = there((await acls()).find((acl) => acl.NetworkAclId === NetworkAclId));
  expect(after.Associations).toEqual([{ NetworkAclAssociationId: NewAssociationId, NetworkAclId, SubnetId: subnetId }]);
  expect(await outcome('ReplaceNetworkAclAssociation', { AssociationId, NetworkAclId })).toBe(
    `InvalidAssociationID.NotFound: The association ID '${AssociationId}' does not exist`,
  );
  const strange = { AssociationId: there(NewAssociationId), NetworkAclId: network.networkAcl.id };
  expect(await outcome('ReplaceNetworkAclAssociation', strange)).toContain('belong to different networks');
  expect(await outcome('DeleteNetworkAcl', { NetworkAclId })).toBe(
    `DependencyViolation: The networkAcl '${NetworkAclId}' has dependencies and cannot be deleted.`,
  );
  expect(await outcome('DeleteNetworkAcl', { NetworkAclId: there(before.NetworkAclId) })).toBe(
    `InvalidParameterValue: cannot delete default network ACL ${before.NetworkAclId}`,
  );
  await call('ReplaceNetworkAclAssociation', {
    AssociationId: there(NewAssociationId),
    NetworkAclId: there(before.NetworkAclId),
  });
  expect(await outcome('DeleteNetworkAcl', { NetworkAclId })).toBe('ok');
});

test('[NET-62] entries have numbers and stand in their order, twenty a direction with the last one', async () => {
  const opened = await openEc2();
  const { call, outcome } = opened;
  const { vpcId, subnetId } = await newVpc(opened);
  const { NetworkAcl } = await call('CreateNetworkAcl', { VpcId: vpcId });
  const NetworkAclId = there(NetworkAcl?.NetworkAclId);
  const add = (more: object) => outcome('CreateNetworkAclEntry', { NetworkAclId, ...entry, ...more });
  const PortRange = { From: 80, To: 443 };
  expect(await add({ PortRange })).toBe('ok');
  expect(await add({ PortRange })).toBe(
    'NetworkAclEntryAlreadyExists: The network acl entry identified by 100 already exists.',
  );
  expect(await add({ Egress: true, Protocol: '-1' })).toBe('ok');
  expect(await add({ RuleNumber: 50, Protocol: 'icmp', IcmpTypeCode: { Type: 8, Code: -1 }, RuleAction: 'deny' })).toBe(
    'ok',
  );
  const entries = async () => {
    const { NetworkAcls } = await call('DescribeNetworkAcls', { NetworkAclIds: [NetworkAclId] });
    return there(NetworkAcls?.[0]?.Entries).filter(({ Egress }) => Egress === false);
  };
  expect(await entries()).toEqual([
    {
      CidrBlock: '10.0.0.0/8',
      Egress: false,
      Protocol: '1',
      RuleAction: 'deny',
      RuleNumber: 50,
      IcmpTypeCode: { Type: 8, Code: -1 },
    },
    { CidrBlock: '10.0.0.0/8', Egress: false, Protocol: '6', RuleAction: 'allow', RuleNumber: 100, PortRange },
    { CidrBlock: '0.0.0.0/0', Egress: false, Protocol: '-1', RuleAction: 'deny', RuleNumber: 32767 },
  ]);
  const AssociationId = await aclAssociationOf(opened, subnetId);
  await call('ReplaceNetworkAclAssociation', { AssociationId, NetworkAclId });
  expect(subnetPolicy(new Networks(opened.database), scope, subnetId)).toMatchObject({
    ingress: [
      { allow: false, protocol: 1, icmp: { type: 8 }, cidr: '10.0.0.0/8' },
      { allow: true, protocol: 6, ports: { from: 80, to: 443 }, cidr: '10.0.0.0/8' },
    ],
    egress: [{ allow: true, protocol: 'all', cidr: '10.0.0.0/8' }],
  });
  await call('ReplaceNetworkAclEntry', { NetworkAclId, ...entry, Protocol: '17', PortRange: { From: 53, To: 53 } });
  expect((await entries())[1]).toMatchObject({ Protocol: '17', PortRange: { From: 53, To: 53 } });
  await call('DeleteNetworkAclEntry', { NetworkAclId, RuleNumber: 50, Egress: false });
  expect(await outcome('DeleteNetworkAclEntry', { NetworkAclId, RuleNumber: 50, Egress: false })).toMatch(
    /^InvalidNetworkAclEntry.NotFound: /,
  );
  for (let number = 1; number <= 18; number += 1) expect(await add({ RuleNumber: number, PortRange })).toBe('ok');
  expect(await add({ RuleNumber: 19, PortRange })).toMatch(/^NetworkAclEntryLimitExceeded: /);
});

test.each([
  [{ RuleNumber: 0 }, 'ruleNumber'],
  [{ RuleNumber: 32767 }, 'ruleNumber'],
  [{ CidrBlock: 'x' }, 'This is not a valid CIDR block'],
  [{ CidrBlock: undefined }, 'MissingParameter: The request must contain the parameter cidrBlock'],
  [{ Protocol: 'nonsense' }, "Invalid value 'nonsense' for IP protocol"],
  [{ Protocol: '256' }, "Invalid value '256' for IP protocol"],
  [{ PortRange: undefined }, 'MissingParameter: The request must contain the parameter portRange'],
  [{ PortRange: { From: 2, To: 1 } }, 'Invalid TCP/UDP port range (2:1)'],
  [{ PortRange: { From: 0, To: 65536 } }, 'Invalid TCP/UDP port range (0:65536)'],
  [{ Protocol: '1' }, 'MissingParameter: The request must contain the parameter icmpTypeCode'],
  [{ Ipv6CidrBlock: '::/0' }, 'InvalidParameterCombination: The parameters cidrBlock and ipv6CidrBlock'],
])('[NET-63] an entry cannot be %j', async (more, want) => {
  const { outcome } = await openEc2();
  const NetworkAclId = network.networkAcl.id;
  const input = { NetworkAclId, ...entry, PortRange: { From: 1, To: 2 }, ...more };
  expect(await outcome('CreateNetworkAclEntry', input)).toContain(want);
});

test('DHCP options are the ones that AWS gives, of the region', async () => {
  const { call } = await openEc2();
  const { DhcpOptions } = await call('DescribeDhcpOptions', { DhcpOptionsIds: [network.vpc.dhcpOptionsId] });
  expect(DhcpOptions?.[0]?.DhcpConfigurations).toEqual([
    { Key: 'domain-name', Values: [{ Value: 'ec2.internal' }] },
    { Key: 'domain-name-servers', Values: [{ Value: 'AmazonProvidedDNS' }] },
  ]);
});

test('[NET-64] entries about IPv6 are kept and shown, and no packet meets them', async () => {
  const opened = await openEc2();
  const { call, outcome } = opened;
  const { vpcId, subnetId } = await newVpc(opened);
  const { NetworkAcls } = await call('DescribeNetworkAcls', vpcFilter(vpcId));
  const NetworkAclId = there(NetworkAcls?.[0]?.NetworkAclId);
  const before = subnetPolicy(new Networks(opened.database), scope, subnetId);
  const given = { NetworkAclId, RuleNumber: 101, Protocol: '-1', RuleAction: 'allow', Egress: false } as const;
  expect(await outcome('CreateNetworkAclEntry', { ...given, Ipv6CidrBlock: '::0/0' })).toBe('ok');
  const { NetworkAcls: found } = await call('DescribeNetworkAcls', {
    Filters: [{ Name: 'entry.ipv6-cidr', Values: ['::/0'] }],
  });
  expect(found?.[0]?.Entries?.find(({ RuleNumber }) => RuleNumber === 101)).toEqual({
    Ipv6CidrBlock: '::/0',
    Egress: false,
    Protocol: '-1',
    RuleAction: 'allow',
    RuleNumber: 101,
  });
  expect(subnetPolicy(new Networks(opened.database), scope, subnetId)).toEqual(before);
  const add = (more: object) => outcome('CreateNetworkAclEntry', { ...given, RuleNumber: 102, ...more });
  expect(await add({ Ipv6CidrBlock: 'fe80::/129' })).toBe(
    'InvalidParameterValue: Value (fe80::/129) for parameter ipv6CidrBlock is invalid. This is not a valid CIDR block.',
  );
  expect(await add({ Ipv6CidrBlock: '::/0', CidrBlock: '0.0.0.0/0' })).toMatch(/^InvalidParameterCombination: /);
  expect(await add({ Ipv6CidrBlock: '::/0', Protocol: 'icmpv6' })).toBe(
    'MissingParameter: The request must contain the parameter icmpTypeCode',
  );
  const IcmpTypeCode = { Type: -1, Code: -1 };
  expect(await add({ Ipv6CidrBlock: '::/0', Protocol: 'icmpv6', IcmpTypeCode })).toBe('ok');
});
