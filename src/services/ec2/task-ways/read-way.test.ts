import { expect, test } from 'vitest';
import { contextOf, network, openEc2, scope } from '../contract/opened-ec2.ts';
import { newVpc, openToInternet, there } from '../contract/small-vpc.ts';
import { SimIds } from '../../../testkit/index.ts';
import { ec2Service, interfaceReaches, taskWays, type TaskDestination } from '../index.ts';
import { destinationOfHost, standInAddress } from './places.ts';

const region = 'us-east-1';
const service = (name: string, at = region): TaskDestination => ({ service: name, region: at });
const services = ['ecr.api', 'ecr.dkr', 's3', 'secretsmanager', 'ssm', 'logs'];

/** Which of the services an interface does not reach. */
async function opened() {
  const net = await openEc2();
  const ways = taskWays(net.database);
  const closed = (id: string, at = region): readonly string[] =>
    services.filter(
      (_, index) =>
        !(
          ways(
            scope,
            id,
            services.map((name) => service(name, at)),
          )[index]?.reachable ?? false
        ),
    );
  return { net, ways, closed };
}

test('[WAY-2] in the default VPC a task with a public address reaches all, one without nothing', async () => {
  const { net, ways, closed } = await opened();
  const subnet = there(network.subnets[0]).id;
  const [public_, plain] = [
    await net.createInterface({ subnets: [subnet], assignPublicIp: true }),
    await net.createInterface({ subnets: [subnet] }),
  ];
  expect(closed(public_.networkInterfaceId)).toEqual([]);
  expect(closed(plain.networkInterfaceId)).toEqual(services);
  const [hub] = ways(scope, plain.networkInterfaceId, [{ registry: 'docker.io' }]);
  expect(hub).toEqual({
    reachable: false,
    dial: `dial tcp ${standInAddress('registry-1.docker.io')}:443: i/o timeout`,
    because: expect.stringContaining('serves public addresses only') as string,
  });
});

test('[WAY-3] a NAT gateway counts from its route on', async () => {
  const { net, closed } = await opened();
  const vpc = await newVpc(net);
  await openToInternet(net, vpc);
  const { RouteTable } = await net.call('CreateRouteTable', { VpcId: vpc.vpcId });
  const RouteTableId = there(RouteTable?.RouteTableId);
  await net.call('AssociateRouteTable', { RouteTableId, SubnetId: vpc.otherSubnetId });
  const { networkInterfaceId: id } = await net.createInterface({ subnets: [vpc.otherSubnetId] });
  expect(closed(id)).toEqual(services);
  const { AllocationId } = await net.call('AllocateAddress', {});
  const { NatGateway } = await net.call('CreateNatGateway', { SubnetId: vpc.subnetId, AllocationId });
  const NatGatewayId = there(NatGateway?.NatGatewayId);
  await net.call('CreateRoute', { RouteTableId, DestinationCidrBlock: '0.0.0.0/0', NatGatewayId });
  expect(closed(id)).toEqual([]);
  await net.call('DeleteNatGateway', { NatGatewayId });
  expect(closed(id)).toEqual(services);
});

test('[WAY-4] endpoints count in their VPC and region, with private names while the VPC has DNS names', async () => {
  const { net, ways, closed } = await opened();
  const vpc = await newVpc(net);
  const { networkInterfaceId: id } = await net.createInterface({ subnets: [vpc.subnetId] });
  const other = await net.createInterface({ subnets: [(await newVpc(net, 9)).subnetId] });
  const dns = (on: boolean) => net.call('ModifyVpcAttribute', { VpcId: vpc.vpcId, EnableDnsHostnames: { Value: on } });
  await dns(true);
  const make = async (name: string, PrivateDnsEnabled: boolean, SubnetIds = [vpc.otherSubnetId]) => {
    const given = { VpcId: vpc.vpcId, VpcEndpointType: 'Interface' as const, PrivateDnsEnabled, SubnetIds };
    const { VpcEndpoint } = await net.call('CreateVpcEndpoint', {
      ...given,
      ServiceName: `com.amazonaws.${region}.${name}`,
    });
    return there(VpcEndpoint?.VpcEndpointId);
  };
  // The default group of the VPC lets its members in.
  await make('ecr.api', true);
  const ssm = await make('ssm', false);
  expect(closed(id)).toEqual(['ecr.dkr', 's3', 'secretsmanager', 'ssm', 'logs']);
  expect(closed(id, 'eu-west-1')).toEqual(services);
  expect(closed(other.networkInterfaceId)).toEqual(services);
  await net.call('ModifyVpcEndpoint', { VpcEndpointId: ssm, PrivateDnsEnabled: true });
  expect(closed(id)).toEqual(['ecr.dkr', 's3', 'secretsmanager', 'logs']);
  await dns(false);
  expect(closed(id)).toEqual(services);
  await dns(true);
  await make('logs', true, []);
  expect(ways(scope, id, [service('logs')])[0]?.dial).toBe(
    'dial tcp: lookup logs.us-east-1.amazonaws.com on 10.0.0.2:53: no such host',
  );
});

