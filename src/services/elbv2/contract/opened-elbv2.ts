import { InvalidArgument, silentLog, Unavailable } from '../../../kernel/index.ts';
import { ApiError } from '../../../protocol/api/index.ts';
import type { RequestContext, Socket, SocketListener } from '../../../protocol/api/index.ts';
import type { Operations } from '../../../protocol/generated/elbv2.ts';
import type { BalancerReport, ConfigMessage } from '../../../balancer-protocol/index.ts';
import { MemoryStore, openDatabase } from '../../../store/index.ts';
import type { OpenDatabase } from '../../../store/index.ts';
import { SimClock, SimIds } from '../../../testkit/index.ts';
import { elbv2Service, elbv2Tables, type Certificates, type Elbv2Service, type Network } from '../index.ts';

export const account = '123456789012';
export const region = 'us-east-1';
export const scope = { account, region };
export const vpcId = 'vpc-1';
export const goodCertificate = `arn:aws:acm:${region}:${account}:certificate/11111111-1111-4111-8111-111111111111`;
export const otherCertificate = `arn:aws:acm:${region}:${account}:certificate/22222222-2222-4222-8222-222222222222`;

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A network of two VPCs; `vpc-1` has three subnets, `vpc-2` two. Remembers the interfaces it made. */
export class FakeNetwork implements Network {
  readonly interfaces = new Map<string, { description: string; address: string; securityGroups: readonly string[] }>();
  readonly #subnets = [
    { id: 'subnet-a', vpcId, availabilityZone: 'us-east-1a', cidr: '172.31.0.0/20' },
    { id: 'subnet-b', vpcId, availabilityZone: 'us-east-1b', cidr: '172.31.16.0/20' },
    { id: 'subnet-c', vpcId, availabilityZone: 'us-east-1c', cidr: '172.31.32.0/20' },
    { id: 'subnet-a2', vpcId, availabilityZone: 'us-east-1a', cidr: '172.31.48.0/20' },
    { id: 'subnet-full', vpcId, availabilityZone: 'us-east-1c', cidr: '172.31.64.0/20' },
    { id: 'subnet-x', vpcId: 'vpc-2', availabilityZone: 'us-east-1a', cidr: '10.1.0.0/20' },
    { id: 'subnet-y', vpcId: 'vpc-2', availabilityZone: 'us-east-1b', cidr: '10.1.16.0/20' },
  ];
  #count = 0;

  subnet(_scope: object, id: string) {
    return this.#subnets.find((one) => one.id === id);
  }

  vpc(_scope: object, id: string) {
    const own = this.#subnets.filter((one) => one.vpcId === id);
    return own.length === 0 ? undefined : { id, cidr: id === vpcId ? '172.31.0.0/16' : '10.1.0.0/16', subnets: own };
  }

  securityGroupVpc(_scope: object, id: string) {
    return { 'sg-default': vpcId, 'sg-web': vpcId, 'sg-other': 'vpc-2' }[id];
  }

  defaultSecurityGroup() {
    return 'sg-default';
  }

  instanceAddress(_scope: object, id: string) {
    if (id !== 'i-0123456789abcdef0') return undefined;
    return { vpcId, privateIpv4Address: '172.31.0.99', availabilityZone: 'us-east-1a' };
  }

  createInterface(_tx: object, request: Parameters<Network['createInterface']>[1]) {
    const { subnetId, privateIpv4Address, description, securityGroups } = request;
    if (subnetId === 'subnet-full') throw new Unavailable('full');
    if (privateIpv4Address === '172.31.0.1') throw new InvalidArgument("The address '172.31.0.1' is in use");
    this.#count += 1;
    const id = `eni-${this.#count}`;
    const address = privateIpv4Address ?? `172.31.200.${this.#count}`;
    this.interfaces.set(id, { description, address, securityGroups });
    return {
      networkInterfaceId: id,
      privateIpv4Address: address,
      availabilityZone: this.subnet({}, subnetId)?.availabilityZone ?? '',
    };
  }

  setSecurityGroups(_tx: object, _scope: object, id: string, securityGroups: readonly string[]) {
    const found = this.interfaces.get(id);
    if (found !== undefined) this.interfaces.set(id, { ...found, securityGroups });
  }

  removeInterface(_tx: object, _scope: object, id: string) {
    this.interfaces.delete(id);
  }
}

