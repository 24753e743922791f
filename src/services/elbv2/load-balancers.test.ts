import { describe, expect, test } from 'vitest';
import {
  account,
  newListener,
  newLoadBalancer,
  newTargetGroup,
  openElbv2,
  outcome,
  scope,
  smallSetUp,
  vpcId,
} from './contract/opened-elbv2.ts';
import { decideState } from './load-balancers/state.ts';
import { loopbackAddressAt } from './load-balancers/loopback-addresses.ts';

const two = { Subnets: ['subnet-a', 'subnet-b'] };

describe('CreateLoadBalancer', () => {
  test('[LB-1] an application load balancer has AWS’s ARN, name and defaults', async () => {
    const opened = await openElbv2();
    const { LoadBalancers } = await opened.call('CreateLoadBalancer', { Name: 'web', ...two });
    expect(LoadBalancers).toEqual([
      {
        LoadBalancerArn: expect.stringMatching(
          /^arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer\/app\/web\/[0-9a-f]{16}$/,
        ),
        DNSName: expect.stringMatching(/^web-\d{10}\.us-east-1\.elb\.amazonaws\.com$/),
        CanonicalHostedZoneId: 'Z35SXDOTRQ7X7K',
        CreatedTime: opened.clock.nowMs(),
        LoadBalancerName: 'web',
        Scheme: 'internet-facing',
        VpcId: vpcId,
        State: { Code: 'provisioning' },
        Type: 'application',
        AvailabilityZones: [
          { ZoneName: 'us-east-1a', SubnetId: 'subnet-a', LoadBalancerAddresses: [] },
          { ZoneName: 'us-east-1b', SubnetId: 'subnet-b', LoadBalancerAddresses: [] },
        ],
        SecurityGroups: ['sg-default'],
        IpAddressType: 'ipv4',
      },
    ]);
  });

  test('[LB-1] a network load balancer has its id in its DNS name, and no security groups unless given', async () => {
    const opened = await openElbv2();
    const { LoadBalancers } = await opened.call('CreateLoadBalancer', {
      Name: 'nlb',
      Type: 'network',
      Scheme: 'internal',
      SubnetMappings: [{ SubnetId: 'subnet-a', PrivateIPv4Address: '172.31.0.50' }],
    });
    const [row] = LoadBalancers ?? [];
    const id = row?.LoadBalancerArn?.split('/').at(-1);
    expect(row).toMatchObject({
      DNSName: `nlb-${id}.elb.us-east-1.amazonaws.com`,
      Type: 'network',
      Scheme: 'internal',
    });
    expect(row?.SecurityGroups).toBeUndefined();
    expect(row?.AvailabilityZones?.[0]?.LoadBalancerAddresses).toEqual([{ PrivateIPv4Address: '172.31.0.50' }]);
    const inner = await opened.call('CreateLoadBalancer', { Name: 'inner', Scheme: 'internal', ...two });
    expect(inner.LoadBalancers?.[0]?.DNSName).toMatch(/^internal-inner-\d{10}\.us-east-1\.elb\.amazonaws\.com$/);
  });

  test.each([
    {
      name: 'long',
      input: { Name: 'a'.repeat(33), ...two },
      want: `ValidationError: The load balancer name '${'a'.repeat(33)}' cannot be longer than '32' characters`,
    },
    {
      name: 'underscore',
      input: { Name: 'a_b', ...two },
      want: "ValidationError: The load balancer name 'a_b' can only contain characters that are alphanumeric characters and hyphens(-)",
    },
    {
      name: 'hyphen',
      input: { Name: '-a', ...two },
      want: "ValidationError: The load balancer name '-a' cannot begin or end with a hyphen(-)",
    },
    {
      name: 'internal-',
      input: { Name: 'internal-a', ...two },
      want: "ValidationError: The load balancer name 'internal-a' cannot begin with 'internal-'",
    },
    { name: 'no subnet', input: { Name: 'a' }, want: 'ValidationError: At least one subnet must be specified' },
    {
      name: 'both',
      input: { Name: 'a', ...two, SubnetMappings: [{ SubnetId: 'subnet-a' }] },
      want: 'ValidationError: Only one of subnets or subnet mappings can be specified',
    },
    {
      name: 'unknown subnet',
      input: { Name: 'a', Subnets: ['subnet-a', 'subnet-z'] },
      want: "SubnetNotFound: The subnet ID 'subnet-z' does not exist",
    },
    {
      name: 'one zone',
      input: { Name: 'a', Subnets: ['subnet-a'] },
      want: 'ValidationError: At least two subnets in two different Availability Zones must be specified',
    },
    {
      name: 'same zone',
      input: { Name: 'a', Subnets: ['subnet-a', 'subnet-a2'] },
      want: 'InvalidConfigurationRequest: A load balancer cannot be attached to multiple subnets in the same Availability Zone',
    },
    {
      name: 'two VPCs',
      input: { Name: 'a', Subnets: ['subnet-a', 'subnet-y'] },
      want: 'InvalidConfigurationRequest: All subnets must belong to the same VPC',
    },
    {
      name: 'full',
      input: { Name: 'a', Subnets: ['subnet-a', 'subnet-full'] },
      want: 'InvalidSubnet: Not enough IP space available in subnet-full. ELB requires at least 1 free IP address in each subnet',
    },
    {
      name: 'unknown group',
      input: { Name: 'a', ...two, SecurityGroups: ['sg-z'] },
      want: "InvalidSecurityGroup: The security group 'sg-z' does not exist",
    },
    {
      name: 'alien group',
      input: { Name: 'a', ...two, SecurityGroups: ['sg-other'] },
      want: "InvalidConfigurationRequest: One or more security groups are invalid: 'sg-other' is not in the VPC 'vpc-1'",
    },
    {
      name: 'tags twice',
      input: { Name: 'a', ...two, Tags: [{ Key: 'k' }, { Key: 'k' }] },
      want: 'DuplicateTagKeys: A tag key was specified more than once',
    },
    {
      name: 'aws: tag',
      input: { Name: 'a', ...two, Tags: [{ Key: 'aws:k' }] },
      want: "ValidationError: Tag key 'aws:k' is not valid: keys that start with 'aws:' are reserved for system use",
    },
    {
      name: 'gateway',
      input: { Name: 'a', ...two, Type: 'gateway' },
      want: 'ValidationError: A load balancer of type gateway is not implemented by Longshore',
    },
    {
      name: 'dualstack',
      input: { Name: 'a', ...two, IpAddressType: 'dualstack' },
      want: 'ValidationError: The IP address type dualstack is not implemented by Longshore',
    },
    {
      name: 'elastic address',
      input: { Name: 'a', Type: 'network', SubnetMappings: [{ SubnetId: 'subnet-a', AllocationId: 'eipalloc-1' }] },
      want: 'ValidationError: An elastic IP address of a load balancer (AllocationId) is not implemented by Longshore',
    },
    {
      name: 'address of an ALB',
      input: {
        Name: 'a',
        SubnetMappings: [{ SubnetId: 'subnet-a', PrivateIPv4Address: '172.31.0.9' }, { SubnetId: 'subnet-b' }],
      },
      want: 'ValidationError: Private IPv4 addresses can only be specified for internal Network Load Balancers',
    },
    {
      name: 'taken address',
      input: {
        Name: 'a',
        Type: 'network',
        Scheme: 'internal',
        SubnetMappings: [{ SubnetId: 'subnet-a', PrivateIPv4Address: '172.31.0.1' }],
      },
      want: "InvalidConfigurationRequest: The address '172.31.0.1' is in use",
    },
  ] as const)('[LB-2] refuses $name and changes nothing', async ({ input, want }) => {
    const opened = await openElbv2();
    expect(await outcome(opened.call('CreateLoadBalancer', input))).toBe(want);
    expect((await opened.call('DescribeLoadBalancers', {})).LoadBalancers).toEqual([]);
    expect(opened.db.revision).toBe(0);
  });

  test('[LB-3] the same again is answered with what there is, anything else under the name is refused', async () => {
    const opened = await openElbv2();
    const first = await newLoadBalancer(opened);
    expect(await newLoadBalancer(opened)).toBe(first);
    expect(await outcome(opened.call('CreateLoadBalancer', { Name: 'web', ...two, Scheme: 'internal' }))).toBe(
      "DuplicateLoadBalancerName: A load balancer with the same name 'web' exists, but with different settings",
    );
    const elsewhere = await opened.call('CreateLoadBalancer', { Name: 'web', ...two }, { account: '210987654321' });
    expect(elsewhere.LoadBalancers?.[0]?.LoadBalancerArn).not.toBe(first);
  });

  test('[LB-3] two that are created at the same time under one name become one', async () => {
    const opened = await openElbv2();
    const arns = await Promise.all([1, 2, 3].map(() => newLoadBalancer(opened)));
    expect(new Set(arns).size).toBe(1);
    expect(opened.network.interfaces.size).toBeGreaterThanOrEqual(2);
  });

  test('[LB-4] each has a loopback address of its own and an interface in each subnet, which go with it', async () => {
    const opened = await openElbv2();
    const { service, network } = opened;
    const first = await newLoadBalancer(opened, 'one');
    await newLoadBalancer(opened, 'two', 'network');
    const dns = async (name: string) =>
      (await opened.call('DescribeLoadBalancers', { Names: [name] })).LoadBalancers?.[0]?.DNSName ?? '';
    const one = service.names.find((await dns('one')).toUpperCase());
    expect(one).toMatchObject({ arn: first, loopbackAddress: '127.80.0.1', scheme: 'internet-facing' });
    expect(one?.privateIpv4Addresses).toHaveLength(2);
    expect(service.names.find(await dns('two'))?.loopbackAddress).toBe('127.80.0.2');
    expect([...network.interfaces.values()].map(({ description }) => description)).toEqual([
      expect.stringMatching(/^ELB app\/one\/[0-9a-f]{16}$/),
      expect.stringMatching(/^ELB app\/one\/[0-9a-f]{16}$/),
      expect.stringMatching(/^ELB net\/two\/[0-9a-f]{16}$/),
      expect.stringMatching(/^ELB net\/two\/[0-9a-f]{16}$/),
    ]);
    const name = await dns('one');
    await opened.call('DeleteLoadBalancer', { LoadBalancerArn: first });
    expect(network.interfaces.size).toBe(2);
    expect(service.names.find(name)).toBeUndefined();
    await newLoadBalancer(opened, 'three');
    expect(service.names.find(await dns('three'))?.loopbackAddress).toBe('127.80.0.3');
  });

  test('[LB-4] places of addresses', () => {
    expect([1, 255, 256, 65_534].map(loopbackAddressAt)).toEqual([
      '127.80.0.1',
      '127.80.0.255',
      '127.80.1.0',
      '127.80.255.254',
    ]);
  });

  test('[LB-5] fifty of a type are the most', async () => {
    const opened = await openElbv2();
    for (let index = 0; index < 50; index += 1) await newLoadBalancer(opened, `lb${index}`);
    expect(await outcome(newLoadBalancer(opened, 'more'))).toBe(
      'TooManyLoadBalancers: The maximum number of application load balancers (50) has been reached',
    );
    expect(await outcome(newLoadBalancer(opened, 'more', 'network'))).toBe('ok');
  });
});