test('[WAY-5] a gateway endpoint counts in the subnets of its route tables', async () => {
  const { net, closed } = await opened();
  const vpc = await newVpc(net);
  const { networkInterfaceId: id } = await net.createInterface({ subnets: [vpc.subnetId] });
  const { VpcEndpoint } = await net.call('CreateVpcEndpoint', {
    VpcId: vpc.vpcId,
    ServiceName: `com.amazonaws.${region}.s3`,
  });
  const VpcEndpointId = there(VpcEndpoint?.VpcEndpointId);
  expect(closed(id)).toEqual(services);
  await net.call('ModifyVpcEndpoint', { VpcEndpointId, AddRouteTableIds: [vpc.mainTableId] });
  expect(closed(id)).toEqual(services.filter((name) => name !== 's3'));
  await net.call('DeleteVpcEndpoints', { VpcEndpointIds: [VpcEndpointId] });
  expect(closed(id)).toEqual(services);
});

test('[WAY-5] a group that lets out to the prefix list of S3 only lets layers through', async () => {
  const { net, closed } = await opened();
  const vpc = await newVpc(net);
  const { VpcEndpoint } = await net.call('CreateVpcEndpoint', {
    VpcId: vpc.vpcId,
    ServiceName: `com.amazonaws.${region}.s3`,
    RouteTableIds: [vpc.mainTableId],
  });
  const { PrefixLists } = await net.call('DescribePrefixLists', {
    Filters: [{ Name: 'prefix-list-name', Values: [there(VpcEndpoint?.ServiceName)] }],
  });
  const given = { GroupName: 'g', Description: 'd', VpcId: vpc.vpcId };
  const GroupId = there((await net.call('CreateSecurityGroup', given)).GroupId);
  await net.call('RevokeSecurityGroupEgress', {
    GroupId,
    IpPermissions: [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
  });
  const { networkInterfaceId: id } = await net.createInterface({ subnets: [vpc.subnetId], securityGroups: [GroupId] });
  expect(closed(id)).toEqual(services);
  const { PrefixListId } = there(PrefixLists?.[0]);
  await net.call('AuthorizeSecurityGroupEgress', {
    GroupId,
    IpPermissions: [{ IpProtocol: 'tcp', FromPort: 443, ToPort: 443, PrefixListIds: [{ PrefixListId }] }],
  });
  expect(closed(id)).toEqual(services.filter((name) => name !== 's3'));
});

test('[WAY-6] without DNS support no name is found, and a registry is an interface of the account when it has its address', async () => {
  const { net, ways } = await opened();
  const vpc = await newVpc(net);
  await openToInternet(net, vpc);
  const one = await net.createInterface({ subnets: [vpc.subnetId], assignPublicIp: true });
  const two = await net.createInterface({ subnets: [vpc.subnetId] });
  await net.call('ModifyVpcAttribute', { VpcId: vpc.vpcId, EnableDnsSupport: { Value: false } });
  const found = ways(scope, one.networkInterfaceId, [
    service('logs'),
    { registry: 'registry.test:5000' },
    { registry: `${two.privateIpv4Address}:5000` },
    { registry: '10.0.9.9:5000' },
    { registry: '198.51.100.7' },
  ]);
  expect(found.map(({ reachable, dial }) => (reachable ? 'yes' : dial))).toEqual([
    'dial tcp: lookup logs.us-east-1.amazonaws.com: i/o timeout',
    'dial tcp: lookup registry.test: i/o timeout',
    'yes',
    'dial tcp 10.0.9.9:5000: i/o timeout',
    'yes',
  ]);
});

test('of an interface that is gone nothing is said; [EFS-16] it reaches nobody', async () => {
  const { net, closed } = await opened();
  const { networkInterfaceId: id } = await net.createInterface({ subnets: [there(network.subnets[0]).id] });
  const other = await net.createInterface({ subnets: [there(network.subnets[1]).id] });
  const reaches = interfaceReaches(net.database);
  expect(reaches(scope, id, other.networkInterfaceId, 2049)).toBe(true);
  await net.call('RevokeSecurityGroupIngress', {
    GroupId: network.securityGroup.id,
    IpPermissions: [{ IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: network.securityGroup.id }] }],
  });
  expect(reaches(scope, id, other.networkInterfaceId, 2049)).toBe(false);
  await net.removeInterface(id);
  expect(closed(id)).toEqual([]);
  expect(reaches(scope, id, other.networkInterfaceId, 2049)).toBe(false);
});