class FakeCertificates implements Certificates {
  readonly listeners = new Set<(arn: string) => void>();
  readonly present = new Map([
    [goodCertificate, { certificate: 'CERT 1', privateKey: 'KEY 1', names: ['example.com'] }],
    [otherCertificate, { certificate: 'CERT 2', privateKey: 'KEY 2', names: ['*.example.org'] }],
  ]);

  use(_tx: object, _scope: object, arn: string) {
    return this.present.has(arn);
  }

  find(arn: string) {
    return this.present.get(arn);
  }

  onChange(listener: (arn: string) => void) {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }
}

export interface OpenedElbv2 {
  readonly db: OpenDatabase;
  readonly store: MemoryStore;
  readonly clock: SimClock;
  readonly network: FakeNetwork;
  readonly certificates: FakeCertificates;
  readonly service: Elbv2Service;
  /** Calls an action; `as` changes who calls. */
  call<Name extends keyof Operations>(
    name: Name,
    input: Operations[Name]['input'],
    as?: { readonly account?: string; readonly region?: string },
  ): Promise<Operations[Name]['output']>;
  /** Lets everything that is ready go on, and time pass. */
  pass(ms?: number): Promise<void>;
  /** A data plane that connects as the platform account. */
  connect(): Promise<FakeDataPlane>;
}

/** The service over a store in memory; for tests only. */
export async function openElbv2(
  options: { readonly start?: boolean; readonly seed?: number } = {},
): Promise<OpenedElbv2> {
  const store = new MemoryStore();
  const clock = new SimClock(settle);
  const db = await openDatabase(store, elbv2Tables, { log: silentLog, freezeRows: true });
  const network = new FakeNetwork();
  const certificates = new FakeCertificates();
  const service = elbv2Service({
    database: db,
    clock,
    ids: new SimIds(options.seed ?? 1),
    log: silentLog,
    network,
    certificates,
  });
  if (options.start !== false) service.start();
  const contextOf = (as: { readonly account?: string; readonly region?: string }): RequestContext => ({
    caller: { account: as.account ?? account, accessKeyId: 'test', arn: `arn:aws:iam::${as.account ?? account}:root` },
    account: as.account ?? account,
    region: as.region ?? region,
    requestId: 'r',
    sourceIp: '127.0.0.1',
    userAgent: 'test',
    endpoint: 'http://127.0.0.1:4566',
    receivedMs: clock.nowMs(),
    authorize() {},
  });
  return {
    db,
    store,
    clock,
    network,
    certificates,
    service,
    async call(name, input, as = {}) {
      const handler = service.definition.handlers[name] as (input: unknown, context: RequestContext) => unknown;
      return (await handler(input, contextOf(as))) as never;
    },
    async pass(ms = 0) {
      for (let turn = 0; turn < 5; turn += 1) await settle();
      await clock.advance(ms);
      for (let turn = 0; turn < 5; turn += 1) await settle();
    },
    async connect() {
      const [route] = service.definition.sockets ?? [];
      if (route === undefined) throw new Error('there is no websocket route');
      const take = await route.accept(new Map(), contextOf({ account: '000000000000' }));
      const plane = new FakeDataPlane();
      take(plane.socket);
      return plane;
    },
  };
}