describe('DescribeLoadBalancers', () => {
  test('[LB-6] by name, by ARN, and page by page', async () => {
    const opened = await openElbv2();
    const arns = [];
    for (const name of ['a', 'b', 'c']) arns.push(await newLoadBalancer(opened, name));
    const names = (rows: readonly { readonly LoadBalancerName?: string | undefined }[] | undefined) =>
      rows?.map(({ LoadBalancerName }) => LoadBalancerName);
    expect(names((await opened.call('DescribeLoadBalancers', { Names: ['c', 'a'] })).LoadBalancers)).toEqual([
      'c',
      'a',
    ]);
    expect(names((await opened.call('DescribeLoadBalancers', { LoadBalancerArns: [arns[1]!] })).LoadBalancers)).toEqual(
      ['b'],
    );
    const page = await opened.call('DescribeLoadBalancers', { PageSize: 2 });
    expect(names(page.LoadBalancers)).toEqual(['a', 'b']);
    const next = await opened.call('DescribeLoadBalancers', { PageSize: 2, Marker: page.NextMarker });
    expect(names(next.LoadBalancers)).toEqual(['c']);
    expect(next.NextMarker).toBeUndefined();
    expect(names((await opened.call('DescribeLoadBalancers', {}, { region: 'eu-west-1' })).LoadBalancers)).toEqual([]);
  });

  test.each([
    { input: { Names: ['zz'] }, want: "LoadBalancerNotFound: Load balancers '[zz]' not found" },
    {
      input: {
        LoadBalancerArns: [`arn:aws:elasticloadbalancing:us-east-1:${account}:loadbalancer/app/web/0123456789abcdef`],
      },
      want: 'LoadBalancerNotFound: One or more load balancers not found',
    },
    { input: { LoadBalancerArns: ['nonsense'] }, want: "ValidationError: 'nonsense' is not a valid load balancer ARN" },
    {
      input: {
        LoadBalancerArns: [`arn:aws:elasticloadbalancing:us-east-1:999999999999:loadbalancer/app/web/0123456789abcdef`],
      },
      want: "ValidationError: 'arn:aws:elasticloadbalancing:us-east-1:999999999999:loadbalancer/app/web/0123456789abcdef' is not a valid load balancer ARN",
    },
    {
      input: { Names: ['web'], LoadBalancerArns: ['x'] },
      want: 'ValidationError: Load balancer names and load balancer ARNs cannot be specified at the same time',
    },
    { input: { Marker: 'zz' }, want: "ValidationError: 'zz' is not a valid marker" },
  ])('[LB-6] refuses $want', async ({ input, want }) => {
    const opened = await openElbv2();
    expect(await outcome(opened.call('DescribeLoadBalancers', input))).toBe(want);
  });
});