test('[WAY-14] a way to a host is explained by the same steps', async () => {
  const { net } = await opened();
  const { networkInterfaceId: from } = await net.createInterface();
  const clock = { nowMs: () => 0, after: () => () => undefined };
  const route = ec2Service({ database: net.database, clock, ids: new SimIds(1) }).ownRoutes?.[0];
  const explain = (to: string, more: Record<string, string> = {}) => {
    const query = new Map(Object.entries({ from, to, port: '443', ...more }));
    return there(route).answer(query, contextOf(scope));
  };
  const hosts = ['api.ecr', '123456789012.dkr.ecr', 's3', 'my-bucket.s3', 'logs'].map(
    (name) => `${name}.${region}.amazonaws.com`,
  );
  for (const host of [...hosts, 'registry-1.docker.io']) {
    expect(explain(host)).toEqual({
      from: expect.stringContaining(from) as string,
      to: host,
      reachable: false,
      steps: [
        { passes: true, text: `${host === hosts[3] ? hosts[2] : host} is outside` },
        { passes: true, text: expect.stringContaining('lets pass TCP to port 443') as string },
        { passes: false, text: expect.stringContaining('serves public addresses only') as string },
      ],
    });
  }
  expect(() => explain(hosts[0] ?? '', { protocol: 'udp' })).toThrow('is not a network interface');
});

test('[WAY-14] hosts of all services are told from others', () => {
  const of = (host: string, port = 443) => destinationOfHost(host, port);
  expect(of('elasticloadbalancing.eu-west-1.amazonaws.com')).toEqual(service('elasticloadbalancing', 'eu-west-1'));
  expect(of('ecs-a.us-east-1.amazonaws.com')).toEqual(service('ecs-agent'));
  expect(of('data-servicediscovery.us-east-1.amazonaws.com')).toEqual(service('data-servicediscovery'));
  expect(of('123456789012.dkr.ecr.us-east-1.amazonaws.com')).toEqual(service('ecr.dkr'));
  for (const host of ['sqs.us-east-1.amazonaws.com', '*.dkr.ecr.us-east-1.amazonaws.com', 'iam.amazonaws.com'])
    expect(of(host)).toEqual({ registry: `${host}:443` });
  expect(of('logs.us-east-1.amazonaws.com', 80)).toEqual({ registry: 'logs.us-east-1.amazonaws.com:80' });
});

test('[WAY-15] a service that Longshore has no endpoint of is outside', async () => {
  const { net, ways } = await opened();
  const subnet = there(network.subnets[0]).id;
  const plain = await net.createInterface({ subnets: [subnet] });
  const public_ = await net.createInterface({ subnets: [subnet], assignPublicIp: true });
  const asked = [service('iam'), service('sqs'), service('sts')];
  const told = (id: string) => ways(scope, id, asked).map(({ reachable }) => reachable);
  expect([told(plain.networkInterfaceId), told(public_.networkInterfaceId)]).toEqual([
    [false, false, false],
    [true, true, true],
  ]);
});

test('a host always stands at the same address of the block for documentation', () => {
  const addresses = Array.from({ length: 500 }, (_, n) => standInAddress(`host-${n}.test`));
  expect(addresses.every((address) => /^203\.0\.113\.([1-9]|[1-9]\d|1\d\d|2[0-4]\d|25[0-4])$/.test(address))).toBe(
    true,
  );
  expect(new Set(addresses).size).toBeGreaterThan(100);
  expect(standInAddress('host-1.test')).toBe(addresses[1]);
});
