import type { ListenerConfig, LoadBalancerConfig } from '../../balancer-protocol/index.ts';
import type { Clock, Log } from '../../kernel/index.ts';
import { messageOf } from '../../kernel/index.ts';
import type { AccessFigures } from '../access-figures.ts';
import type { ListenerState, Placement } from '../data-plane.ts';
import type { TargetGroup } from '../model/target-group.ts';
import type { ListenPlace } from '../node/listening-sockets.ts';
import { structureOf, type Backend, type ServedListener, type Structure } from './configuration.ts';
import { FiguresReader } from './figures-reader.ts';
import { Fleet } from './fleet.ts';
import { frontendName, SecretNames } from './names.ts';
import { placeProblem } from './port-probe.ts';
import { wantedServers } from './servers.ts';
import { parseStats } from './stats.ts';

export interface HaproxyListenersOptions {
  readonly program: string;
  readonly directory: string;
  readonly threads: number;
  readonly placement: Placement;
  readonly cookieSecret: Buffer;
  readonly figures: AccessFigures;
  readonly clock: Clock;
  readonly log: Log;
  group(arn: string): TargetGroup<null> | undefined;
  onCrash(): void;
}

interface Carried {
  readonly loadBalancer: LoadBalancerConfig;
  readonly listeners: readonly ListenerConfig[];
}

type Refused = Pick<ServedListener, 'loadBalancer' | 'listener'>;

const placeKey = ({ address, port }: ListenPlace): string => `${address}:${port}`;

/** The listeners that HAProxy carries, and its processes. */
export class HaproxyListeners {
  readonly names: SecretNames;
  readonly #options: HaproxyListenersOptions;
  readonly #fleet: Fleet;
  readonly #figures: FiguresReader;
  readonly #problems = new Map<string, string>();
  #served: readonly ServedListener[] = [];
  #structure: Structure = { head: [], sections: [], backends: [], files: new Map() };

  constructor(options: HaproxyListenersOptions) {
    this.#options = options;
    this.names = new SecretNames(options.cookieSecret);
    this.#figures = new FiguresReader(options.figures);
    this.#fleet = new Fleet(options);
  }

  get hasProblems(): boolean {
    return [...this.#problems.values()].some((problem) => problem !== '');
  }

  /** Serves these listeners and no others. @returns what became of them, and those that HAProxy did not take */
  async serve(
    carried: readonly Carried[],
  ): Promise<{ readonly states: readonly ListenerState[]; readonly refused: readonly Refused[] }> {
    const problems = new Map<string, string>();
    const served: ServedListener[] = [];
    for (const { loadBalancer, listeners } of carried)
      for (const listener of listeners) served.push(await this.#placed(loadBalancer, listener, problems));
    const groups = new Map(
      served
        .flatMap(({ listener }) => listener.rules)
        .flatMap(({ action }) => (action.type === 'forward' ? action.targetGroups : []))
        .flatMap(({ arn }) => {
          const config = this.#options.group(arn)?.config;
          return config === undefined ? [] : [[arn, config] as const];
        }),
    );
    const open = served.filter(({ places }) => places.length > 0);
    const structure = structureOf(open, groups, { ...this.#options, names: this.names });
    const frontends = served.flatMap(({ loadBalancer, listener, places }) =>
      [undefined, ...places.map(({ zone }) => zone)].map(
        (zone) => [frontendName(listener.arn, zone), loadBalancer.arn] as const,
      ),
    );
    try {
      await this.#fleet.serve(structure, this.#wanted(structure.backends));
    } catch (error) {
      this.#options.log.error('HAProxy does not take a configuration', { error: messageOf(error) });
      return { states: [], refused: this.#changed(open) };
    }
    this.#structure = structure;
    this.#served = open;
    this.#figures.learn(structure, new Map(frontends));
    return { states: this.#news(problems), refused: [] };
  }

  /** Where a listener can be: its places that are had already, or that nobody else has. */
  async #placed(
    loadBalancer: LoadBalancerConfig,
    listener: ListenerConfig,
    problems: Map<string, string>,
  ): Promise<ServedListener> {
    const { placement, log } = this.#options;
    const port = placement.portOf(listener.port);
    const had = new Set(this.#served.flatMap(({ places }) => places.map(placeKey)));
    const places: ListenPlace[] = [];
    let problem = '';
    for (const address of placement.addressesOf(loadBalancer)) {
      const place = { ...address, port };
      const found = had.has(placeKey(place)) || this.#fleet.hasLeftover ? '' : await placeProblem(place);
      if (found === '') places.push(place);
      else if (problem === '') problem = found;
    }
    problems.set(listener.arn, problem);
    if (problem !== '' && this.#problems.get(listener.arn) !== problem)
      log.warn('listener is not open', { listener: listener.arn, problem });
    return { loadBalancer, listener, places };
  }

  /** Listeners that are open now, or not, and were not so before. */
  #news(problems: ReadonlyMap<string, string>): readonly ListenerState[] {
    const states = [...problems].filter(([arn, problem]) => this.#problems.get(arn) !== problem);
    this.#problems.clear();
    for (const [arn, problem] of problems) this.#problems.set(arn, problem);
    return states.map(([arn, problem]) => ({ arn, problem }));
  }

  /** What HAProxy had not been told before. */
  #changed(open: readonly ServedListener[]): readonly Refused[] {
    const had = new Set(this.#served.map((one) => JSON.stringify(one)));
    const changed = open.filter((one) => !had.has(JSON.stringify(one)));
    return changed.length > 0 ? changed : open;
  }

  #wanted(backends: readonly Backend[]): ReturnType<typeof wantedServers> {
    const { placement } = this.#options;
    const sourceOf = placement.sourceOf.bind(placement);
    return wantedServers(backends, (arn) => this.#options.group(arn), { names: this.names, sourceOf });
  }

  /** Tells HAProxy which targets there are now and which may get something. */
  setServers(): Promise<void> {
    return this.#fleet.setServers(this.#wanted(this.#structure.backends));
  }

  /** What is in flight to the servers of these target groups now, by server name. */
  async current(groupArns: ReadonlySet<string>): Promise<ReadonlyMap<string, number>> {
    const counts = new Map<string, number>();
    const names = this.#backendsOf(groupArns);
    for (const worker of this.#fleet.workers) {
      for (const name of names) {
        const text = await worker.ask(`show stat ${name} 4 -1`).catch(() => '');
        for (const { service, current } of parseStats(text)) counts.set(service, (counts.get(service) ?? 0) + current);
      }
    }
    return counts;
  }

  #backendsOf(groupArns: ReadonlySet<string>): readonly string[] {
    return this.#structure.backends.filter(({ groupArn }) => groupArns.has(groupArn)).map(({ name }) => name);
  }

  /** Ends what a server still has, in every process. */
  async endAll(groupArn: string, server: string): Promise<void> {
    const commands = this.#backendsOf(new Set([groupArn])).map(
      (backend) => `shutdown sessions server ${backend}/${server}`,
    );
    for (const worker of this.#fleet.workers) await worker.tell(commands).catch(() => undefined);
  }

  sweep(): Promise<void> {
    return this.#fleet.sweep();
  }

  readFigures(): Promise<void> {
    return this.#figures.read(this.#fleet.workers);
  }

  close(): void {
    this.#fleet.close();
  }
}