describe('DeleteLoadBalancer', () => {
  test('[LB-7] takes the listeners with it and leaves the target groups; a second time is no error', async () => {
    const opened = await openElbv2();
    const { loadBalancer, targetGroup, listener } = await smallSetUp(opened);
    await opened.call('DeleteLoadBalancer', { LoadBalancerArn: loadBalancer });
    expect(await outcome(opened.call('DescribeListeners', { ListenerArns: [listener] }))).toBe(
      'ListenerNotFound: One or more listeners not found',
    );
    const { TargetGroups } = await opened.call('DescribeTargetGroups', { TargetGroupArns: [targetGroup] });
    expect(TargetGroups?.[0]?.LoadBalancerArns).toEqual([]);
    expect(await outcome(opened.call('DeleteLoadBalancer', { LoadBalancerArn: loadBalancer }))).toBe('ok');
    // A new one of the same name is another one.
    expect(await newLoadBalancer(opened)).not.toBe(loadBalancer);
    expect(await outcome(opened.call('DescribeListeners', { LoadBalancerArn: loadBalancer }))).toBe(
      `LoadBalancerNotFound: Load balancer '${loadBalancer}' not found`,
    );
  });

  test('[LB-7] is refused under deletion protection', async () => {
    const opened = await openElbv2();
    const arn = await newLoadBalancer(opened);
    const set = (Value: string) =>
      opened.call('ModifyLoadBalancerAttributes', {
        LoadBalancerArn: arn,
        Attributes: [{ Key: 'deletion_protection.enabled', Value }],
      });
    await set('true');
    expect(await outcome(opened.call('DeleteLoadBalancer', { LoadBalancerArn: arn }))).toBe(
      `OperationNotPermitted: Load balancer '${arn}' cannot be deleted because deletion protection is enabled`,
    );
    await set('false');
    expect(await outcome(opened.call('DeleteLoadBalancer', { LoadBalancerArn: arn }))).toBe('ok');
  });

  test('[LB-7] never leaves a listener behind that is created at the same time', async () => {
    const opened = await openElbv2();
    const loadBalancer = await newLoadBalancer(opened);
    const targetGroup = await newTargetGroup(opened);
    const [created] = await Promise.all([
      outcome(newListener(opened, loadBalancer, targetGroup)),
      opened.call('DeleteLoadBalancer', { LoadBalancerArn: loadBalancer }),
    ]);
    expect(['ok', `LoadBalancerNotFound: Load balancer '${loadBalancer}' not found`]).toContain(created);
    expect(await outcome(opened.call('DeleteTargetGroup', { TargetGroupArn: targetGroup }))).toBe('ok');
  });
});

