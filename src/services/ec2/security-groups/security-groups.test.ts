import { describe, expect, test } from 'vitest';
import type { IpPermission } from '../../../protocol/generated/ec2.ts';
import { account, defaultGroup, network, openEc2, scope, vpcId, type OpenedEc2 } from '../contract/opened-ec2.ts';
import { NetworkWriter } from '../networks.ts';
import { networkInterfaces } from '../records/network-interface.ts';
import { securityGroups } from '../records/security-group.ts';
import { vpcs } from '../records/vpc.ts';
import { canonicalIpv4, canonicalIpv6 } from './cidr.ts';

const otherVpc = 'vpc-0other';

/** The service with a second VPC that is not the default one. */
async function opened(): Promise<OpenedEc2> {
  const ec2 = await openEc2();
  await ec2.database.transact((tx) =>
    new NetworkWriter(tx, scope).put(vpcs, {
      ...network.vpc,
      id: otherVpc,
      isDefault: false,
      cidrs: [{ cidr: '10.0.0.0/16', associationId: 'vpc-cidr-assoc-0' }],
    }),
  );
  return ec2;
}

async function created(ec2: OpenedEc2, GroupName = 'web', VpcId?: string): Promise<string> {
  const input = { GroupName, Description: 'the web', ...(VpcId === undefined ? {} : { VpcId }) };
  return (await ec2.call('CreateSecurityGroup', input)).GroupId ?? '';
}

async function described(ec2: OpenedEc2, id: string) {
  const { SecurityGroups: [group] = [] } = await ec2.call('DescribeSecurityGroups', { GroupIds: [id] });
  return group;
}

const tcp = (port: number, more: Partial<IpPermission>): IpPermission => ({
  IpProtocol: 'tcp',
  FromPort: port,
  ToPort: port,
  ...more,
});
const everyone = { IpRanges: [{ CidrIp: '0.0.0.0/0' }] };

