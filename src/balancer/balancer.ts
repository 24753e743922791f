import type { BalancerReport, ConfigMessage, LoadBalancerConfig, TargetHealth } from '../balancer-protocol/index.ts';
import type { AwsCredentials } from '../control-plane-client/index.ts';
import type { Clock, Ids, Log, ServerTrust } from '../kernel/index.ts';
import { messageOf } from '../kernel/index.ts';
import type { NodeAddresses } from './addresses/node-addresses.ts';
import type { DataPlane, DataPlaneEvents, ListenAddress, ListenerState, Placement, TargetKey } from './data-plane.ts';
import { TargetSources } from './model/target-sources.ts';
import type { NodePolicies, PolicedNode } from './node-policies.ts';
import { HealthChecker } from './health/health-checker.ts';
import { KeptConfiguration, type KeptText } from './session/kept-configuration.ts';
import { Reported } from './session/reported.ts';
import { ControlPlaneSession } from './session/control-plane-session.ts';

export interface BalancerOptions {
  readonly endpoint: string;
  /** How an `https` endpoint is verified; absent: as usual. */
  readonly trust?: ServerTrust | undefined;
  readonly region: string;
  readonly credentials: () => AwsCredentials;
  /** Added to every listener's port, where low ports may not be bound. */
  readonly portOffset: number;
  readonly addresses: NodeAddresses;
  /** Security groups of load balancers; absent: this machine does not enforce them. */
  readonly policies?: NodePolicies;
  /** Where the last configuration is kept, for a start while the control plane is away; absent: nowhere. */
  readonly kept?: KeptText;
  makeDataPlane(wiring: { readonly events: DataPlaneEvents; readonly placement: Placement }): Promise<DataPlane>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
}

export interface Balancer {
  /** Resolves when the first whole configuration is at work. */
  readonly ready: Promise<void>;
  readonly dataPlane: DataPlane;
  /** The load balancer of a DNS name, as configured now. */
  named(dnsName: string): LoadBalancerConfig | undefined;
  stop(): Promise<void>;
}

/** A data plane that does what the control plane says and reports back. */
export async function startBalancer(options: BalancerOptions): Promise<Balancer> {
  const running = new RunningBalancer(options);
  await running.open();
  return running;
}

const highestPort = 65_535;

class RunningBalancer implements Balancer {
  readonly ready: Promise<void>;
  readonly #options: BalancerOptions;
  readonly #checker: HealthChecker;
  readonly #reported = new Reported();
  readonly #kept: KeptConfiguration | undefined;
  readonly #sources: TargetSources;
  readonly #loadBalancers = new Map<string, LoadBalancerConfig>();
  readonly #byName = new Map<string, LoadBalancerConfig>();
  #plane: DataPlane | undefined;
  #session: ControlPlaneSession | undefined;
  #work: Promise<void> = Promise.resolve();
  #becomeReady: () => void = () => undefined;

  constructor(options: BalancerOptions) {
    this.#options = options;
    const { clock, ids, kept, endpoint, log } = options;
    this.#kept = kept === undefined ? undefined : new KeptConfiguration({ kept, endpoint, clock, log });
    this.ready = new Promise((resolve) => {
      this.#becomeReady = resolve;
    });
    this.#sources = new TargetSources((address) => options.addresses.has(address));
    const sourceOf = this.#sources.of.bind(this.#sources);
    this.#checker = new HealthChecker({ clock, ids, sourceOf, onChange: (targets) => this.#onHealth(targets) });
  }