describe('attributes of load balancers', () => {
  test('[LB-8] have AWS’s defaults, by type and scheme', async () => {
    const opened = await openElbv2();
    const of = async (arn: string) => {
      const { Attributes = [] } = await opened.call('DescribeLoadBalancerAttributes', { LoadBalancerArn: arn });
      return Object.fromEntries(Attributes.map(({ Key, Value }) => [Key, Value]));
    };
    expect(await of(await newLoadBalancer(opened))).toEqual({
      'deletion_protection.enabled': 'false',
      'load_balancing.cross_zone.enabled': 'true',
      'access_logs.s3.enabled': 'false',
      'access_logs.s3.bucket': '',
      'access_logs.s3.prefix': '',
      'ipv6.deny_all_igw_traffic': 'false',
      'zonal_shift.config.enabled': 'false',
      'idle_timeout.timeout_seconds': '60',
      'client_keep_alive.seconds': '3600',
      'connection_logs.s3.enabled': 'false',
      'connection_logs.s3.bucket': '',
      'connection_logs.s3.prefix': '',
      'health_check_logs.s3.enabled': 'false',
      'health_check_logs.s3.bucket': '',
      'health_check_logs.s3.prefix': '',
      'routing.http.desync_mitigation_mode': 'defensive',
      'routing.http.drop_invalid_header_fields.enabled': 'false',
      'routing.http.preserve_host_header.enabled': 'false',
      'routing.http.x_amzn_tls_version_and_cipher_suite.enabled': 'false',
      'routing.http.xff_client_port.enabled': 'false',
      'routing.http.xff_header_processing.mode': 'append',
      'routing.http2.enabled': 'true',
      'waf.fail_open.enabled': 'false',
    });
    expect(await of(await newLoadBalancer(opened, 'n', 'network'))).toEqual({
      'deletion_protection.enabled': 'false',
      'load_balancing.cross_zone.enabled': 'false',
      'access_logs.s3.enabled': 'false',
      'access_logs.s3.bucket': '',
      'access_logs.s3.prefix': '',
      'ipv6.deny_all_igw_traffic': 'false',
      'zonal_shift.config.enabled': 'false',
      'dns_record.client_routing_policy': 'any_availability_zone',
      'secondary_ips.auto_assigned.per_subnet': '0',
    });
  });

  test.each([
    {
      type: 'application',
      key: 'nonsense',
      value: '1',
      want: "ValidationError: Load balancer attribute key 'nonsense' is not recognized",
    },
    {
      type: 'network',
      key: 'routing.http2.enabled',
      value: 'true',
      want: "InvalidConfigurationRequest: Load balancer attribute key 'routing.http2.enabled' is not supported on load balancers with type 'network'",
    },
    {
      type: 'application',
      key: 'idle_timeout.timeout_seconds',
      value: '4001',
      want: "ValidationError: The value '4001' of load balancer attribute 'idle_timeout.timeout_seconds' is not valid",
    },
    {
      type: 'application',
      key: 'idle_timeout.timeout_seconds',
      value: '0',
      want: "ValidationError: The value '0' of load balancer attribute 'idle_timeout.timeout_seconds' is not valid",
    },
    { type: 'application', key: 'idle_timeout.timeout_seconds', value: '4000', want: 'ok' },
    {
      type: 'application',
      key: 'client_keep_alive.seconds',
      value: '59',
      want: "ValidationError: The value '59' of load balancer attribute 'client_keep_alive.seconds' is not valid",
    },
    {
      type: 'application',
      key: 'load_balancing.cross_zone.enabled',
      value: 'false',
      want: "ValidationError: The value 'false' of load balancer attribute 'load_balancing.cross_zone.enabled' is not valid",
    },
    { type: 'network', key: 'load_balancing.cross_zone.enabled', value: 'true', want: 'ok' },
    {
      type: 'application',
      key: 'access_logs.s3.enabled',
      value: 'true',
      want: "ValidationError: The value 'true' of load balancer attribute 'access_logs.s3.enabled' is not implemented by Longshore",
    },
    {
      type: 'application',
      key: 'waf.fail_open.enabled',
      value: 'true',
      want: "ValidationError: The value 'true' of load balancer attribute 'waf.fail_open.enabled' is not implemented by Longshore",
    },
    { type: 'application', key: 'routing.http.xff_header_processing.mode', value: 'remove', want: 'ok' },
  ] as const)('[LB-8] $key = $value on $type: $want', async ({ type, key, value, want }) => {
    const opened = await openElbv2();
    const arn = await newLoadBalancer(opened, 'lb', type);
    const call = opened.call('ModifyLoadBalancerAttributes', {
      LoadBalancerArn: arn,
      Attributes: [{ Key: key, Value: value }],
    });
    expect(await outcome(call)).toBe(want);
    const { Attributes = [] } = await opened.call('DescribeLoadBalancerAttributes', { LoadBalancerArn: arn });
    expect(Attributes.some(({ Key, Value }) => Key === key && Value === value)).toBe(want === 'ok');
  });
});

