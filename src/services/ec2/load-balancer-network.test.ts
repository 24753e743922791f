import { describe, expect, test } from 'vitest';
import { InvalidArgument, silentLog } from '../../kernel/index.ts';
import type { RequestContext } from '../../protocol/api/index.ts';
import type { Operations } from '../../protocol/generated/ec2.ts';
import { MemoryStore, openDatabase } from '../../store/index.ts';
import { SimIds } from '../../testkit/index.ts';
import { defaultNetwork, ec2Service, ec2Tables, loadBalancerNetwork } from './index.ts';

const scope = { account: '123456789012', region: 'us-east-1' };
const { vpc, subnets, securityGroup } = defaultNetwork(scope);
const vpcId = vpc.id;
const subnetId = subnets[0]?.id ?? '';

async function fixture() {
  const database = await openDatabase(new MemoryStore(), ec2Tables, { log: silentLog, freezeRows: true });
  const clock = { nowMs: () => 1_700_000_000_000, after: () => () => undefined };
  const parts = { database, clock, ids: new SimIds(1) };
  const network = loadBalancerNetwork(parts);
  const create = async (
    more: { privateIpv4Address?: string; type?: 'application' | 'network'; subnetId?: string } = {},
  ) => {
    const request = {
      scope,
      subnetId,
      securityGroups: [securityGroup.id],
      description: 'ELB app/web/0123456789abcdef',
      type: 'application',
      hasPublicAddress: false,
      ...more,
    } as const;
    return (await database.transact((tx) => network.createInterface(tx, request))).result;
  };
  const describeAll = (): Operations['DescribeNetworkInterfaces']['output'] => {
    const handler = ec2Service(parts).handlers['DescribeNetworkInterfaces'] as (i: object, c: RequestContext) => object;
    return handler({}, scope as RequestContext);
  };
  return { parts, database, network, create, describeAll };
}

describe('interfaces of load balancers', () => {
  test('[LB-81] are shown as AWS shows them, and free their address when they go', async () => {
    const { database, network, create, describeAll } = await fixture();
    const made = await create();
    const nlb = await create({ type: 'network', privateIpv4Address: '172.31.0.77' });
    expect(nlb.privateIpv4Address).toBe('172.31.0.77');
    expect(describeAll().NetworkInterfaces).toMatchObject([
      {
        NetworkInterfaceId: made.networkInterfaceId,
        Description: 'ELB app/web/0123456789abcdef',
        InterfaceType: 'interface',
        RequesterManaged: true,
        SubnetId: subnetId,
        PrivateIpAddress: made.privateIpv4Address,
        Attachment: { InstanceOwnerId: 'amazon-elb' },
        Groups: [{ GroupId: securityGroup.id }],
      },
      { InterfaceType: 'network_load_balancer', PrivateIpAddress: '172.31.0.77' },
    ]);
    await database.transact((tx) => network.setSecurityGroups(tx, scope, nlb.networkInterfaceId, []));
    expect(describeAll().NetworkInterfaces?.[1]?.Groups).toEqual([]);
    await database.transact((tx) => network.removeInterface(tx, scope, nlb.networkInterfaceId));
    expect(await create({ privateIpv4Address: '172.31.0.77' })).toMatchObject({ privateIpv4Address: '172.31.0.77' });
  });

  test.each(['172.31.0.3', '172.31.15.255', '172.31.16.9', '172.31.0.999', 'nonsense', '172.31.0.077'])(
    '[LB-81] cannot have %s',
    async (privateIpv4Address) => {
      const { create } = await fixture();
      await expect(create({ privateIpv4Address })).rejects.toThrow(InvalidArgument);
    },
  );

  test('[LB-81] an address belongs to one interface', async () => {
    const { create } = await fixture();
    await create({ privateIpv4Address: '172.31.0.77' });
    await expect(create({ privateIpv4Address: '172.31.0.77' })).rejects.toThrow("The address '172.31.0.77' is in use");
    await expect(create({ subnetId: 'subnet-z' })).rejects.toThrow("The subnet ID 'subnet-z' does not exist");
  });

  test('[LB-81] facts of the default VPC', async () => {
    const { network } = await fixture();
    expect(network.vpc(scope, vpcId)?.subnets).toHaveLength(3);
    expect(network.vpc(scope, 'vpc-z')).toBeUndefined();
    expect(network.subnet(scope, subnetId)).toMatchObject({ vpcId, cidr: '172.31.0.0/20' });
    expect(network.securityGroupVpc(scope, securityGroup.id)).toBe(vpcId);
    expect(network.securityGroupVpc(scope, 'sg-z')).toBeUndefined();
    expect(network.defaultSecurityGroup(scope, vpcId)).toBe(securityGroup.id);
    expect(network.instanceAddress(scope, 'i-0123456789abcdef0')).toBeUndefined();
  });

  test('[LB-82] an instance is in the VPC that its agent says, and nowhere when it says none', async () => {
    const machine = (id: string, more: object) => ({
      ...{ id, registeredAtMs: 0, type: undefined, cpuArchitecture: undefined, subnetId: undefined },
      ...{ availabilityZone: 'us-east-1a', address: '10.1.0.9', vpcId: undefined, ...more },
    });
    const all = [machine('i-1', { vpcId }), machine('i-2', {}), machine('i-3', { vpcId, address: undefined })];
    const network = loadBalancerNetwork({ ...(await fixture()).parts, machines: { all: () => all } });
    expect(['i-1', 'i-2', 'i-3', 'i-4'].map((id) => network.instanceAddress(scope, id))).toEqual([
      { vpcId, privateIpv4Address: '10.1.0.9', availabilityZone: 'us-east-1a' },
      undefined,
      undefined,
      undefined,
    ]);
  });
});
