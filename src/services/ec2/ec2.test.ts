import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InvalidArgument, silentLog, Unavailable } from '../../kernel/index.ts';
import type { RequestContext } from '../../protocol/api/index.ts';
import type { Operations } from '../../protocol/generated/ec2.ts';
import { MemoryStore, openDatabase, storeLimits } from '../../store/index.ts';
import { macOf, nextFreeAddress, parsePrefix, privateDnsName, usableAddresses } from './addresses.ts';
import { compileWildcards } from './filters.ts';
import { defaultNetwork, ec2Service, ec2Tables, taskInterfaces } from './index.ts';
import type { InterfaceRequest } from './index.ts';
import { zoneId } from './regions.ts';

function nth<Item>(items: readonly Item[], index: number): Item {
  const item = items[index];
  if (item === undefined) throw new Error(`there is no item ${index}`);
  return item;
}

const scope = { account: '123456789012', region: 'us-east-1' };
const network = defaultNetwork(scope);
const attachmentArn = 'arn:aws:ecs:us-east-1:123456789012:attachment/0f0e';

async function fixture() {
  const database = await openDatabase(new MemoryStore(), ec2Tables, { log: silentLog, freezeRows: true });
  let count = 0;
  const ids = {
    hex: (length: number) => (count += 1).toString(16).padStart(length, '0'),
    uuid: () => String((count += 1)),
    fraction: () => 0.25,
  };
  const clock = { nowMs: () => 1_700_000_000_000, after: () => () => undefined };
  const interfaces = taskInterfaces({ database, clock, ids });
  const service = ec2Service({ database, clock, ids });
  const call = <Name extends keyof Operations>(
    name: Name,
    input: Operations[Name]['input'],
    where: { account: string; region: string } = scope,
  ): Operations[Name]['output'] => {
    const handler = service.handlers[name] as (input: unknown, context: RequestContext) => unknown;
    return handler(input, where as RequestContext) as never;
  };
  const create = async (request: Partial<InterfaceRequest> = {}) => {
    const full = {
      scope,
      subnets: [nth(network.subnets, 0).id],
      securityGroups: [],
      assignPublicIp: false,
      attachmentArn,
      chance: 0,
    };
    return (await database.transact((tx) => interfaces.create(tx, { ...full, ...request }))).result;
  };
  return { database, interfaces, call, create };
}