describe('SetSubnets, SetSecurityGroups, SetIpAddressType', () => {
  test('[LB-9] subnets that stay keep their address, others come and go', async () => {
    const opened = await openElbv2();
    const arn = await newLoadBalancer(opened);
    const before = [...opened.network.interfaces.keys()];
    const { AvailabilityZones } = await opened.call('SetSubnets', {
      LoadBalancerArn: arn,
      Subnets: ['subnet-c', 'subnet-a'],
    });
    expect(AvailabilityZones?.map(({ ZoneName }) => ZoneName)).toEqual(['us-east-1c', 'us-east-1a']);
    const after = [...opened.network.interfaces.keys()];
    expect(after.filter((id) => before.includes(id))).toHaveLength(1);
    expect(after).toHaveLength(2);
    expect(await outcome(opened.call('SetSubnets', { LoadBalancerArn: arn, Subnets: ['subnet-x', 'subnet-y'] }))).toBe(
      "InvalidConfigurationRequest: All subnets must belong to the VPC 'vpc-1' of the load balancer",
    );
  });

  test('[LB-9] security groups are those of the interfaces too; a network load balancer without gets none', async () => {
    const opened = await openElbv2();
    const arn = await newLoadBalancer(opened);
    expect(
      await opened.call('SetSecurityGroups', { LoadBalancerArn: arn, SecurityGroups: ['sg-web', 'sg-web'] }),
    ).toEqual({
      SecurityGroupIds: ['sg-web'],
    });
    expect([...opened.network.interfaces.values()].map(({ securityGroups }) => securityGroups)).toEqual([
      ['sg-web'],
      ['sg-web'],
    ]);
    const nlb = await newLoadBalancer(opened, 'n', 'network');
    expect(await outcome(opened.call('SetSecurityGroups', { LoadBalancerArn: nlb, SecurityGroups: ['sg-web'] }))).toBe(
      'InvalidConfigurationRequest: You cannot set security groups on a Network Load Balancer that was created without security groups',
    );
  });

  test('[LB-9] the address type is ipv4', async () => {
    const opened = await openElbv2();
    const arn = await newLoadBalancer(opened);
    expect(await opened.call('SetIpAddressType', { LoadBalancerArn: arn, IpAddressType: 'ipv4' })).toEqual({
      IpAddressType: 'ipv4',
    });
    expect(await outcome(opened.call('SetIpAddressType', { LoadBalancerArn: arn, IpAddressType: 'dualstack' }))).toBe(
      'ValidationError: The IP address type dualstack is not implemented by Longshore',
    );
  });
});