/** A data plane that keeps what it is told, as the contract says. */
export class FakeDataPlane {
  readonly messages: ConfigMessage[] = [];
  readonly loadBalancers = new Map<string, ConfigMessage['loadBalancers'][number]>();
  readonly targetGroups = new Map<string, ConfigMessage['targetGroups'][number]>();
  /** Says `applied` for each message, as a data plane that keeps up. */
  applies = true;
  bufferedBytes = 0;
  closed: { code: number; reason: string } | undefined;
  readonly socket: Socket;
  #listener: SocketListener | undefined;

  constructor() {
    // eslint-disable-next-line @typescript-eslint/no-this-alias
    const plane = this;
    this.socket = {
      get bufferedBytes() {
        return plane.bufferedBytes;
      },
      send: (text) => this.#take(JSON.parse(text) as ConfigMessage),
      close: (code, reason) => this.end(code, reason),
      listen: (listener) => {
        this.#listener = listener;
      },
    };
  }

  report(report: BalancerReport): void {
    this.sendText(JSON.stringify(report));
  }

  sendText(text: string): void {
    this.#listener?.onText(text);
  }

  end(code = 1006, reason = ''): void {
    if (this.closed !== undefined) return;
    this.closed = { code, reason };
    this.#listener?.onClose(code, reason);
  }

  #take(message: ConfigMessage): void {
    this.messages.push(message);
    if (message.complete) {
      this.loadBalancers.clear();
      this.targetGroups.clear();
    }
    for (const one of message.loadBalancers) this.loadBalancers.set(one.arn, one);
    for (const arn of message.removedLoadBalancers) this.loadBalancers.delete(arn);
    for (const one of message.targetGroups) this.targetGroups.set(one.arn, one);
    for (const arn of message.removedTargetGroups) this.targetGroups.delete(arn);
    if (this.applies) queueMicrotask(() => this.report({ type: 'applied', sequence: message.sequence }));
  }
}

/** `Code: message` of what a call answers with, or `ok`. */
export async function outcome(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'ok';
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return `${error.code}: ${error.message}`;
  }
}

/** The ARNs of a small set-up: a load balancer `web`, a target group `web`, a listener on port 80. */
export interface SmallSetUp {
  readonly loadBalancer: string;
  readonly targetGroup: string;
  readonly listener: string;
}

export async function newLoadBalancer(
  opened: OpenedElbv2,
  name = 'web',
  type?: 'application' | 'network',
): Promise<string> {
  const { LoadBalancers } = await opened.call('CreateLoadBalancer', {
    Name: name,
    Subnets: ['subnet-a', 'subnet-b'],
    ...(type === undefined ? {} : { Type: type }),
  });
  return LoadBalancers?.[0]?.LoadBalancerArn ?? '';
}

export async function newTargetGroup(
  opened: OpenedElbv2,
  name = 'web',
  more: Partial<Operations['CreateTargetGroup']['input']> = {},
): Promise<string> {
  const { TargetGroups } = await opened.call('CreateTargetGroup', {
    Name: name,
    Protocol: 'HTTP',
    Port: 8080,
    VpcId: vpcId,
    TargetType: 'ip',
    ...more,
  });
  return TargetGroups?.[0]?.TargetGroupArn ?? '';
}

export async function newListener(
  opened: OpenedElbv2,
  loadBalancer: string,
  targetGroup: string,
  port = 80,
): Promise<string> {
  const { Listeners } = await opened.call('CreateListener', {
    LoadBalancerArn: loadBalancer,
    Protocol: 'HTTP',
    Port: port,
    DefaultActions: [{ Type: 'forward', TargetGroupArn: targetGroup }],
  });
  return Listeners?.[0]?.ListenerArn ?? '';
}

export async function smallSetUp(opened: OpenedElbv2): Promise<SmallSetUp> {
  const loadBalancer = await newLoadBalancer(opened);
  const targetGroup = await newTargetGroup(opened);
  return { loadBalancer, targetGroup, listener: await newListener(opened, loadBalancer, targetGroup) };
}