describe('a security group', () => {
  test('[SG-1] is made in the default VPC or the one that is named, lets everything out, and is described', async () => {
    const ec2 = await opened();
    const made = await ec2.call('CreateSecurityGroup', {
      GroupName: 'web',
      Description: 'the web',
      TagSpecifications: [{ ResourceType: 'security-group', Tags: [{ Key: 'Name', Value: 'x' }] }],
    });
    expect(made.GroupId).toMatch(/^sg-[0-9a-f]{17}$/);
    expect(made.Tags).toEqual([{ Key: 'Name', Value: 'x' }]);
    expect(await described(ec2, made.GroupId ?? '')).toEqual({
      GroupId: made.GroupId,
      GroupName: 'web',
      Description: 'the web',
      OwnerId: account,
      VpcId: vpcId,
      SecurityGroupArn: `arn:aws:ec2:us-east-1:${account}:security-group/${made.GroupId}`,
      IpPermissions: [],
      IpPermissionsEgress: [
        {
          IpProtocol: '-1',
          IpRanges: [{ CidrIp: '0.0.0.0/0' }],
          Ipv6Ranges: [],
          PrefixListIds: [],
          UserIdGroupPairs: [],
        },
      ],
      Tags: [{ Key: 'Name', Value: 'x' }],
    });
    const other = await created(ec2, 'web', otherVpc);
    expect((await described(ec2, other))?.VpcId).toBe(otherVpc);
    const { SecurityGroupForVpcs } = await ec2.call('GetSecurityGroupsForVpc', { VpcId: otherVpc });
    expect(SecurityGroupForVpcs).toMatchObject([{ GroupId: other, PrimaryVpcId: otherVpc }]);
    expect((await ec2.call('DescribeSecurityGroupReferences', { GroupId: [other] })).SecurityGroupReferenceSet).toEqual(
      [],
    );
    expect((await ec2.call('DescribeStaleSecurityGroups', { VpcId: otherVpc })).StaleSecurityGroupSet).toEqual([]);
  });

  test.each([
    [{ GroupName: 'web' }, `InvalidGroup.Duplicate: The security group 'web' already exists for VPC '${vpcId}'`],
    [
      { GroupName: 'default' },
      "InvalidGroup.Reserved: The name 'default' is reserved, and cannot be used to create a new security group",
    ],
    [
      { GroupName: 'sg-1' },
      'InvalidParameterValue: Value (sg-1) for parameter GroupName is invalid. Group names may not be in the format sg-*.',
    ],
    [
      { GroupName: '' },
      'InvalidParameterValue: Value () for parameter GroupName is invalid. The name cannot be empty.',
    ],
    [
      { GroupName: 'ü' },
      'InvalidParameterValue: Value (ü) for parameter GroupName is invalid. Character sets beyond ASCII are not supported.',
    ],
    [
      { GroupName: 'x'.repeat(256) },
      'InvalidParameterValue: Invalid security group name. Valid security group names are strings less than 256 characters from the following set: a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*',
    ],
    [
      { GroupName: 'a', Description: 'a~b' },
      'InvalidParameterValue: Invalid security group description. Valid security group descriptions are strings less than 256 characters from the following set: a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*',
    ],
    [{ GroupName: 'a', VpcId: 'vpc-0' }, "InvalidVpcID.NotFound: The vpc ID 'vpc-0' does not exist"],
    [{ GroupName: 'a', DryRun: true }, 'DryRunOperation: Request would have succeeded, but DryRun flag is set.'],
    [
      { GroupName: 'a', TagSpecifications: [{ ResourceType: 'vpc' as const, Tags: [] }] },
      "InvalidParameterValue: 'vpc' is not a valid taggable resource type for this operation.",
    ],
  ])('[SG-2] cannot be made with %j', async (input, message) => {
    const ec2 = await opened();
    await created(ec2);
    expect(await ec2.outcome('CreateSecurityGroup', { Description: 'd', ...input })).toBe(message);
    expect((await ec2.call('DescribeSecurityGroups', {})).SecurityGroups).toHaveLength(2);
  });

  test('[SG-3] is deleted unless an interface or another group’s rule needs it, and the default one never', async () => {
    const ec2 = await opened();
    const [web, db] = [await created(ec2), await created(ec2, 'db')];
    const { networkInterfaceId } = await ec2.createInterface({ securityGroups: [web] });
    const remove = (GroupId: string) => ec2.outcome('DeleteSecurityGroup', { GroupId });
    expect(await remove(web)).toBe(`DependencyViolation: resource ${web} has a dependent object`);
    await ec2.removeInterface(networkInterfaceId);
    const named = [tcp(80, { UserIdGroupPairs: [{ GroupId: web }] })];
    for (const GroupId of [web, db]) await ec2.call('AuthorizeSecurityGroupIngress', { GroupId, IpPermissions: named });
    expect(await remove(web)).toBe(`DependencyViolation: resource ${web} has a dependent object`);
    await ec2.call('RevokeSecurityGroupIngress', { GroupId: db, IpPermissions: named });
    expect(await ec2.call('DeleteSecurityGroup', { GroupName: 'web' })).toEqual({ Return: true, GroupId: web });
    expect(await remove(web)).toBe(`InvalidGroup.NotFound: The security group '${web}' does not exist`);
    expect(await remove('web')).toBe('InvalidGroupId.Malformed: Invalid id: "web" (expecting "sg-...")');
    expect(await remove(defaultGroup)).toBe(
      `CannotDelete: the specified group: "${defaultGroup}" name: "default" cannot be deleted by a user`,
    );
    expect(await ec2.outcome('DeleteSecurityGroup', {})).toBe(
      'MissingParameter: The request must contain the parameter groupName or groupId',
    );
    expect(await ec2.outcome('DeleteSecurityGroup', { GroupName: 'no' })).toBe(
      `InvalidGroup.NotFound: The security group 'no' does not exist in default VPC '${vpcId}'`,
    );
    expect(await ec2.outcome('DeleteSecurityGroup', { GroupId: db, DryRun: true })).toMatch('DryRunOperation');
    expect((await described(ec2, db))?.GroupId).toBe(db);
  });

  test('[SG-4] that is deleted while interfaces are made in it leaves none behind in a group that is gone', async () => {
    const ec2 = await opened();
    let deletions = 0;
    for (let round = 0; round < 30; round += 1) {
      const GroupId = await created(ec2, `g${round}`);
      const before = Array.from({ length: round % 3 }, () => ec2.createInterface({ securityGroups: [GroupId] }));
      const deletion = ec2.outcome('DeleteSecurityGroup', { GroupId });
      const after = Array.from({ length: 2 }, () => ec2.createInterface({ securityGroups: [GroupId] }));
      await Promise.allSettled([...before, deletion, ...after]);
      const isThere = ec2.database.get(securityGroups, securityGroups.key(scope, GroupId))?.row;
      const members = ec2.database.table(networkInterfaces).count('group', GroupId);
      if (isThere === undefined) deletions += 1;
      expect([await deletion, members > 0]).toEqual(
        isThere === undefined
          ? ['ok', false]
          : [`DependencyViolation: resource ${GroupId} has a dependent object`, true],
      );
      expect(isThere?.deleting).toBeUndefined();
    }
    expect(deletions).toBeGreaterThan(0);
    expect(deletions).toBeLessThan(30);
  });
});

