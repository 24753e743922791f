import { silentLog } from '../../../kernel/index.ts';
import type { InterfacePolicy } from '../../../network-protocol/index.ts';
import { ApiError } from '../../../protocol/api/index.ts';
import type { RequestContext } from '../../../protocol/api/index.ts';
import type { Operations } from '../../../protocol/generated/ec2.ts';
import { MemoryStore, openDatabase } from '../../../store/index.ts';
import type { OpenDatabase } from '../../../store/index.ts';
import { SimIds } from '../../../testkit/index.ts';
import { Networks } from '../networks.ts';
import { interfacePolicy } from '../policies.ts';
import { networkInterfaces } from '../records/network-interface.ts';
import { defaultNetwork, ec2Service, ec2Tables, taskInterfaces, type TaskInterface } from '../index.ts';

// The service over a store in memory; for tests only.

export const scope = { account: '123456789012', region: 'us-east-1' };
export const network = defaultNetwork(scope);

export interface OpenedNetworks {
  readonly database: OpenDatabase;
  /** Calls an action; its answer must come. */
  call<Name extends keyof Operations>(
    name: Name,
    input: Operations[Name]['input'],
    as?: { readonly account: string; readonly region: string },
  ): Promise<Operations[Name]['output']>;
  /** `Code: sentence` of what a call is refused with, or `ok`. */
  outcome<Name extends keyof Operations>(name: Name, input: Operations[Name]['input']): Promise<string>;
  /** An interface as a task gets one. */
  taskInterface(
    subnetId: string,
    more?: { readonly assignPublicIp?: boolean; readonly securityGroups?: readonly string[] },
  ): Promise<TaskInterface>;
  removeInterface(id: string): Promise<void>;
  /** Where packets of an interface go that leave its VPC, as those hear it who wire it. */
  wayOutOf(networkInterfaceId: string): InterfacePolicy['wayOut'] | undefined;
  /** Lets time pass. */
  pass(ms: number): void;
}

export async function openNetworks(): Promise<OpenedNetworks> {
  const database = await openDatabase(new MemoryStore(), ec2Tables, { log: silentLog, freezeRows: true });
  const ids = new SimIds(1);
  let now = 1_700_000_000_000;
  const clock = { nowMs: () => now, after: () => () => undefined };
  const { handlers } = ec2Service({ database, clock, ids });
  const interfaces = taskInterfaces({ database, clock, ids });
  const call: OpenedNetworks['call'] = async (name, input, as = scope) => {
    const handler = handlers[name] as (input: unknown, context: RequestContext) => unknown;
    return (await handler(input, as as RequestContext)) as never;
  };
  return {
    database,
    call,
    async outcome(name, input) {
      try {
        await call(name, input);
        return 'ok';
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        return `${error.code}: ${error.message}`;
      }
    },
    async taskInterface(subnetId, { assignPublicIp = false, securityGroups = [] } = {}) {
      const request = {
        scope,
        subnets: [subnetId],
        securityGroups,
        assignPublicIp,
        attachmentArn: 'arn:aws:ecs:us-east-1:123456789012:attachment/0f0e',
        chance: 0,
      };
      return (await database.transact((tx) => interfaces.create(tx, request))).result;
    },
    async removeInterface(id) {
      await database.transact((tx) => interfaces.remove(tx, scope, id));
    },
    wayOutOf(id) {
      const networks = new Networks(database);
      const row = networks.get(networkInterfaces, scope, id);
      return row && interfacePolicy(networks, row)?.wayOut;
    },
    pass: (ms) => void (now += ms),
  };
}

/** What must be there. */
export function there<Item>(item: Item | undefined): Item {
  if (item === undefined) throw new Error('it is not there');
  return item;
}

/** The ids of a new VPC with a subnet in each of two zones. */
export interface SmallVpc {
  readonly vpcId: string;
  readonly subnetId: string;
  readonly otherSubnetId: string;
  readonly mainTableId: string;
}

/** @param net the second number of its addresses */
export async function newVpc({ call }: OpenedNetworks, net = 0): Promise<SmallVpc> {
  const { Vpc } = await call('CreateVpc', { CidrBlock: `10.${net}.0.0/16` });
  const vpcId = there(Vpc?.VpcId);
  const subnet = async (place: number, zone: string): Promise<string> => {
    const CidrBlock = `10.${net}.${place}.0/24`;
    const { Subnet } = await call('CreateSubnet', { VpcId: vpcId, CidrBlock, AvailabilityZone: zone });
    return there(Subnet?.SubnetId);
  };
  const [subnetId, otherSubnetId] = [await subnet(1, 'us-east-1a'), await subnet(2, 'us-east-1b')];
  const { RouteTables } = await call('DescribeRouteTables', { Filters: [{ Name: 'vpc-id', Values: [vpcId] }] });
  return { vpcId, subnetId, otherSubnetId, mainTableId: there(RouteTables?.[0]?.RouteTableId) };
}

/** An internet gateway at the VPC and a route to it in its main route table. */
export async function openToInternet({ call }: OpenedNetworks, { vpcId, mainTableId }: SmallVpc): Promise<string> {
  const { InternetGateway } = await call('CreateInternetGateway', {});
  const GatewayId = there(InternetGateway?.InternetGatewayId);
  await call('AttachInternetGateway', { InternetGatewayId: GatewayId, VpcId: vpcId });
  await call('CreateRoute', { RouteTableId: mainTableId, DestinationCidrBlock: '0.0.0.0/0', GatewayId });
  return GatewayId;
}

export function vpcFilter(vpcId: string) {
  return { Filters: [{ Name: 'vpc-id', Values: [vpcId] }] };
}
