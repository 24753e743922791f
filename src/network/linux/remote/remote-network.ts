import type { Server } from 'node:net';
import { messageOf } from '../../../kernel/index.ts';
import type { Log } from '../../../kernel/index.ts';
import type { Underlay } from '../../../network-protocol/index.ts';
import { changedRemotes, movedAddresses, noRemotes, type PolicyChange, type Remotes } from '../../index.ts';
import { ipJson } from '../commands.ts';
import type { MachineLock } from '../machine-lock.ts';
import { liveOwners, showOwner } from '../owners.ts';
import { overlap } from '../prefixes.ts';
import { routeInTheWay, type IpRoute } from '../routes.ts';
import { batch, listRoutes, removeRoutes } from './kernel-routes.ts';
import { LinkMonitor } from './link-monitor.ts';
import { OwnRoutes } from './own-routes.ts';
import { desiredRoutes, metricOf, routeCommands, routesOf, targetOf } from './remote-routes.ts';
import type { ListedRoute, RoutedPicture, Target } from './remote-routes.ts';
import { vxlanDevice } from './vxlan-names.ts';
import { cleanVxlan, ensureVxlan } from './vxlan.ts';
import { Ways } from './ways.ts';

const usualMtu = 1500;
/** After a route could not be made, or a device changed: more may follow at once. */
const lookAgainMs = { afterFailure: 5_000, afterChange: 200 } as const;

export interface RemoteNetworkOptions {
  readonly owner: string;
  readonly underlay: Underlay;
  readonly lock: MachineLock;
  /** Nobody else on this machine sees to it that packets to unused addresses of a VPC do not leave it. */
  readonly alone?: boolean;
  readonly log: Log;
}

type Change = Pick<PolicyChange, 'complete' | 'remotes' | 'vpcs' | 'removedVpcs'>;

/**
 * Routes to the addresses of VPCs that are on other machines, of one owner of this machine. They stay while their owner is away; its first whole change
 * makes them what they are to be. A way that is not there now is no failure: what is behind it is not reached, and is looked for again.
 */
