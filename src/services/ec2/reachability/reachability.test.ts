import { describe, expect, test } from 'vitest';
import type { AclEntry } from '../../../network-protocol/index.ts';
import { ApiError, type RequestContext } from '../../../protocol/api/index.ts';
import { contextOf, defaultGroup, network, openEc2, scope, type OpenedEc2 } from '../contract/opened-ec2.ts';
import { ec2Service } from '../index.ts';
import { NetworkWriter } from '../networks.ts';
import { routeTables } from '../records/route-table.ts';
import { decideReachability } from './decide.ts';
import type { End, InterfaceEnd, OutsideEnd, RuleOfGroup, WayOut } from './ends.ts';
import type { Packet } from './packet.ts';

const allowAll: readonly AclEntry[] = [{ allow: true, protocol: 'all', cidr: '0.0.0.0/0' }];
const http: Packet = { protocol: 6, port: 80 };
const ping: Packet = { protocol: 1, icmp: { type: 8, code: 0 } };
const internet: OutsideEnd = { kind: 'outside', name: 'the Internet', cidr: '0.0.0.0/0' };
const office: OutsideEnd = { kind: 'outside', name: '198.51.100.7', cidr: '198.51.100.7/32' };
const open: WayOut = { kind: 'internet', by: 'the route of rtb-1 to igw-1' };
const nat: WayOut = { kind: 'nat', by: 'the route of rtb-1 to nat-1' };
const closed: WayOut = { kind: 'none', because: 'rtb-1 has no route to 0.0.0.0/0' };

function rule(
  id: string,
  isEgress: boolean,
  peer: string,
  traffic: RuleOfGroup['traffic'] = { protocol: 'all' },
): RuleOfGroup {
  return { id, isEgress, traffic, peer: peer.startsWith('sg-') ? { group: peer } : { cidrs: [peer], name: peer } };
}
const out = rule('sgr-out', true, '0.0.0.0/0');
const tcp80 = { protocol: 6, ports: { from: 80, to: 80 } } as const;

interface Given {
  readonly subnet?: string;
  readonly vpc?: string;
  readonly rules?: readonly RuleOfGroup[];
  readonly wayOut?: WayOut;
  readonly ingress?: readonly AclEntry[];
  readonly egress?: readonly AclEntry[];
  readonly groups?: InterfaceEnd['groups'];
}

function end(name: string, address: string, given: Given = {}): InterfaceEnd {
  const { subnet = 'subnet-1', vpc = 'vpc-1', rules = [out], wayOut = closed } = given;
  return {
    kind: 'interface',
    id: `eni-${name}`,
    address,
    vpc: { id: vpc, cidrs: ['10.0.0.0/16'] },
    subnet: {
      id: subnet,
      vpcId: vpc,
      cidr: '10.0.0.0/24',
      ingress: given.ingress ?? allowAll,
      egress: given.egress ?? allowAll,
    },
    groups: given.groups ?? [{ id: `sg-${name}`, name, rules }],
    wayOut,
  };
}
const a = (given?: Given) => end('a', '10.0.0.1', given);
const b = (given?: Given) => end('b', '10.0.0.2', given);
const fromA = rule('sgr-in', false, 'sg-a', tcp80);
const fromAll = rule('sgr-in', false, '0.0.0.0/0', tcp80);
const local = 'the local route of vpc-1 leads from one to the other';