describe('rules', () => {
  test('[SG-10] are added with ids, descriptions and tags, and shown by protocol and ports', async () => {
    const ec2 = await opened();
    const GroupId = await created(ec2);
    const answer = await ec2.call('AuthorizeSecurityGroupIngress', {
      GroupId,
      IpPermissions: [
        tcp(80, {
          IpProtocol: '6',
          IpRanges: [{ CidrIp: '100.68.0.18/18', Description: 'office' }, { CidrIp: '10.0.0.0/8' }],
          Ipv6Ranges: [{ CidrIpv6: '2001:DB8:0:0::1/32' }],
        }),
        tcp(80, { IpProtocol: 'TCP', UserIdGroupPairs: [{ GroupName: 'default', UserId: account }] }),
        { IpProtocol: 'icmp', FromPort: 8, ToPort: -1, ...everyone },
        { IpProtocol: 'icmpv6', ...everyone },
        { IpProtocol: '50', FromPort: 7, ToPort: 8, ...everyone },
      ],
      TagSpecifications: [{ ResourceType: 'security-group-rule', Tags: [{ Key: 'a', Value: 'b' }] }],
    });
    expect(answer.Return).toBe(true);
    expect(answer.SecurityGroupRules).toHaveLength(7);
    expect(answer.SecurityGroupRules?.[0]).toEqual({
      SecurityGroupRuleId: expect.stringMatching(/^sgr-[0-9a-f]{17}$/),
      SecurityGroupRuleArn: expect.stringMatching(/:security-group-rule\/sgr-/),
      GroupId,
      GroupOwnerId: account,
      IsEgress: false,
      IpProtocol: 'tcp',
      FromPort: 80,
      ToPort: 80,
      CidrIpv4: '100.68.0.0/18',
      Description: 'office',
      Tags: [{ Key: 'a', Value: 'b' }],
    });
    expect((await described(ec2, GroupId))?.IpPermissions).toEqual([
      {
        IpProtocol: 'tcp',
        FromPort: 80,
        ToPort: 80,
        IpRanges: [{ CidrIp: '100.68.0.0/18', Description: 'office' }, { CidrIp: '10.0.0.0/8' }],
        Ipv6Ranges: [{ CidrIpv6: '2001:db8::/32' }],
        PrefixListIds: [],
        UserIdGroupPairs: [{ GroupId: defaultGroup, UserId: account }],
      },
      expect.objectContaining({ IpProtocol: 'icmp', FromPort: 8, ToPort: -1 }),
      expect.objectContaining({ IpProtocol: 'icmpv6', FromPort: -1, ToPort: -1 }),
      { IpProtocol: '50', ...everyone, Ipv6Ranges: [], PrefixListIds: [], UserIdGroupPairs: [] },
    ]);
    const { SecurityGroupRules } = await ec2.call('DescribeSecurityGroupRules', {
      Filters: [
        { Name: 'group-id', Values: [GroupId] },
        { Name: 'tag:a', Values: ['b'] },
      ],
    });
    expect(SecurityGroupRules).toEqual(answer.SecurityGroupRules);
  });

  test('[SG-11] may be given one by one in the older way', async () => {
    const ec2 = await opened();
    const GroupId = await created(ec2);
    const older = { GroupId, IpProtocol: 'tcp', FromPort: 22, ToPort: 22 };
    await ec2.call('AuthorizeSecurityGroupIngress', { ...older, CidrIp: '10.0.0.0/8' });
    await ec2.call('AuthorizeSecurityGroupIngress', { ...older, SourceSecurityGroupName: 'default' });
    const { IpRanges, UserIdGroupPairs } = (await described(ec2, GroupId))?.IpPermissions?.[0] ?? {};
    expect([IpRanges, UserIdGroupPairs]).toEqual([
      [{ CidrIp: '10.0.0.0/8' }],
      [{ GroupId: defaultGroup, UserId: account }],
    ]);
    await ec2.call('RevokeSecurityGroupIngress', { ...older, CidrIp: '10.0.0.0/8' });
    expect((await described(ec2, GroupId))?.IpPermissions?.[0]?.IpRanges).toEqual([]);
  });

  const missing = (protocol: string): string =>
    `InvalidParameterValue: Invalid value 'Must specify both from and to ports with ${protocol}.' for portRange.`;
  test.each<[IpPermission, string]>([
    [
      tcp(80, everyone),
      'InvalidPermission.Duplicate: the specified rule "peer: 0.0.0.0/0, TCP, from port: 80, to port: 80, ALLOW" already exists',
    ],
    [
      { IpProtocol: 'icmp', FromPort: -1, ToPort: -1, ...everyone },
      'InvalidPermission.Duplicate: the specified rule "peer: 0.0.0.0/0, ICMP, type: ALL, code: ALL, ALLOW" already exists',
    ],
    [
      { IpProtocol: '50', ...everyone },
      'InvalidPermission.Duplicate: the specified rule "peer: 0.0.0.0/0, protocol: 50, ALLOW" already exists',
    ],
    [
      tcp(1, { IpRanges: [{ CidrIp: '10.0.0.1/8' }, { CidrIp: '10.0.0.0/8' }] }),
      'InvalidParameterValue: The same permission must not appear multiple times',
    ],
    [{ IpProtocol: 'tcp', ...everyone }, missing('TCP/UDP')],
    [{ IpProtocol: 'icmp', FromPort: 8, ...everyone }, missing('ICMP')],
    [{ IpProtocol: 'tcp', ToPort: 8, ...everyone }, 'InvalidPermission.Malformed: TCP/UDP port (-1) out of range'],
    [tcp(65_536, everyone), 'InvalidPermission.Malformed: TCP/UDP port (65536) out of range'],
    [
      { IpProtocol: 'udp', FromPort: 9, ToPort: 8, ...everyone },
      'InvalidPermission.Malformed: Invalid TCP/UDP port range (9:8)',
    ],
    [
      { IpProtocol: 'icmp', FromPort: 256, ToPort: 0, ...everyone },
      'InvalidPermission.Malformed: ICMP type (256) out of range',
    ],
    [
      { IpProtocol: 'icmp', FromPort: -1, ToPort: 0, ...everyone },
      'InvalidPermission.Malformed: ICMP code (0) must be -1 (all codes) when the type is -1 (all types)',
    ],
    [
      { IpProtocol: 'ftp', ...everyone },
      "InvalidParameterValue: Invalid value 'ftp' for IP protocol. Unknown protocol.",
    ],
    [
      { IpProtocol: '256', ...everyone },
      "InvalidParameterValue: Invalid value '256' for IP protocol. Unknown protocol.",
    ],
    [{ ...everyone }, 'MissingParameter: The request must contain the parameter ipProtocol'],
    [
      tcp(1, { IpRanges: [{ CidrIp: '10.0.0.256/32' }] }),
      'InvalidParameterValue: CIDR block 10.0.0.256/32 is malformed',
    ],
    [tcp(1, { Ipv6Ranges: [{ CidrIpv6: '::g/0' }] }), 'InvalidParameterValue: CIDR block ::g/0 is malformed'],
    [
      tcp(1, { UserIdGroupPairs: [{ GroupId: 'sg-0' }] }),
      "InvalidGroup.NotFound: The security group 'sg-0' does not exist",
    ],
    [
      tcp(1, { UserIdGroupPairs: [{ GroupId: defaultGroup, UserId: '210987654321' }] }),
      `InvalidGroup.NotFound: The security group '${defaultGroup}' does not exist`,
    ],
    [tcp(1, { UserIdGroupPairs: [{}] }), 'MissingParameter: Source group ID missing.'],
    [
      tcp(1, { PrefixListIds: [{ PrefixListId: 'pl-0' }] }),
      "InvalidPrefixListID.NotFound: The prefix list ID 'pl-0' does not exist",
    ],
    [
      tcp(1, { IpRanges: [{ CidrIp: '0.0.0.0/0', Description: '<' }] }),
      'InvalidParameterValue: Invalid rule description. Valid rule descriptions are strings less than 256 characters from the following set: a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*',
    ],
  ])('[SG-12] such as %j are refused, and nothing of the request is done', async (permission, message) => {
    const ec2 = await opened();
    const GroupId = await created(ec2);
    await ec2.call('AuthorizeSecurityGroupIngress', {
      GroupId,
      IpPermissions: [
        tcp(80, everyone),
        { IpProtocol: 'icmp', FromPort: -1, ToPort: -1, ...everyone },
        { IpProtocol: '50', ...everyone },
      ],
    });
    const IpPermissions = [tcp(7, everyone), permission];
    expect(await ec2.outcome('AuthorizeSecurityGroupIngress', { GroupId, IpPermissions })).toBe(message);
    expect((await described(ec2, GroupId))?.IpPermissions).toHaveLength(3);
  });

  test('[SG-12] about groups of other VPCs, or without anybody, are refused', async () => {
    const ec2 = await opened();
    const other = await created(ec2, 'other', otherVpc);
    const authorize = (more: object) => ec2.outcome('AuthorizeSecurityGroupIngress', { GroupId: other, ...more });
    expect(await authorize({ IpPermissions: [tcp(1, { UserIdGroupPairs: [{ GroupId: defaultGroup }] })] })).toBe(
      'InvalidGroup.NotFound: You have specified two resources that belong to different networks.',
    );
    expect(await authorize({})).toBe('MissingParameter: The request must contain the parameter ipPermissions');
    expect(await authorize({ IpProtocol: 'tcp', FromPort: 1, ToPort: 1 })).toBe(
      'MissingParameter: Missing source specification',
    );
    expect(await authorize({ SourceSecurityGroupOwnerId: 'sg-1', IpProtocol: '-1' })).toBe(
      'MissingParameter: Source group ID missing.',
    );
    expect(await authorize({ IpProtocol: '-1', IpPermissions: [tcp(1, everyone)] })).toBe(
      "InvalidParameterCombination: The parameter 'ipProtocol' may not be used in combination with 'ipPermissions'",
    );
  });

  test('[SG-13] are at most 60 in each direction, counted for IPv4 and IPv6', async () => {
    const ec2 = await opened();
    const GroupId = await created(ec2);
    const ranges = (count: number) => Array.from({ length: count }, (_, index) => ({ CidrIp: `10.0.${index}.0/24` }));
    const full = 'RulesPerSecurityGroupLimitExceeded: The maximum number of rules per security group has been reached.';
    const authorize = (permission: Partial<IpPermission>) =>
      ec2.outcome('AuthorizeSecurityGroupIngress', { GroupId, IpPermissions: [tcp(1, permission)] });
    expect(await authorize({ IpRanges: ranges(61) })).toBe(full);
    expect(await authorize({ IpRanges: ranges(59) })).toBe('ok');
    expect(await authorize({ UserIdGroupPairs: [{ GroupId }] })).toBe('ok');
    expect(await authorize({ IpRanges: [{ CidrIp: '1.1.1.1/32' }] })).toBe(full);
    expect(await authorize({ Ipv6Ranges: [{ CidrIpv6: '::/0' }] })).toBe('ok');
    const egress = { GroupId, IpPermissions: [tcp(1, { IpRanges: ranges(59) })] };
    expect(await ec2.outcome('AuthorizeSecurityGroupEgress', egress)).toBe('ok');
  });

  test('[SG-14] are revoked by what they say or by id; what is not there is said, in a VPC of one’s own as an error', async () => {
    const ec2 = await opened();
    const [GroupId, other] = [await created(ec2), await created(ec2, 'other', otherVpc)];
    const IpPermissions = [
      tcp(80, { IpRanges: [{ CidrIp: '10.0.0.0/8', Description: 'x' }, { CidrIp: '0.0.0.0/0' }] }),
    ];
    for (const id of [GroupId, other]) {
      await ec2.call('AuthorizeSecurityGroupIngress', { GroupId: id, IpPermissions });
    }
    const both = [tcp(80, { IpRanges: [{ CidrIp: '10.1.2.3/8' }] }), tcp(81, everyone)];
    expect(await ec2.call('RevokeSecurityGroupIngress', { GroupId, IpPermissions: both })).toEqual({
      Return: true,
      UnknownIpPermissions: [
        {
          IpProtocol: 'tcp',
          FromPort: 81,
          ToPort: 81,
          ...everyone,
          Ipv6Ranges: [],
          PrefixListIds: [],
          UserIdGroupPairs: [],
        },
      ],
      RevokedSecurityGroupRules: [
        expect.objectContaining({ GroupId, IsEgress: false, FromPort: 80, CidrIpv4: '10.0.0.0/8', Description: 'x' }),
      ],
    });
    expect(await ec2.outcome('RevokeSecurityGroupIngress', { GroupId: other, IpPermissions: both })).toBe(
      'InvalidPermission.NotFound: The specified rule does not exist in this security group.',
    );
    const { SecurityGroupRules = [] } = await ec2.call('DescribeSecurityGroupRules', {
      Filters: [{ Name: 'group-id', Values: [GroupId] }],
    });
    const [egress, ingress] = ['true', 'false'].map(
      (side) => SecurityGroupRules.find(({ IsEgress }) => String(IsEgress) === side)?.SecurityGroupRuleId ?? '',
    );
    const byId = (...SecurityGroupRuleIds: string[]) =>
      ec2.outcome('RevokeSecurityGroupEgress', { GroupId, SecurityGroupRuleIds });
    expect(await byId(egress ?? '', ingress ?? '')).toBe(
      `InvalidSecurityGroupRuleId.NotFound: The security group rule ID '${ingress}' does not exist`,
    );
    expect((await described(ec2, GroupId))?.IpPermissionsEgress).toHaveLength(1);
    expect(await byId(egress ?? '')).toBe('ok');
    expect((await described(ec2, GroupId))?.IpPermissionsEgress).toEqual([]);
  });

  test('[SG-15] are replaced whole, keeping id and tags, and described anew', async () => {
    const ec2 = await opened();
    const GroupId = await created(ec2);
    const { SecurityGroupRules: rules = [] } = await ec2.call('AuthorizeSecurityGroupIngress', {
      GroupId,
      IpPermissions: [tcp(80, everyone), tcp(81, everyone)],
      TagSpecifications: [{ ResourceType: 'security-group-rule', Tags: [{ Key: 'a', Value: 'b' }] }],
    });
    const [first = '', second = ''] = rules.map((rule) => rule.SecurityGroupRuleId ?? '');
    const modify = (SecurityGroupRuleId: string, SecurityGroupRule: object) =>
      ec2.outcome('ModifySecurityGroupRules', {
        GroupId,
        SecurityGroupRules: [{ SecurityGroupRuleId, SecurityGroupRule }],
      });
    const udp = { IpProtocol: 'udp', FromPort: 53, ToPort: 53 };
    expect(await modify(first, { ...udp, ReferencedGroupId: GroupId, Description: 'dns' })).toBe('ok');
    expect(await modify(second, { ...udp, ReferencedGroupId: GroupId })).toMatch('InvalidPermission.Duplicate');
    expect(await modify('sgr-0', { ...udp, CidrIpv4: '0.0.0.0/0' })).toMatch('InvalidSecurityGroupRuleId.NotFound');
    expect(await modify(second, udp)).toMatch('InvalidParameterValue: Exactly one of CidrIpv4');
    const read = async (id: string) =>
      (await ec2.call('DescribeSecurityGroupRules', { SecurityGroupRuleIds: [id] })).SecurityGroupRules?.[0];
    expect(await read(first)).toMatchObject({
      IpProtocol: 'udp',
      ReferencedGroupInfo: { GroupId, UserId: account },
      Description: 'dns',
      Tags: [{ Key: 'a', Value: 'b' }],
    });
    await ec2.call('UpdateSecurityGroupRuleDescriptionsIngress', {
      GroupId,
      SecurityGroupRuleDescriptions: [{ SecurityGroupRuleId: first }],
    });
    expect((await read(first))?.Description).toBeUndefined();
    const describe = (port: number) =>
      ec2.outcome('UpdateSecurityGroupRuleDescriptionsIngress', {
        GroupId,
        IpPermissions: [tcp(port, { IpRanges: [{ CidrIp: '0.0.0.0/0', Description: 'all' }] })],
      });
    expect(await describe(81)).toBe('ok');
    expect((await read(second))?.Description).toBe('all');
    expect(await describe(82)).toMatch('InvalidPermission.NotFound');
  });

  test('[SG-16] that many change at once are all there in the end, while tasks get interfaces', async () => {
    const ec2 = await opened();
    const GroupId = await created(ec2);
    const launched = Array.from({ length: 10 }, () => ec2.createInterface({ securityGroups: [GroupId] }));
    const rules = Array.from({ length: 20 }, (_, port) =>
      ec2.call('AuthorizeSecurityGroupIngress', { GroupId, IpPermissions: [tcp(port, everyone)] }),
    );
    await Promise.all([...launched, ...rules]);
    expect((await described(ec2, GroupId))?.IpPermissions).toHaveLength(20);
    expect(ec2.database.table(networkInterfaces).count('group', GroupId)).toBe(10);
  });

  test.each([
    ['ip-permission.cidr', '10.0.0.0/8', true],
    ['ip-permission.cidr', '10.0.0.1/32', false],
    ['ip-permission.from-port', '80', true],
    ['ip-permission.to-port', '81', false],
    ['ip-permission.group-id', defaultGroup, true],
    ['ip-permission.group-name', 'default', true],
    ['ip-permission.ipv6-cidr', '::/0', true],
    ['ip-permission.protocol', 'tcp', true],
    ['ip-permission.user-id', account, true],
    ['egress.ip-permission.protocol', '-1', true],
    ['egress.ip-permission.cidr', '10.0.0.0/8', false],
    ['vpc-id', vpcId, true],
    ['tag-key', 'x', false],
  ])('[SG-17] find their group: %s = %s', async (Name, value, isFound) => {
    const ec2 = await opened();
    const GroupId = await created(ec2);
    await ec2.call('AuthorizeSecurityGroupIngress', {
      GroupId,
      IpPermissions: [
        tcp(80, {
          IpRanges: [{ CidrIp: '10.0.0.0/8' }],
          Ipv6Ranges: [{ CidrIpv6: '::/0' }],
          UserIdGroupPairs: [{ GroupId: defaultGroup }],
        }),
      ],
    });
    const { SecurityGroups } = await ec2.call('DescribeSecurityGroups', {
      Filters: [
        { Name, Values: [value] },
        { Name: 'group-id', Values: [GroupId] },
      ],
    });
    expect(SecurityGroups).toHaveLength(isFound ? 1 : 0);
  });
});