  async open(): Promise<void> {
    const { portOffset, endpoint, trust, region, credentials, clock, ids, log } = this.#options;
    this.#plane = await this.#options.makeDataPlane({
      events: {
        onDrained: (targets) => this.#onDrained(targets),
        onListeners: (listeners) => this.#onListeners(listeners),
      },
      placement: {
        addressesOf: (loadBalancer) => this.#addressesOf(loadBalancer),
        sourceOf: (group, target) => this.#sources.of(group, target),
        portOf: (port) => (port + portOffset > highestPort ? port : port + portOffset),
      },
    });
    await this.#serveKept();
    this.#session = new ControlPlaneSession({
      endpoint,
      trust,
      region,
      credentials,
      clock,
      ids,
      log,
      onConfig: (message, reply) => {
        const done = this.#work.then(() => this.#take(message, reply));
        this.#work = done.catch(() => undefined); // the session hears of it
        return done;
      },
    });
  }

  /** What was served before, until the control plane says what there is now. */
  async #serveKept(): Promise<void> {
    const { log } = this.#options;
    const message = this.#kept?.read();
    if (message === undefined) return;
    log.info('serving what was served before until the control plane answers', {
      loadBalancers: message.loadBalancers.length,
    });
    await this.#apply(message).catch((error: unknown) =>
      log.error('the configuration of before could not be applied', { error: messageOf(error) }),
    );
  }

  get dataPlane(): DataPlane {
    if (this.#plane === undefined) throw new Error('the balancer was not opened');
    return this.#plane;
  }

  #addressesOf(loadBalancer: LoadBalancerConfig): readonly ListenAddress[] {
    const { addresses } = this.#options;
    return [
      { address: loadBalancer.loopbackAddress },
      ...loadBalancer.nodes
        .filter(({ privateIpv4Address }) => addresses.has(privateIpv4Address))
        .map(({ privateIpv4Address, zone }) => ({ address: privateIpv4Address, zone })),
    ];
  }

  async #apply(message: ConfigMessage): Promise<void> {
    const { addresses, policies } = this.#options;
    this.#remember(message);
    await policies?.add(this.#nodes());
    const wanted = new Set(
      [...this.#loadBalancers.values()].flatMap(({ nodes }) => nodes.map((node) => node.privateIpv4Address)),
    );
    await addresses.add(wanted);
    await this.dataPlane.apply(message);
    await addresses.keepOnly(wanted);
    await policies?.keepOnly(this.#nodes());
    this.#reported.configured(message);
    this.#checker.apply(message);
  }

  async #take(message: ConfigMessage, reply: (report: BalancerReport) => void): Promise<void> {
    const unheard = this.#reported.unheard(message);
    await this.#apply(message);
    this.#kept?.take(message);
    reply({ type: 'applied', sequence: message.sequence });
    if (!message.complete) {
      if (unheard.length > 0) reply({ type: 'drained', targets: unheard });
      return;
    }
    this.#becomeReady();
    // Whoever is on the other side now knows nothing of what was said before.
    const health = this.#checker.all();
    if (health.length > 0) reply({ type: 'health', targets: health });
    for (const report of this.#reported.all()) reply(report);
  }

  #remember(message: ConfigMessage): void {
    if (message.complete) this.#loadBalancers.clear();
    for (const arn of message.removedLoadBalancers) this.#loadBalancers.delete(arn);
    for (const one of message.loadBalancers) this.#loadBalancers.set(one.arn, one);
    if (!message.complete && message.loadBalancers.length + message.removedLoadBalancers.length === 0) return;
    this.#sources.take(this.#loadBalancers.values());
    this.#byName.clear();
    for (const one of this.#loadBalancers.values()) this.#byName.set(one.dnsName.toLowerCase(), one);
  }

  #nodes(): readonly PolicedNode[] {
    return [...this.#loadBalancers.values()].flatMap(({ nodes, loopbackAddress }) =>
      nodes.map(({ networkInterfaceId, privateIpv4Address }) => ({
        networkInterfaceId,
        privateIpv4Address,
        loopbackAddress,
      })),
    );
  }

  named(dnsName: string): LoadBalancerConfig | undefined {
    return this.#byName.get(dnsName);
  }

  #onHealth(targets: readonly TargetHealth[]): void {
    this.#plane?.setHealth(targets).catch((error: unknown) => {
      this.#options.log.error('the data plane does not take the health of targets', { error: messageOf(error) });
    });
    this.#session?.send({ type: 'health', targets });
  }

  #onDrained(targets: readonly TargetKey[]): void {
    this.#reported.drained(targets);
    this.#session?.send({ type: 'drained', targets });
  }

  #onListeners(listeners: readonly ListenerState[]): void {
    this.#reported.listeners(listeners);
    this.#session?.send({ type: 'listeners', listeners });
  }

  async stop(): Promise<void> {
    this.#session?.close();
    this.#checker.close();
    await this.#work;
    this.#kept?.close();
    await this.#plane?.close();
    await this.#options.addresses.keepOnly(new Set());
    await this.#options.policies?.close();
  }
}