describe('what decides', () => {
  test.each<[string, End, End, Packet, boolean, string]>([
    [
      '[SG-40] a rule that names a group',
      a(),
      b({ rules: [fromA] }),
      http,
      true,
      'yes the inbound rule sgr-in of sg-b "b" (sg-a) lets pass TCP to port 80 from eni-a (10.0.0.1)',
    ],
    [
      '[SG-40] a rule that names an address block',
      a(),
      b({ rules: [rule('sgr-in', false, '10.0.0.0/24', tcp80)] }),
      http,
      true,
      'yes the inbound rule sgr-in of sg-b "b" (10.0.0.0/24) lets pass TCP to port 80 from eni-a (10.0.0.1)',
    ],
    [
      '[SG-40] a rule of another port',
      a(),
      b({ rules: [fromA] }),
      { protocol: 6, port: 81 },
      false,
      'NO no inbound rule of sg-b "b" lets pass TCP to port 81 from eni-a (10.0.0.1)',
    ],
    [
      '[SG-40] a rule of another protocol',
      a(),
      b({ rules: [fromA] }),
      { protocol: 17, port: 80 },
      false,
      'NO no inbound rule of sg-b "b" lets pass UDP to port 80 from eni-a (10.0.0.1)',
    ],
    [
      '[SG-40] a rule of an ICMP type',
      a(),
      b({ rules: [rule('sgr-in', false, 'sg-a', { protocol: 1, icmp: { type: 8 } })] }),
      ping,
      true,
      'yes the inbound rule sgr-in of sg-b "b" (sg-a) lets pass ICMP echo requests from eni-a (10.0.0.1)',
    ],
    [
      '[SG-40] no outbound rule',
      a({ rules: [] }),
      b({ rules: [fromA] }),
      http,
      false,
      'NO no outbound rule of sg-a "a" lets pass TCP to port 80 to eni-b (10.0.0.2)',
    ],
    [
      '[SG-40] an inbound rule does not let out',
      a({ rules: [rule('sgr-x', false, '0.0.0.0/0')] }),
      b({ rules: [fromA] }),
      http,
      false,
      'NO no outbound rule of sg-a "a" lets pass TCP to port 80 to eni-b (10.0.0.2)',
    ],
    [
      '[SG-40] no group at all',
      a(),
      b({ groups: [] }),
      http,
      true,
      'yes eni-b is in no security group, so none refuses TCP to port 80 from eni-a (10.0.0.1)',
    ],
    [
      '[SG-41] a way out by NAT',
      a({ wayOut: nat }),
      office,
      http,
      true,
      'yes the route of rtb-1 to nat-1 leads out of vpc-1',
    ],
    [
      '[SG-41] no way out',
      a(),
      internet,
      http,
      false,
      'NO nothing leads from eni-a out of vpc-1: rtb-1 has no route to 0.0.0.0/0',
    ],
    [
      '[SG-41] an address of the VPC that nobody has',
      a({ wayOut: open }),
      { kind: 'outside', name: '10.0.9.9', cidr: '10.0.9.9/32' },
      http,
      false,
      'NO no network interface has the address 10.0.9.9 of vpc-1',
    ],
    [
      '[SG-41] another VPC',
      a(),
      b({ vpc: 'vpc-2', rules: [fromAll] }),
      http,
      false,
      'NO eni-a (10.0.0.1) is in vpc-1 and eni-b (10.0.0.2) in vpc-2: VPCs are not connected',
    ],
    [
      '[SG-41] a way in',
      internet,
      b({ wayOut: open, rules: [fromAll] }),
      http,
      true,
      'yes the route of rtb-1 to igw-1 leads in to eni-b, which has a public address',
    ],
    [
      '[SG-41] NAT lets nobody in',
      internet,
      b({ wayOut: nat, rules: [fromAll] }),
      http,
      false,
      'NO nothing leads in to eni-b: the route of rtb-1 to nat-1 lets out, and nobody in',
    ],
    [
      '[SG-41] no way in',
      internet,
      b({ rules: [fromAll] }),
      http,
      false,
      'NO nothing leads into vpc-1 to eni-b: rtb-1 has no route to 0.0.0.0/0',
    ],
    [
      '[SG-41] a rule for one office is not for the Internet',
      internet,
      b({ wayOut: open, rules: [rule('sgr-in', false, '198.51.100.0/24', tcp80)] }),
      http,
      false,
      'NO no inbound rule of sg-b "b" lets pass TCP to port 80 from the Internet',
    ],
    [
      '[SG-41] a rule for one office',
      office,
      b({ wayOut: open, rules: [rule('sgr-in', false, '198.51.100.0/24', tcp80)] }),
      http,
      true,
      'yes the inbound rule sgr-in of sg-b "b" (198.51.100.0/24) lets pass TCP to port 80 from 198.51.100.7',
    ],
    [
      '[SG-41] neither end',
      internet,
      office,
      http,
      false,
      'NO neither the Internet nor 198.51.100.7 is a network interface of this account',
    ],
    [
      '[SG-42] an ACL that lets nothing in',
      a({ subnet: 'subnet-0' }),
      b({ rules: [fromA], ingress: [] }),
      http,
      false,
      'NO the network ACL of subnet-1 does not let TCP to port 80 in from eni-a (10.0.0.1)',
    ],
    [
      '[SG-42] an ACL that lets nothing out',
      a({ subnet: 'subnet-0', egress: [] }),
      b({ rules: [fromA] }),
      http,
      false,
      'NO the network ACL of subnet-0 does not let TCP to port 80 out to eni-b (10.0.0.2)',
    ],
    [
      '[SG-42] an ACL that refuses answers',
      a({ subnet: 'subnet-0' }),
      b({ rules: [fromA], egress: [{ allow: true, ...tcp80, cidr: '0.0.0.0/0' }] }),
      http,
      false,
      'NO the network ACL of subnet-1 does not let the answers out to eni-a (10.0.0.1)',
    ],
    [
      '[SG-42] an ACL that refuses some answers',
      a({
        subnet: 'subnet-0',
        ingress: [{ allow: false, protocol: 6, ports: { from: 40_000, to: 40_000 }, cidr: '0.0.0.0/0' }, ...allowAll],
      }),
      b({ rules: [fromA] }),
      http,
      false,
      'NO the network ACL of subnet-0 does not let the answers in from eni-b (10.0.0.2)',
    ],
    [
      '[SG-42] the first entry that matches decides',
      a({ subnet: 'subnet-0' }),
      b({
        rules: [fromA],
        ingress: [
          { allow: true, ...tcp80, cidr: '10.0.0.1/32' },
          { allow: false, protocol: 'all', cidr: '0.0.0.0/0' },
        ],
      }),
      http,
      true,
      'yes the network ACL of subnet-1 lets TCP to port 80 in from eni-a (10.0.0.1)',
    ],
    [
      '[SG-42] within a subnet no ACL is met',
      a({ ingress: [], egress: [] }),
      b({ rules: [fromA], ingress: [], egress: [] }),
      http,
      true,
      `yes ${local}`,
    ],
    [
      '[SG-40] itself',
      a({ rules: [] }),
      a({ rules: [] }),
      http,
      true,
      'yes both are eni-a (10.0.0.1): what an interface sends to itself meets no rules',
    ],
  ])('%s', (_name, from, to, packet, reachable, line) => {
    const decided = decideReachability({ from, to, packet });
    const lines = decided.steps.map(({ passes, text }) => `${passes ? 'yes' : 'NO'} ${text}`);
    expect(lines).toContain(line);
    expect(decided.reachable).toBe(reachable);
    expect(lines.filter((one) => one.startsWith('NO'))).toEqual(reachable ? [] : [lines.at(-1)]);
  });
});

