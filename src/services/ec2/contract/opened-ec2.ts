import { silentLog } from '../../../kernel/index.ts';
import type { InterfacePolicy } from '../../../network-protocol/index.ts';
import { ApiError, type RequestContext } from '../../../protocol/api/index.ts';
import type { Operations } from '../../../protocol/generated/ec2.ts';
import { MemoryStore, openDatabase, type OpenDatabase } from '../../../store/index.ts';
import { SimClock, SimIds } from '../../../testkit/index.ts';
import {
  ec2Service,
  ec2Tables,
  PolicyGateway,
  taskInterfaces,
  type InterfaceRequest,
  type TaskInterface,
  type TaskPlacements,
} from '../index.ts';
import { defaultNetwork } from '../default-network.ts';
import { Networks } from '../networks.ts';
import { interfacePolicy } from '../policies.ts';
import { networkInterfaces } from '../records/network-interface.ts';
import type { Scope } from '../records/scope.ts';
import { FakeMachine } from './fake-machine.ts';

export const account = '123456789012';
export const scope: Scope = { account, region: 'us-east-1' };
export const network = defaultNetwork(scope);
export const vpcId = network.vpc.id;
export const defaultGroup = network.securityGroup.id;

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export interface OpenedEc2 {
  readonly database: OpenDatabase;
  readonly gateway: PolicyGateway;
  call<Name extends keyof Operations>(
    name: Name,
    input: Operations[Name]['input'],
    as?: Scope,
  ): Promise<Operations[Name]['output']>;
  /** `Code: message` of what a call is refused with, or `ok`. */
  outcome<Name extends keyof Operations>(name: Name, input: Operations[Name]['input']): Promise<string>;
  /** An interface as a task gets one. */
  createInterface(request?: Partial<InterfaceRequest>): Promise<TaskInterface>;
  removeInterface(id: string): Promise<void>;
  /** Where packets of an interface go that leave its VPC, as those hear it who wire it. */
  wayOutOf(networkInterfaceId: string): InterfacePolicy['wayOut'] | undefined;
  /** All of what these hear of it. */
  policyOf(networkInterfaceId: string): InterfacePolicy | undefined;
  /** Lets everything that is ready go on, and time pass. */
  pass(ms?: number): Promise<void>;
  /** A machine that connects. @param as by default the installation itself */
  connect(as?: string): Promise<FakeMachine>;
}

/** The service over a store in memory; for tests only. */
export async function openEc2(tasks?: TaskPlacements): Promise<OpenedEc2> {
  const clock = new SimClock(settle);
  const database = await openDatabase(new MemoryStore(), ec2Tables, { log: silentLog, freezeRows: true });
  const parts = { database, clock, ids: new SimIds(1), log: silentLog };
  const gateway = new PolicyGateway({ ...parts, tasks });
  gateway.start();
  const service = ec2Service(parts, gateway);
  const interfaces = taskInterfaces(parts);
  const call: OpenedEc2['call'] = async (name, input, as = scope) => {
    const handler = service.handlers[name] as (input: unknown, context: RequestContext) => unknown;
    return (await handler(input, contextOf(as))) as never;
  };
  const policyOf = (id: string): InterfacePolicy | undefined => {
    const networks = new Networks(database);
    const row = networks.get(networkInterfaces, scope, id);
    return row && interfacePolicy(networks, row);
  };
  return {
    database,
    gateway,
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
    async createInterface(request = {}) {
      const full: InterfaceRequest = {
        scope,
        subnets: [network.subnets[0]?.id ?? ''],
        securityGroups: [],
        assignPublicIp: false,
        attachmentArn: 'arn:aws:ecs:us-east-1:123456789012:attachment/0f0e',
        chance: 0,
        ...request,
      };
      return (await database.transact((tx) => interfaces.create(tx, full))).result;
    },
    async removeInterface(id) {
      await database.transact((tx) => interfaces.remove(tx, scope, id));
    },
    wayOutOf: (id) => policyOf(id)?.wayOut,
    policyOf,
    async pass(ms = 0) {
      for (let turn = 0; turn < 3; turn += 1) await settle();
      await clock.advance(ms);
      for (let turn = 0; turn < 3; turn += 1) await settle();
    },
    async connect(as = '000000000000') {
      const [route] = gateway.routes;
      if (route === undefined) throw new Error('there is no websocket route');
      const take = await route.accept(new Map(), contextOf({ ...scope, account: as }));
      const machine = new FakeMachine();
      take(machine.socket);
      return machine;
    },
  };
}

export function contextOf(as: Scope): RequestContext {
  return {
    caller: { account: as.account, accessKeyId: 'test', arn: `arn:aws:iam::${as.account}:root` },
    ...as,
    requestId: 'r',
    sourceIp: '127.0.0.1',
    userAgent: 'test',
    endpoint: 'http://127.0.0.1:4566',
    receivedMs: 0,
    authorize() {},
  };
}