describe('the default network', () => {
  test('is the same every time, another for each account and region, and looks like AWS’s', () => {
    expect(defaultNetwork({ ...scope })).toEqual(network);
    const ids = [scope, { ...scope, account: '123456789013' }, { ...scope, region: 'us-east-2' }].flatMap((each) => {
      const { vpc, subnets, securityGroup, routeTable, internetGateway } = defaultNetwork(each);
      return [vpc, routeTable, internetGateway, securityGroup, ...subnets].map(({ id }) => id);
    });
    expect(new Set(ids).size).toBe(21);
    for (const id of ids) expect(id).toMatch(/^(vpc|subnet|sg|rtb|igw)-[0-9a-f]{17}$/);
  });

  test.each([
    ['us-east-1', 'use1-az1'],
    ['ap-southeast-2', 'apse2-az1'],
    ['eu-central-1', 'euc1-az1'],
    ['us-gov-west-1', 'usgw1-az1'],
    ['ca-central-1', 'cac1-az1'],
  ])('zone a of %s is %s', (region, id) => {
    expect(zoneId(region, 'a')).toBe(id);
  });

  test('has its attributes, one a call, as Terraform reads them', async () => {
    const { call } = await fixture();
    const VpcId = network.vpc.id;
    expect(call('DescribeVpcAttribute', { VpcId, Attribute: 'enableDnsSupport' })).toEqual({
      VpcId,
      EnableDnsSupport: { Value: true },
    });
    expect(call('DescribeVpcAttribute', { VpcId, Attribute: 'enableDnsHostnames' })).toEqual({
      VpcId,
      EnableDnsHostnames: { Value: true },
    });
    expect(() => call('DescribeVpcAttribute', { VpcId: 'vpc-0', Attribute: 'enableDnsSupport' })).toThrow(
      "The vpc ID 'vpc-0' does not exist",
    );
    const values = [{ AttributeValue: VpcId }];
    expect(call('DescribeAccountAttributes', { AttributeNames: ['default-vpc'] })).toEqual({
      AccountAttributes: [{ AttributeName: 'default-vpc', AttributeValues: values }],
    });
    expect(call('DescribeAccountAttributes', {}).AccountAttributes).toHaveLength(2);
  });

  test('is described', async () => {
    const { call } = await fixture();
    expect(call('DescribeVpcs', {}).Vpcs).toMatchObject([
      {
        VpcId: network.vpc.id,
        CidrBlock: '172.31.0.0/16',
        IsDefault: true,
        OwnerId: scope.account,
        State: 'available',
      },
    ]);
    expect(call('DescribeSubnets', {}).Subnets).toMatchObject([
      { CidrBlock: '172.31.0.0/20', AvailabilityZone: 'us-east-1a', AvailableIpAddressCount: 4091, DefaultForAz: true },
      { CidrBlock: '172.31.16.0/20', AvailabilityZone: 'us-east-1b', VpcId: network.vpc.id },
      { CidrBlock: '172.31.32.0/20', AvailabilityZone: 'us-east-1c', MapPublicIpOnLaunch: true },
    ]);
    expect(call('DescribeSecurityGroups', {}).SecurityGroups).toMatchObject([
      {
        GroupName: 'default',
        Description: 'default VPC security group',
        IpPermissions: [
          { IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: network.securityGroup.id, UserId: scope.account }] },
        ],
        IpPermissionsEgress: [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
      },
    ]);
    expect(call('DescribeSecurityGroupRules', {}).SecurityGroupRules).toHaveLength(2);
    expect(call('DescribeAvailabilityZones', {}).AvailabilityZones?.map(({ ZoneId }) => ZoneId)).toEqual([
      'use1-az1',
      'use1-az2',
      'use1-az3',
    ]);
    expect(
      call('DescribeRegions', {}, { ...scope, region: 'home-1' }).Regions?.map(({ RegionName }) => RegionName),
    ).toContain('home-1');
    expect(call('DescribeRouteTables', {}).RouteTables?.[0]?.Routes?.map(({ GatewayId }) => GatewayId)).toEqual([
      'local',
      network.internetGateway.id,
    ]);
    expect(call('DescribeInternetGateways', {}).InternetGateways).toMatchObject([
      { Attachments: [{ VpcId: network.vpc.id }] },
    ]);
    expect(call('DescribeNetworkInterfaces', {}).NetworkInterfaces).toEqual([]);
  });

  const subnetId = nth(network.subnets, 1).id;
  test.each([
    [[{ Name: 'availability-zone', Values: ['us-east-1b'] }], 1],
    [[{ Name: 'availability-zone', Values: ['us-east-1?'] }], 3],
    [[{ Name: 'cidr-block', Values: ['172.31.1*', '172.31.32.*'] }], 2],
    [
      [
        { Name: 'vpc-id', Values: [network.vpc.id] },
        { Name: 'subnet-id', Values: [subnetId, 'subnet-x'] },
      ],
      1,
    ],
    [[{ Name: 'tag:Name', Values: ['x'] }], 0],
    [[{ Name: 'default-for-az', Values: ['true'] }], 3],
  ])('subnets by %j: %s', async (Filters, count) => {
    const { call } = await fixture();
    expect(call('DescribeSubnets', { Filters }).Subnets).toHaveLength(count);
  });

  test.each([
    [() => ['DescribeVpcs', { VpcIds: ['vpc-1'] }], 'InvalidVpcID.NotFound', "The vpc ID 'vpc-1' does not exist"],
    [
      () => ['DescribeSubnets', { SubnetIds: [subnetId, 'subnet-1'] }],
      'InvalidSubnetID.NotFound',
      "The subnet ID 'subnet-1' does not exist",
    ],
    [
      () => ['DescribeSecurityGroups', { GroupIds: ['sg-1'] }],
      'InvalidGroup.NotFound',
      "The security group 'sg-1' does not exist",
    ],
    [
      () => ['DescribeSecurityGroups', { GroupNames: ['x'] }],
      'InvalidGroup.NotFound',
      `The security group 'x' does not exist in default VPC '${network.vpc.id}'`,
    ],
    [
      () => ['DescribeNetworkInterfaces', { NetworkInterfaceIds: ['eni-1'] }],
      'InvalidNetworkInterfaceID.NotFound',
      "The networkInterface ID 'eni-1' does not exist",
    ],
    [
      () => ['DescribeRouteTables', { RouteTableIds: ['rtb-1'] }],
      'InvalidRouteTableID.NotFound',
      "The routeTable ID 'rtb-1' does not exist",
    ],
    [
      () => ['DescribeSubnets', { Filters: [{ Name: 'nonsense', Values: ['x'] }] }],
      'InvalidParameterValue',
      "The filter 'nonsense' is invalid",
    ],
    [
      () => ['DescribeSubnets', { Filters: [{ Name: 'toString', Values: ['x'] }] }],
      'InvalidParameterValue',
      "The filter 'toString' is invalid",
    ],
    [() => ['DescribeVpcs', { MaxResults: 4 }], 'InvalidParameterValue', 'Value ( 4 ) for parameter maxResults'],
    [() => ['DescribeVpcs', { MaxResults: 5, VpcIds: [network.vpc.id] }], 'InvalidParameterCombination', 'MaxResults'],
    [() => ['DescribeVpcs', { NextToken: 'x' }], 'InvalidParameterValue', "The token 'x' is invalid"],
    [
      () => ['DescribeVpcs', { DryRun: true }],
      'DryRunOperation',
      'Request would have succeeded, but DryRun flag is set.',
    ],
    [
      () => ['DescribeAvailabilityZones', { ZoneNames: ['us-east-1z'] }],
      'InvalidParameterValue',
      'Invalid availability zone: [us-east-1z]',
    ],
    [() => ['DescribeRegions', { RegionNames: ['nowhere-1'] }], 'InvalidParameterValue', 'nowhere-1'],
  ] as const)('refuses as EC2 does (%#)', async (request, code, message) => {
    const { call } = await fixture();
    const [name, input] = request();
    const failing = () => call(name as keyof Operations, input as never);
    expect(failing).toThrow(expect.objectContaining({ code, message: expect.stringContaining(message) }));
  });
});