describe('by public address', () => {
  const at = { calledAt: '198.18.0.20', seenAs: '198.18.0.20' };
  const target = (given: Given = {}): InterfaceEnd => ({ ...b({ wayOut: open, ...given }), ...at });
  const caller = (given: Given = {}, seenAs = '198.18.0.10'): InterfaceEnd => ({
    ...a({ wayOut: open, ...given }),
    seenAs,
  });
  const fromPublic = (seen: string) => rule('sgr-in', false, `${seen}/32`, tcp80);
  const within = rule('sgr-in', false, '10.0.0.0/16', tcp80);
  test.each<[string, End, InterfaceEnd, boolean, string]>([
    [
      'a rule for the caller’s public address',
      caller(),
      target({ rules: [fromPublic('198.18.0.10')] }),
      true,
      'eni-a (10.0.0.1) is seen there as 198.18.0.10',
    ],
    [
      'of another VPC',
      caller({ vpc: 'vpc-9' }),
      target({ rules: [fromAll] }),
      true,
      'the route of rtb-1 to igw-1 leads in to eni-b, which has a public address',
    ],
    [
      'a gateway’s address',
      caller({ wayOut: nat }, '198.18.0.30'),
      target({ rules: [fromPublic('198.18.0.30')] }),
      true,
      'eni-a (10.0.0.1) is seen there as 198.18.0.30',
    ],
    [
      'a rule for its group',
      caller(),
      target({ rules: [fromA] }),
      false,
      'no inbound rule of sg-b "b" lets pass TCP to port 80 from 198.18.0.10',
    ],
    [
      'a rule for the VPC',
      caller(),
      target({ rules: [within] }),
      false,
      'no inbound rule of sg-b "b" lets pass TCP to port 80 from 198.18.0.10',
    ],
    [
      'no way out',
      a(),
      target({ rules: [fromAll] }),
      false,
      'nothing leads from eni-a out of vpc-1: rtb-1 has no route to 0.0.0.0/0',
    ],
    [
      'no way in',
      caller(),
      target({ rules: [fromAll], wayOut: closed }),
      false,
      'nothing leads into vpc-1 to eni-b: rtb-1 has no route to 0.0.0.0/0',
    ],
    [
      'an ACL, also within the subnet',
      caller(),
      target({ rules: [fromAll], ingress: [] }),
      false,
      'the network ACL of subnet-1 does not let TCP to port 80 in from 198.18.0.10',
    ],
    [
      'the Internet',
      internet,
      target({ rules: [fromAll] }),
      true,
      'the route of rtb-1 to igw-1 leads in to eni-b, which has a public address',
    ],
    [
      'the machine, and a rule for the VPC',
      { kind: 'outside', name: '198.18.0.1', cidr: '198.18.0.1/32' },
      target({ rules: [within] }),
      false,
      'no inbound rule of sg-b "b" lets pass TCP to port 80 from 198.18.0.1',
    ],
    [
      'what leaves is judged by the address that is called',
      caller({ rules: [rule('sgr-x', true, '10.0.0.2/32')] }),
      target({ rules: [fromAll] }),
      false,
      'no outbound rule of sg-a "a" lets pass TCP to port 80 to 198.18.0.20',
    ],
  ])('[NET-59] %s', (_name, from, to, reachable, line) => {
    const decided = decideReachability({ from, to, packet: http });
    expect(decided.steps.map(({ text }) => text)).toContain(line);
    expect(decided.reachable).toBe(reachable);
    if (!reachable) expect(decided.steps.at(-1)?.text).toBe(line);
  });

  test('[NET-59] on another machine', () => {
    const on = (name: string) => ({ name, underlay: { address: '192.168.0.1', vxlan: 'across' } }) as const;
    const to = target({ rules: [fromAll] });
    const asks = (other: string) =>
      decideReachability({
        from: { ...caller(), machine: on('i-a') },
        to: { ...to, machine: on(other) },
        packet: http,
      });
    expect(asks('i-a').reachable).toBe(true);
    expect(asks('i-b').steps.at(-1)?.text).toContain('is on another machine than eni-a');
  });

  test('[NET-59] ends are read by their public address, Elastic IPs too; one at which nobody is leads nowhere', async () => {
    const ec2 = await openEc2();
    const [from, to] = [await ec2.createInterface({ assignPublicIp: true }), await ec2.createInterface()];
    const { AllocationId, PublicIp = '' } = await ec2.call('AllocateAddress', { Domain: 'vpc' });
    const ask = (port = '80') => asked(ec2, { from: from.networkInterfaceId, to: PublicIp, port });
    expect(ask().steps.at(-1)?.text).toBe(`nobody is reached at the public address ${PublicIp}`);
    await ec2.call('AssociateAddress', { AllocationId, NetworkInterfaceId: to.networkInterfaceId });
    expect(ask().steps.at(-1)?.text).toContain('no inbound rule of');
    const IpPermissions = [{ IpProtocol: 'tcp', FromPort: 80, ToPort: 80, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }];
    await ec2.call('AuthorizeSecurityGroupIngress', { GroupId: defaultGroup, IpPermissions });
    expect(ask().reachable).toBe(true);
    expect(ask('81').reachable).toBe(false);
  });
});

