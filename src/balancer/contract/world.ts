import { Agent, request as httpRequest, type IncomingHttpHeaders, type RequestOptions } from 'node:http';
import type {
  ListenerConfig,
  LoadBalancerAttributes,
  LoadBalancerConfig,
  RuleConfig,
  TargetConfig,
  TargetGroupConfig,
} from '../../balancer-protocol/index.ts';
import type { Clock, Ids, Log } from '../../kernel/index.ts';
import type { DataPlane, DataPlaneEvents, ListenerState, Placement, TargetKey } from '../data-plane.ts';
import { freshAddress } from './addresses.ts';

export interface PlaneOptions {
  readonly events: DataPlaneEvents;
  readonly placement: Placement;
  readonly cookieSecret: Buffer;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
}

/** Makes the data plane under test. */
export type PlaneFactory = (options: PlaneOptions) => Promise<DataPlane>;

export const attributes: LoadBalancerAttributes = {
  crossZone: true,
  idleTimeoutMs: 60_000,
  clientKeepAliveMs: 3_600_000,
  http2: true,
  dropInvalidHeaderFields: false,
  preserveHostHeader: false,
  xffHeaderProcessing: 'append',
  xffClientPort: false,
  desyncMitigation: 'defensive',
};

export function group(
  arn: string,
  targets: readonly TargetConfig[],
  more: Partial<TargetGroupConfig> = {},
): TargetGroupConfig {
  return {
    arn,
    name: arn,
    protocol: 'HTTP',
    protocolVersion: 'HTTP1',
    algorithm: 'round_robin',
    slowStartMs: 0,
    closeOnDeregistration: false,
    closeOnUnhealthy: false,
    preserveClientIp: false,
    proxyProtocolV2: false,
    targets,
    ...more,
  };
}

/** With a health check, so that states count; nothing here carries it out. */
export const checked: Pick<TargetGroupConfig, 'healthCheck'> = {
  healthCheck: {
    protocol: 'HTTP',
    path: '/',
    matcher: '200',
    intervalMs: 30_000,
    timeoutMs: 5_000,
    healthyThreshold: 5,
    unhealthyThreshold: 2,
  },
};

export function forward(...arns: readonly string[]): RuleConfig {
  return {
    arn: 'default',
    conditions: [],
    action: { type: 'forward', targetGroups: arns.map((arn) => ({ arn, weight: 1 })) },
  };
}

export function listener(rules: readonly RuleConfig[], more: Partial<ListenerConfig> = {}): ListenerConfig {
  return { arn: 'listener', protocol: 'HTTP', port: 8000, certificates: [], alpnPolicy: [], rules, ...more };
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A data plane with one load balancer, and clients for it. */
export class World {
  /** Where connections to targets with a zone come from. */
  static readonly source = '127.99.0.7';
  readonly plane: DataPlane;
  readonly address: string;
  readonly drained: TargetKey[] = [];
  readonly listeners: ListenerState[] = [];
  #loadBalancer: LoadBalancerConfig;
  #groups: readonly TargetGroupConfig[] = [];

  private constructor(plane: DataPlane, address: string, record: Pick<World, 'drained' | 'listeners'>) {
    this.plane = plane;
    this.address = address;
    this.drained = record.drained;
    this.listeners = record.listeners;
    this.#loadBalancer = loadBalancerAt(address);
  }

  static async open(
    make: PlaneFactory,
    tools: { readonly clock: Clock; readonly ids: Ids; readonly log: Log },
  ): Promise<World> {
    const drained: TargetKey[] = [];
    const listeners: ListenerState[] = [];
    const plane = await make({
      ...tools,
      cookieSecret: Buffer.alloc(32, 7),
      placement: {
        addressesOf: ({ loopbackAddress, nodes }) => [
          { address: loopbackAddress },
          ...nodes.map(({ privateIpv4Address, zone }) => ({ address: privateIpv4Address, zone })),
        ],
        sourceOf: (_group, { id, address, zone }) => (zone === undefined || id !== address ? undefined : World.source),
        portOf: (port) => port,
      },
      events: {
        onDrained: (targets) => drained.push(...targets),
        onListeners: (states) => listeners.push(...states),
      },
    });
    return new World(plane, freshAddress(), { drained, listeners });
  }

  /** Applies target groups, and the load balancer where it is given. */
  async set(
    groups: readonly TargetGroupConfig[],
    listeners?: readonly ListenerConfig[],
    more: Partial<LoadBalancerConfig> = {},
  ): Promise<void> {
    const isNew = listeners !== undefined;
    if (listeners !== undefined) this.#loadBalancer = { ...this.#loadBalancer, listeners, ...more };
    this.#groups = [...this.#groups.filter(({ arn }) => !groups.some((one) => one.arn === arn)), ...groups];
    await this.plane.apply({
      complete: false,
      loadBalancers: isNew ? [this.#loadBalancer] : [],
      removedLoadBalancers: [],
      targetGroups: groups,
      removedTargetGroups: [],
    });
  }

  /** Applies everything as a new connection to the control plane would. */
  async setAll(): Promise<void> {
    await this.plane.apply({
      complete: true,
      loadBalancers: [this.#loadBalancer],
      removedLoadBalancers: [],
      targetGroups: this.#groups,
      removedTargetGroups: [],
    });
  }

  async remove(): Promise<void> {
    await this.plane.apply({
      complete: false,
      loadBalancers: [],
      removedLoadBalancers: [this.#loadBalancer.arn],
      targetGroups: [],
      removedTargetGroups: this.#groups.map(({ arn }) => arn),
    });
  }

  get(path = '/', options: RequestOptions & { readonly body?: string } = {}): Promise<Answer> {
    return ask({ host: this.address, port: 8000, path, agent: false, ...options }, options.body);
  }
}

export function loadBalancerAt(address: string): LoadBalancerConfig {
  return {
    arn: `balancer-${address}`,
    name: 'web',
    type: 'application',
    dnsName: 'web-1.us-east-1.elb.amazonaws.com',
    loopbackAddress: address,
    nodes: [],
    attributes,
    listeners: [],
  };
}

export function ask(options: RequestOptions, body?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(options, (response) => {
      let text = '';
      response.setEncoding('latin1');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }));
      response.on('close', () => reject(new Error('the answer broke off')));
    });
    request.on('error', reject);
    request.end(body);
  });
}

export function keepAliveAgent(): Agent {
  return new Agent({ keepAlive: true, maxSockets: 64 });
}

/** Waits until something is so. */
export async function eventually(what: () => boolean, withinMs = 5_000): Promise<void> {
  const endMs = Date.now() + withinMs;
  while (!what()) {
    if (Date.now() > endMs) throw new Error(`not so within ${withinMs} ms: ${what.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