describe('a task’s interface', () => {
  test('is made, described, counted and removed', async () => {
    const { database, interfaces, call, create } = await fixture();
    const made = await create({ assignPublicIp: true });
    expect(made).toEqual({
      networkInterfaceId: expect.stringMatching(/^eni-[0-9a-f]{17}$/),
      macAddress: macOf(made.privateIpv4Address),
      privateIpv4Address: expect.stringMatching(/^172\.31\.\d+\.\d+$/),
      privateDnsName: `ip-${made.privateIpv4Address.replaceAll('.', '-')}.ec2.internal`,
      subnetId: nth(network.subnets, 0).id,
      prefixLength: 20,
      gateway: '172.31.0.1',
      vpcId: network.vpc.id,
      vpcPrefixes: ['172.31.0.0/16'],
      availabilityZone: 'us-east-1a',
    });
    expect(call('DescribeNetworkInterfaces', {}).NetworkInterfaces).toMatchObject([
      {
        NetworkInterfaceId: made.networkInterfaceId,
        Description: attachmentArn,
        Status: 'in-use',
        RequesterManaged: true,
        Groups: [{ GroupId: network.securityGroup.id, GroupName: 'default' }],
        PrivateIpAddress: made.privateIpv4Address,
        Attachment: { Status: 'attached' },
      },
    ]);
    const free = () =>
      call('DescribeSubnets', {}).Subnets?.map(({ AvailableIpAddressCount }) => AvailableIpAddressCount);
    expect(free()).toEqual([4090, 4091, 4091]);
    for (let times = 0; times < 2; times += 1) {
      await database.transact((tx) => interfaces.remove(tx, scope, made.networkInterfaceId));
      expect(free()).toEqual([4091, 4091, 4091]);
    }
  });

  test.each([
    [{ subnets: ['subnet-1'] }, InvalidArgument, "The subnet ID 'subnet-1' does not exist"],
    [{ securityGroups: ['sg-1'] }, InvalidArgument, "The security group 'sg-1' does not exist"],
    [{ zones: ['us-east-1b'] }, Unavailable, 'us-east-1b'],
    [{ scope: { ...scope, account: '1'.repeat(12) } }, InvalidArgument, 'does not exist'],
  ])('refuses %j', async (request, type, message) => {
    const { create } = await fixture();
    const outcome = create(request);
    await expect(outcome).rejects.toBeInstanceOf(type);
    await expect(outcome).rejects.toThrow(message);
  });

  test('goes to the subnet that chance says, within the zones allowed', async () => {
    const { create } = await fixture();
    const subnets = network.subnets.map(({ id }) => id);
    for (const [chance, zone] of [
      [0, 'a'],
      [0.34, 'b'],
      [0.999, 'c'],
    ] as const) {
      expect((await create({ subnets, chance })).availabilityZone).toBe(`us-east-1${zone}`);
    }
    expect((await create({ subnets, chance: 0, zones: ['us-east-1c'] })).availabilityZone).toBe('us-east-1c');
  });

  test('ten in one transaction differ and fit', async () => {
    const { database, interfaces } = await fixture();
    let count = 0;
    const { result } = await database.transact((tx) => {
      const counting = new Proxy(tx, {
        get: (target, name) => {
          if (name === 'create') count += 1;
          return (Reflect.get(target, name) as (...given: unknown[]) => unknown).bind(target);
        },
      });
      const request = {
        scope,
        subnets: [nth(network.subnets, 0).id],
        securityGroups: [],
        assignPublicIp: false,
        attachmentArn,
        chance: 0,
      };
      return Array.from({ length: 10 }, () => interfaces.create(counting, request).privateIpv4Address);
    });
    expect(new Set(result).size).toBe(10);
    expect(2 * count).toBeLessThanOrEqual(storeLimits.maxOperations / 3);
  });

  test('no two interfaces of the installation share an address, and a freed one does not come back at once', async () => {
    const { database, interfaces, create } = await fixture();
    const other = { account: '111111111111', region: 'eu-west-1' };
    const mine = await Promise.all(Array.from({ length: 40 }, () => create()));
    const theirs = await Promise.all(
      Array.from({ length: 40 }, () => create({ scope: other, subnets: [nth(defaultNetwork(other).subnets, 0).id] })),
    );
    const all = [...mine, ...theirs].map(({ privateIpv4Address }) => privateIpv4Address);
    expect(new Set(all).size).toBe(80);
    await database.transact((tx) => interfaces.remove(tx, scope, nth(mine, 0).networkInterfaceId));
    expect((await create()).privateIpv4Address).not.toBe(nth(mine, 0).privateIpv4Address);
    expect(nth(theirs, 0).privateDnsName).toMatch(/\.eu-west-1\.compute\.internal$/);
  });

  test('a subnet that is full is passed over, and all full is said', async () => {
    const { database, interfaces, create } = await fixture();
    const first = nth(network.subnets, 0).id;
    const second = nth(network.subnets, 1).id;
    const request = { scope, subnets: [first], securityGroups: [], assignPublicIp: false, attachmentArn, chance: 0 };
    for (let left = usableAddresses(parsePrefix('172.31.0.0/20')); left > 0; left -= 30) {
      await database.transact((tx) => {
        for (let index = 0; index < Math.min(30, left); index += 1) interfaces.create(tx, request);
      });
    }
    await expect(create()).rejects.toThrow('InsufficientFreeAddressesInSubnet');
    expect((await create({ subnets: [first, second] })).subnetId).toBe(second);
  });

  test('many are listed in pages and found by address, subnet and description', async () => {
    const { call, create } = await fixture();
    const made = [];
    for (let index = 0; index < 12; index += 1)
      made.push(await create({ attachmentArn: `a/${index}`, subnets: [nth(network.subnets, index % 2).id] }));
    const found: (string | undefined)[] = [];
    let NextToken: string | undefined;
    do {
      const page = call('DescribeNetworkInterfaces', { MaxResults: 5, NextToken });
      found.push(...(page.NetworkInterfaces ?? []).map(({ NetworkInterfaceId }) => NetworkInterfaceId));
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    expect(found).toEqual(made.map(({ networkInterfaceId }) => networkInterfaceId));
    const by = (Name: string, ...Values: string[]) =>
      call('DescribeNetworkInterfaces', { Filters: [{ Name, Values }] }).NetworkInterfaces;
    expect(by('addresses.private-ip-address', nth(made, 3).privateIpv4Address)).toMatchObject([
      { NetworkInterfaceId: nth(made, 3).networkInterfaceId },
    ]);
    expect(by('subnet-id', nth(network.subnets, 0).id)).toHaveLength(6);
    expect(by('description', 'a/1*')).toHaveLength(3);
    expect(by('private-ip-address', '10.0.0.1')).toEqual([]);
    const others = call('DescribeNetworkInterfaces', {}, { ...scope, account: '1'.repeat(12) });
    expect(others.NetworkInterfaces).toEqual([]);
  });
});

describe('addresses', () => {
  test('whatever is taken: a free, usable address, or none only when all are taken', () => {
    const prefix = parsePrefix('10.1.2.0/27');
    const usable = usableAddresses(prefix);
    expect(usable).toBe(27);
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 0, max: 31 })),
        fc.integer({ min: 0, max: usable - 1 }),
        (taken, start) => {
          const isFree = (address: string): boolean => !taken.includes(Number(address.split('.')[3]));
          const found = nextFreeAddress(prefix, start, isFree);
          const free = Array.from({ length: usable }, (_, index) => 4 + index).filter((last) => !taken.includes(last));
          if (found === undefined) {
            expect(free).toEqual([]);
            return;
          }
          const last = Number(found.address.split('.')[3]);
          expect(free).toContain(last);
          // The nearest free one going round from the start.
          const distance = (each: number): number => (each - 4 - start + usable) % usable;
          expect(distance(last)).toBe(Math.min(...free.map(distance)));
          expect(found.nextPlace).toBe((last - 4 + 1) % usable);
        },
      ),
    );
  });

  test('names and MACs', () => {
    expect(privateDnsName('172.31.5.6', 'us-east-1')).toBe('ip-172-31-5-6.ec2.internal');
    expect(privateDnsName('172.31.5.6', 'eu-west-1')).toBe('ip-172-31-5-6.eu-west-1.compute.internal');
    expect(macOf('172.31.5.6')).toBe('0a:58:ac:1f:05:06');
  });
});

test('wildcards match what a regular expression does', () => {
  const pattern = fc.array(fc.constantFrom('a', 'b', '*', '?', '.'), { maxLength: 8 });
  const text = fc.array(fc.constantFrom('a', 'b', '.'), { maxLength: 10 });
  fc.assert(
    fc.property(pattern, text, (parts, chars) => {
      const source = parts
        .map(
          (part) =>
            new Map([
              ['*', '.*'],
              ['?', '.'],
              ['.', '\\.'],
            ]).get(part) ?? part,
        )
        .join('');
      expect(compileWildcards(parts.join(''))(chars.join(''))).toBe(new RegExp(`^${source}$`).test(chars.join('')));
    }),
    { numRuns: 2_000 },
  );
  expect(compileWildcards('a\\*')('a*')).toBe(true);
  expect(compileWildcards('a\\*')('ab')).toBe(false);
});