type Answer = {
  readonly reachable: boolean;
  readonly from: string;
  readonly steps: readonly { readonly text: string }[];
};

function asked(
  { database }: OpenedEc2,
  query: Readonly<Record<string, string>>,
  more: Partial<RequestContext> = {},
): Answer {
  const parts = {
    database,
    clock: { nowMs: () => 0, after: () => () => undefined },
    ids: { hex: () => '', uuid: () => '', fraction: () => 0 },
  };
  const route = ec2Service(parts).ownRoutes?.find(({ path }) => path === '/longshore/reachability');
  return route?.answer(new Map(Object.entries(query)), { ...contextOf(scope), ...more }) as Answer;
}

describe('the endpoint', () => {
  test('[SG-43] reads ends from the tables: interfaces, their addresses, and others', async () => {
    const ec2 = await openEc2();
    const { GroupId: web = '' } = await ec2.call('CreateSecurityGroup', { GroupName: 'web', Description: 'd' });
    const [from, to] = [
      await ec2.createInterface(),
      await ec2.createInterface({ securityGroups: [web], assignPublicIp: true }),
    ];
    const ask = (more: Record<string, string> = {}) =>
      asked(ec2, { from: from.networkInterfaceId, to: to.privateIpv4Address, port: '80', ...more });
    expect(ask()).toMatchObject({
      reachable: false,
      from: `${from.networkInterfaceId} (${from.privateIpv4Address})`,
      to: `${to.networkInterfaceId} (${to.privateIpv4Address})`,
    });
    const peers = [{ GroupId: defaultGroup }];
    const IpPermissions = [{ IpProtocol: 'tcp', FromPort: 80, ToPort: 80, UserIdGroupPairs: peers }];
    await ec2.call('AuthorizeSecurityGroupIngress', { GroupId: web, IpPermissions });
    expect(ask().reachable).toBe(true);
    expect(ask({ protocol: 'icmp' }).reachable).toBe(false);
    expect(ask({ from: 'internet' }).reachable).toBe(false);
    const everybody = [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }];
    await ec2.call('AuthorizeSecurityGroupIngress', { GroupId: web, IpPermissions: everybody });
    expect(ask({ from: 'internet' }).reachable).toBe(true);
    // An address of another account's interface is one of the Internet's.
    expect(asked(ec2, { from: from.privateIpv4Address, to: '8.8.8.8', port: '80' }).steps.at(-1)?.text).toBe(
      `nothing leads from ${from.networkInterfaceId} out of ${network.vpc.id}: the internet gateway ${network.internetGateway.id} of ${network.routeTable.id} serves public addresses only, and ${from.networkInterfaceId} has none`,
    );
    await ec2.database.transact((tx) =>
      new NetworkWriter(tx, scope).put(routeTables, { ...network.routeTable, routes: [] }),
    );
    expect(ask({ from: 'internet' }).steps.at(-1)?.text).toBe(
      `nothing leads into ${network.vpc.id} to ${to.networkInterfaceId}: ${network.routeTable.id} has no route to 0.0.0.0/0`,
    );
  });

  test.each([
    [{ from: 'x' }, "InvalidParameterValue: 'x' is not a network interface (eni-…), an IPv4 address, or 'internet'"],
    [{ from: 'eni-0' }, "InvalidNetworkInterfaceID.NotFound: The networkInterface ID 'eni-0' does not exist"],
    [{ port: '65536' }, "InvalidParameterValue: The port '65536' is not a number from 0 to 65535"],
    [{ protocol: 'gre' }, "InvalidParameterValue: The protocol 'gre' is not tcp, udp or icmp"],
  ])('[SG-44] refuses %j', async (query, message) => {
    const ec2 = await openEc2();
    const ask = () => asked(ec2, { from: 'internet', to: '10.0.0.1', port: '80', ...query });
    expect(ask).toThrow(ApiError);
    expect(ask).toThrow(message.slice(message.indexOf(': ') + 2));
  });

  test('[SG-44] asks what its caller may read', async () => {
    const ec2 = await openEc2();
    const questions: string[] = [];
    asked(
      ec2,
      { from: 'internet', to: '10.0.0.1', port: '80' },
      { authorize: ({ action }) => void questions.push(action) },
    );
    expect(questions).toEqual([
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeRouteTables',
      'ec2:DescribeSecurityGroups',
      'ec2:DescribeSubnets',
    ]);
  });
});