describe('prefix lists', () => {
  const list = { PrefixListName: 'offices', MaxEntries: 3, AddressFamily: 'IPv4' };
  const madeList = async (ec2: OpenedEc2, more: object = {}) =>
    (await ec2.call('CreateManagedPrefixList', { ...list, Entries: [{ Cidr: '10.1.2.3/16' }], ...more })).PrefixList
      ?.PrefixListId ?? '';

  test('[SG-20] have versions, and a client token makes one list', async () => {
    const ec2 = await opened();
    const PrefixListId = await madeList(ec2, { ClientToken: 't' });
    expect(await madeList(ec2, { ClientToken: 't' })).toBe(PrefixListId);
    expect(await ec2.outcome('CreateManagedPrefixList', { ...list, ClientToken: 't' })).toMatch(
      'IdempotentParameterMismatch',
    );
    const modify = (input: object) => ec2.outcome('ModifyManagedPrefixList', { PrefixListId, ...input });
    const AddEntries = [{ Cidr: '10.2.0.0/16', Description: 'second' }];
    expect(await modify({ AddEntries })).toBe(
      'MissingParameter: The request must contain the parameter currentVersion',
    );
    expect(await modify({ AddEntries, CurrentVersion: 2 })).toBe(
      'PrefixListVersionMismatch: The prefix list has the incorrect version number.',
    );
    expect(await modify({ AddEntries, CurrentVersion: 1, MaxEntries: 4 })).toBe(
      'InvalidParameterCombination: You cannot modify the entries and the maximum entries for the prefix list in the same request.',
    );
    expect(await modify({ AddEntries, CurrentVersion: 1 })).toBe('ok');
    expect(await modify({ RemoveEntries: [{ Cidr: '1.0.0.0/8' }], CurrentVersion: 2 })).toBe(
      'InvalidParameterValue: The prefix list has no entry 1.0.0.0/8',
    );
    const three = ['1.0.0.0/8', '2.0.0.0/8'].map((Cidr) => ({ Cidr }));
    expect(await modify({ AddEntries: three, CurrentVersion: 2 })).toMatch('PrefixListMaxEntriesExceeded');
    expect(await modify({ MaxEntries: 1 })).toMatch('InvalidParameterValue');
    const { PrefixLists } = await ec2.call('DescribeManagedPrefixLists', {
      Filters: [{ Name: 'owner-id', Values: [account] }],
    });
    expect(PrefixLists).toMatchObject([
      { PrefixListId, PrefixListName: 'offices', Version: 2, State: 'modify-complete', AddressFamily: 'IPv4' },
    ]);
    const { Entries } = await ec2.call('GetManagedPrefixListEntries', { PrefixListId });
    expect(Entries).toEqual([{ Cidr: '10.1.0.0/16' }, { Cidr: '10.2.0.0/16', Description: 'second' }]);
    expect(await ec2.outcome('GetManagedPrefixListEntries', { PrefixListId, TargetVersion: 1 })).toMatch(
      'is not implemented by Longshore',
    );
  });

  test('[SG-20] those that AWS keeps are listed too, and stand in rules', async () => {
    const ec2 = await opened();
    const { PrefixLists } = await ec2.call('DescribeManagedPrefixLists', {
      Filters: [{ Name: 'prefix-list-name', Values: ['com.amazonaws.us-east-1.s3'] }],
    });
    const PrefixListId = PrefixLists?.[0]?.PrefixListId ?? '';
    expect(PrefixLists).toEqual([
      {
        PrefixListId,
        PrefixListName: 'com.amazonaws.us-east-1.s3',
        PrefixListArn: `arn:aws:ec2:us-east-1:aws:prefix-list/${PrefixListId}`,
        AddressFamily: 'IPv4',
        State: 'create-complete',
        OwnerId: 'AWS',
        Tags: [],
      },
    ]);
    const { Entries } = await ec2.call('GetManagedPrefixListEntries', { PrefixListId });
    expect(Entries).toEqual([{ Cidr: '203.0.113.0/24' }]);
    const GroupId = await created(ec2);
    const IpPermissions = [tcp(443, { PrefixListIds: [{ PrefixListId }] })];
    await ec2.call('AuthorizeSecurityGroupEgress', { GroupId, IpPermissions });
    const { PrefixListAssociations } = await ec2.call('GetManagedPrefixListAssociations', { PrefixListId });
    expect(PrefixListAssociations).toEqual([{ ResourceId: GroupId, ResourceOwner: account }]);
    expect(await ec2.outcome('DeleteManagedPrefixList', { PrefixListId })).toMatch('InvalidPrefixListID.NotFound');
  });

  test('[SG-21] stand in rules, whose weight is their maximum, and in what machines are told; one in use stays', async () => {
    const ec2 = await opened();
    const [PrefixListId, GroupId] = [await madeList(ec2, { MaxEntries: 60 }), await created(ec2)];
    const IpPermissions = [tcp(443, { PrefixListIds: [{ PrefixListId }] })];
    await ec2.call('AuthorizeSecurityGroupIngress', { GroupId, IpPermissions });
    expect(await ec2.outcome('AuthorizeSecurityGroupIngress', { GroupId, IpPermissions: [tcp(1, everyone)] })).toMatch(
      'RulesPerSecurityGroupLimitExceeded',
    );
    const { networkInterfaceId } = await ec2.createInterface({ securityGroups: [GroupId] });
    const machine = await ec2.connect();
    machine.watch(networkInterfaceId);
    await ec2.pass();
    const told = () => machine.groups.get(GroupId)?.ingress;
    expect(told()).toEqual([{ protocol: 6, ports: { from: 443, to: 443 }, peer: { cidrs: ['10.1.0.0/16'] } }]);
    const AddEntries = [{ Cidr: '10.2.0.0/16' }];
    await ec2.call('ModifyManagedPrefixList', { PrefixListId, CurrentVersion: 1, AddEntries });
    await ec2.pass();
    expect(told()?.[0]?.peer).toEqual({ cidrs: ['10.1.0.0/16', '10.2.0.0/16'] });
    const { PrefixListAssociations } = await ec2.call('GetManagedPrefixListAssociations', { PrefixListId });
    expect(PrefixListAssociations).toEqual([{ ResourceId: GroupId, ResourceOwner: account }]);
    expect(await ec2.outcome('DeleteManagedPrefixList', { PrefixListId })).toMatch('DependencyViolation');
    await ec2.call('RevokeSecurityGroupIngress', { GroupId, IpPermissions });
    expect(await ec2.outcome('DeleteManagedPrefixList', { PrefixListId })).toBe('ok');
    await ec2.pass();
    expect(told()).toEqual([]);
  });

  test.each([
    [{ AddressFamily: 'IPv5' }, 'addressFamily'],
    [{ MaxEntries: 0 }, 'maxEntries'],
    [{ MaxEntries: 1_001 }, 'maxEntries'],
    [{ PrefixListName: 'com.amazonaws.x' }, 'prefixListName'],
    [{ Entries: [{ Cidr: '::/0' }] }, 'CIDR block ::/0 is malformed'],
    [
      { Entries: Array.from({ length: 101 }, (_, index) => ({ Cidr: `10.0.${index}.0/24` })) },
      'The number of entries per request',
    ],
  ])('[SG-22] cannot be made with %j', async (input, message) => {
    const ec2 = await opened();
    expect(await ec2.outcome('CreateManagedPrefixList', { ...list, ...input })).toMatch(message);
  });
});

test.each([
  ['100.68.0.18/18', '100.68.0.0/18'],
  ['1.2.3.4/0', '0.0.0.0/0'],
  ['255.255.255.255/32', '255.255.255.255/32'],
  ['1.2.3.4', undefined],
  ['1.2.3.4/33', undefined],
  ['1.2.3/8', undefined],
])('[SG-18] the IPv4 block %s is %s', (text, expected) => {
  expect(canonicalIpv4(text)).toBe(expected);
});

test.each([
  ['2001:db8::1/32', '2001:db8::/32'],
  ['2001:DB8:1:2:3:4:5:6/128', '2001:db8:1:2:3:4:5:6/128'],
  ['2001:0:0:1:0:0:0:1/128', '2001:0:0:1::1/128'],
  ['::/0', '::/0'],
  ['ffff::/9', 'ff80::/9'],
  ['::1', undefined],
  ['1:2:3/64', undefined],
  ['1::2::3/64', undefined],
  ['::/129', undefined],
])('[SG-18] the IPv6 block %s is %s', (text, expected) => {
  expect(canonicalIpv6(text)).toBe(expected);
});