export class RemoteNetwork {
  readonly #options: RemoteNetworkOptions;
  readonly #metric: number;
  readonly #ways: Ways;
  readonly #routes = new OwnRoutes();
  #remotes: Remotes = noRemotes;
  #cidrs: ReadonlyMap<string, readonly string[]> = new Map();
  /** Of VPCs that have addresses on other machines; undefined where this machine uses them otherwise. */
  readonly #blocks = new Map<string, readonly string[] | undefined>();
  #others = '';
  #mark: Server | undefined;
  #monitor: LinkMonitor | undefined;
  #again: NodeJS.Timeout | undefined;
  #againAtMs = 0;
  #last: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(options: RemoteNetworkOptions) {
    this.#options = options;
    this.#metric = metricOf(options.owner);
    this.#ways = new Ways(options.underlay);
  }

  /** The largest packet that gets to every machine that is known; undefined: the usual one does. */
  get taskMtu(): number | undefined {
    const mtu = this.#ways.mtu();
    return mtu < usualMtu ? mtu : undefined;
  }

  apply(change: Change): Promise<void> {
    return this.#inTurn(async () => {
      if (!change.complete && change.remotes.length + change.vpcs.length + change.removedVpcs.length === 0) return;
      const before = change.complete ? noRemotes : this.#remotes;
      const touched = movedAddresses(this.#remotes, change);
      this.#remotes = changedRemotes(before, change);
      this.#cidrs = changedCidrs(change.complete ? new Map() : this.#cidrs, change);
      this.#mark ??= await showOwner(this.#options.owner, 'remote');
      const startMs = Date.now();
      if ((await this.#othersCameOrWent()) || change.complete) await this.#sync();
      else await this.#follow(change, touched);
      this.#options.log.debug('routes follow the control plane', {
        touched: touched.size,
        tookMs: Date.now() - startMs,
      });
    });
  }

  /** Takes the routes of this owner away, and what it shares with others when it is the last. */
  destroy(): Promise<void> {
    this.close();
    return this.#inTurn(async () => {
      await removeRoutes(this.#metric);
      await this.#options.lock.run(cleanVxlan);
      this.#routes.reset([]);
      this.#mark?.close();
      this.#mark = undefined;
    });
  }

  /** Looks after the routes no longer; they stay. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#again);
    this.#monitor?.close();
    this.#monitor = undefined;
  }

  async #follow(change: Change, destinations: ReadonlySet<string>): Promise<void> {
    const touched = new Set(destinations);
    await this.#findWays(change.remotes.flatMap(({ at }) => at.map(({ machine }) => machine)));
    for (const { id } of change.vpcs) for (const cidr of this.#forgetBlocks(id)) touched.add(cidr);
    for (const cidr of await this.#findBlocks()) touched.add(cidr);
    await this.#move(touched);
  }

  get #picture(): RoutedPicture {
    const blocks = new Map([...this.#blocks].flatMap(([id, cidrs]) => (cidrs === undefined ? [] : [[id, cidrs]])));
    return { remotes: this.#remotes, blocks, wayTo: this.#ways.to };
  }

  /** Some addresses are on other machines than they were: costs what changed, not what there is. */
  async #move(destinations: ReadonlySet<string>): Promise<void> {
    const picture = this.#picture;
    const [was, is] = [new Map<string, Target>(), new Map<string, Target>()];
    for (const to of destinations) {
      const [now, next] = [this.#routes.get(to), targetOf(picture, to)];
      if (now !== undefined) was.set(to, now);
      if (next !== undefined) is.set(to, next);
    }
    const commands = routeCommands(this.#metric, was, is);
    if (commands.length === 0) return;
    try {
      await this.#carryOut(commands, is.values());
    } catch (thrown) {
      this.#options.log.debug('looking at all routes to other machines', { why: messageOf(thrown) });
      return this.#sync();
    }
    for (const to of destinations) this.#routes.set(to, is.get(to));
    const left = [...was.values()].some((target) => isVxlan(target) && !this.#routes.leadTo(target.via));
    if (left) await this.#options.lock.run(cleanVxlan);
    this.#watchLinks();
  }

  /** Makes the routes what they are to be, whatever is there. */
  async #sync(): Promise<void> {
    this.#ways.forget();
    this.#blocks.clear();
    await this.#findWays([...this.#remotes.values()].flatMap((addresses) => [...addresses.values()]));
    await this.#findBlocks();
    const wanted = desiredRoutes(this.#picture);
    const listed = await listRoutes();
    const commands = routeCommands(this.#metric, routesOf(listed, this.#metric), wanted);
    this.#routes.reset([]);
    try {
      await this.#carryOut([...commands, ...(await this.#leftByOthers(listed))], wanted.values());
      this.#routes.reset(wanted);
    } catch (thrown) {
      this.#routes.reset(routesOf(await listRoutes(), this.#metric));
      this.#options.log.warn('some tasks on other machines are not reached now; trying again', {
        why: messageOf(thrown),
      });
      this.#lookAgain(lookAgainMs.afterFailure);
    }
    await this.#options.lock.run(cleanVxlan);
    this.#watchLinks();
  }

  /** Routes by VXLAN and what they need are made together: nobody who cleans up comes in between. */
  async #carryOut(commands: readonly string[], targets: Iterable<Target>): Promise<void> {
    const fresh = new Set<string>();
    for (const target of targets) if (isVxlan(target) && !this.#routes.leadTo(target.via)) fresh.add(target.via);
    if (fresh.size === 0) return batch(commands);
    const { lock, underlay } = this.#options;
    const mtu = this.#ways.mtu([...fresh]);
    await lock.run(async () => {
      await ensureVxlan({ address: underlay.address, mtu }, [...fresh]);
      await batch(commands);
    });
  }

  async #findWays(machines: readonly Underlay[]): Promise<void> {
    for (const why of await this.#ways.find(new Set(machines)))
      this.#options.log.warn('tasks on another machine are not reached', { why });
  }

  /** @returns address blocks that are to be kept on this machine from now on, or not any more */
  async #findBlocks(): Promise<readonly string[]> {
    const changed: string[] = [];
    for (const [id, cidrs] of this.#blocks)
      if (!this.#cidrs.has(id)) {
        changed.push(...(cidrs ?? []));
        this.#blocks.delete(id);
      }
    const fresh = [...this.#cidrs].filter(([id]) => !this.#blocks.has(id) && this.#isNeeded(id));
    if (fresh.length === 0) return changed;
    const routes = await ipJson<IpRoute>(['-4', 'route', 'show']);
    for (const [id, cidrs] of fresh) {
      const found = cidrs.flatMap((cidr) => routeInTheWay(routes, cidr) ?? [])[0];
      this.#blocks.set(id, found === undefined ? cidrs : undefined);
      if (found === undefined) changed.push(...cidrs, ...(this.#remotes.get(id)?.keys() ?? []));
      else
        this.#options.log.warn('tasks on other machines are not reached: this machine uses their addresses otherwise', {
          vpc: id,
          route: found.dst,
          device: found.dev,
        });
    }
    return changed;
  }

  /** @returns its address blocks, when it has others now */
  #forgetBlocks(vpcId: string): readonly string[] {
    const [before, now] = [this.#blocks.get(vpcId), this.#cidrs.get(vpcId)];
    if (before === undefined || before.join() === now?.join()) return [];
    this.#blocks.delete(vpcId);
    return before;
  }

  #isNeeded(vpcId: string): boolean {
    if (this.#options.alone === true) return true;
    for (const machine of this.#remotes.get(vpcId)?.values() ?? []) {
      const { kind } = this.#ways.to(machine);
      if (kind === 'plain' || kind === 'vxlan') return true;
    }
    return false;
  }

  async #othersCameOrWent(): Promise<boolean> {
    const before = this.#others;
    this.#others = (await liveOwners('remote')).map(({ owner, pid }) => `${owner}/${pid}`).join(' ');
    return before !== this.#others;
  }

  /** Routes that an owner who is dead left, about addresses that this one knows the machines of: what it knew may be true no more. */
  async #leftByOthers(listed: readonly ListedRoute[]): Promise<readonly string[]> {
    const live = new Set((await liveOwners('remote')).map(({ owner }) => metricOf(owner))).add(this.#metric);
    const blocks = [...this.#picture.blocks.values()].flat();
    return listed
      .filter(({ dst, metric = 0 }) => !live.has(metric) && blocks.some((block) => overlap(block, dst)))
      .flatMap((route) => routeCommands(route.metric ?? 0, routesOf([route], route.metric ?? 0), new Map()));
  }

  #watchLinks(): void {
    if (!this.#routes.leadTo() || this.#closed) return;
    this.#monitor ??= new LinkMonitor(() => this.#lookAgain(lookAgainMs.afterChange));
  }

  #lookAgain(afterMs: number): void {
    const atMs = Date.now() + afterMs;
    if (this.#closed || (this.#again !== undefined && this.#againAtMs <= atMs)) return;
    clearTimeout(this.#again);
    this.#againAtMs = atMs;
    this.#again = setTimeout(() => {
      this.#again = undefined;
      void this.#inTurn(() => this.#sync()).catch((error: unknown) => {
        this.#options.log.warn('routes to other machines could not be looked at', { error: messageOf(error) });
        this.#lookAgain(lookAgainMs.afterFailure);
      });
    }, afterMs);
    this.#again.unref();
  }

  /** One after the other, also after one that failed. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}

function isVxlan(target: Target): target is Exclude<Target, 'unreachable'> {
  return target !== 'unreachable' && target.device === vxlanDevice;
}

function changedCidrs(
  before: ReadonlyMap<string, readonly string[]>,
  { vpcs, removedVpcs }: Pick<PolicyChange, 'vpcs' | 'removedVpcs'>,
): ReadonlyMap<string, readonly string[]> {
  const after = new Map(before);
  for (const id of removedVpcs) after.delete(id);
  for (const { id, cidrs } of vpcs) after.set(id, cidrs);
  return after;
}