describe('the state of a load balancer', () => {
  const listeners = [
    { id: 'a', port: 80 },
    { id: 'b', port: 81 },
  ];
  const problem = { listener: 'HTTP:80', problem: 'port in use' };
  test.each([
    { name: 'new', active: false, served: true, problems: [], want: { Code: 'provisioning' } },
    {
      name: 'new, nobody connected',
      active: false,
      served: false,
      problems: [],
      want: { Code: 'provisioning', Reason: 'No load-balancer data plane is connected' },
    },
    { name: 'works', active: true, served: true, problems: [], want: { Code: 'active' } },
    {
      name: 'one listener not open',
      active: true,
      served: true,
      problems: [problem],
      want: { Code: 'active_impaired', Reason: 'HTTP:80: port in use' },
    },
    {
      name: 'no listener open',
      active: true,
      served: true,
      problems: [problem, { ...problem, listener: 'HTTP:81' }],
      want: { Code: 'failed', Reason: 'HTTP:80: port in use; HTTP:81: port in use' },
    },
    {
      name: 'nobody connected any more',
      active: true,
      served: false,
      problems: [],
      want: { Code: 'active_impaired', Reason: 'No load-balancer data plane is connected' },
    },
  ])('[LB-10] $name', ({ active, served, problems, want }) => {
    const row = { listeners, ...(active ? { activeAtMs: 1 } : {}) };
    expect(decideState(row, { isServed: served, problems })).toEqual(want);
  });

  test('[LB-10] becomes active when a data plane follows its configuration', async () => {
    const opened = await openElbv2();
    const { loadBalancer } = await smallSetUp(opened);
    const state = async () =>
      (await opened.call('DescribeLoadBalancers', { LoadBalancerArns: [loadBalancer] })).LoadBalancers?.[0]?.State;
    await opened.pass();
    expect(await state()).toEqual({ Code: 'provisioning' });
    const plane = await opened.connect();
    await opened.pass();
    expect(await state()).toEqual({ Code: 'active' });
    plane.end();
    await opened.pass(29_000);
    expect(await state()).toEqual({ Code: 'active' });
    await opened.pass(2_000);
    expect(await state()).toEqual({ Code: 'active_impaired', Reason: 'No load-balancer data plane is connected' });
    expect(opened.service.registrar.weights(scope, loadBalancer)).toBeUndefined();
  });
});