test.each([
  [
    'across',
    'across',
    'yes from i-a (192.168.0.1) to i-b (192.168.0.2) by a plain route where the two share a segment, else in VXLAN',
  ],
  ['always', 'across', 'yes from i-a (192.168.0.1) to i-b (192.168.0.2) in VXLAN'],
  [
    'never',
    'across',
    'yes from i-a (192.168.0.1) to i-b (192.168.0.2) by a plain route if the two share a segment; no other way, because one of them uses no VXLAN',
  ],
  ['never', 'always', 'NO i-a (192.168.0.1) and i-b (192.168.0.2) do not agree whether to use VXLAN'],
] as const)('[NM-10] between machines, VXLAN %s and %s', (mine, theirs, text) => {
  const on = (name: string, address: string, vxlan: typeof mine | typeof theirs) => ({
    name,
    underlay: { address, vxlan },
  });
  const from = { ...a(), machine: on('i-a', '192.168.0.1', mine) };
  const open = b({ rules: [fromAll] });
  const answer = decideReachability({ from, to: { ...open, machine: on('i-b', '192.168.0.2', theirs) }, packet: http });
  const steps = answer.steps.map((step) => `${step.passes ? 'yes' : 'NO'} ${step.text}`);
  expect(steps).toContain(text);
  expect(answer.reachable).toBe(text.startsWith('yes'));
  const same = decideReachability({ from, to: { ...open, machine: from.machine }, packet: http });
  expect(same.steps.map((step) => step.text)).toContain('both are on i-a (192.168.0.1)');
  // Of those whose machine is not known nothing is said.
  expect(
    decideReachability({ from, to: open, packet: http }).steps.some(({ text: said }) => said.includes('192.168.0.1')),
  ).toBe(false);
});
