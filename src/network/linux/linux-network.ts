import { writeFile } from 'node:fs/promises';
import type { Server } from 'node:net';
import { Unsupported, messageOf } from '../../kernel/index.ts';
import type { Log } from '../../kernel/index.ts';
import type { Underlay } from '../../network-protocol/index.ts';
import { NetworkFailed, checkOwner } from '../index.ts';
import type {
  AttachedInterface,
  NamespaceHolder,
  NetworkCapabilities,
  PolicyEnforcer,
  TaskInterface,
  TaskNetwork,
} from '../index.ts';
import { probeCapabilities } from './capabilities.ts';
import { ipBatch, ipJson, nft, run } from './commands.ts';
import { closeFirewall, passFirewall } from './iptables.ts';
import { deadLinks, deleteLink, everyRecord } from './links.ts';
import type { IpLink } from './links.ts';
import { MachineLock } from './machine-lock.ts';
import { addressLabel, interfaceName, recordFor, routeProtocol } from './names.ts';
import type { InterfaceRecord } from './names.ts';
import { liveOwners, showOwner } from './owners.ts';
import { TableEnforcer } from './policy/table-enforcer.ts';
import { removeAbandonedRoutes, removeRemoteRoutes } from './remote/kernel-routes.ts';
import { RemoteNetwork } from './remote/remote-network.ts';
import { policyTable, removeAbandonedTables } from './policy/tables.ts';
import { addScript, deleteTableScript, removeScript, setsScript, table, tableScript } from './rules.ts';
import { deleteAddress, reconcileCommands, routeInTheWay } from './routes.ts';
import type { IpAddress, IpRoute } from './routes.ts';
import { checkNamespace, isWired, refresh, wireHost, wireInside } from './wiring.ts';

/**
 * Looks at the machine and opens its task networks.
 * @param options.owner this agent's name among several on the machine: letters, digits, _ and -
 */
export async function openLinuxNetwork(options: LinuxNetworkOptions): Promise<RoutedTaskNetwork> {
  const capabilities = await probeCapabilities();
  const underlay = capabilities.awsvpc ? await options.underlay?.() : undefined;
  return new LinuxNetwork({ ...options, underlay, capabilities });
}

export interface LinuxNetworkOptions {
  readonly owner: string;
  /** How other machines reach this one, asked where it can have routed networks at all; absent: tasks there are not reached. */
  readonly underlay?: (() => Promise<Underlay | undefined>) | undefined;
  readonly log: Log;
}

export interface RoutedTaskNetwork extends TaskNetwork {
  readonly enforcer: PolicyEnforcer;
  readonly underlay: Underlay | undefined;
  /** Nothing is looked after any more; what is wired and enforced stays. */
  close(): void;
}

interface NewLinuxNetwork extends Omit<LinuxNetworkOptions, 'underlay'> {
  readonly underlay: Underlay | undefined;
  readonly capabilities: NetworkCapabilities;
}

/**
 * A routed veth per task: one end in the task's namespace with the task's address, the other on the host with a route to it. No bridge,
 * so nothing depends on the engine's networks. The kernel is the only memory: what is wired where stands in the alias of each host end,
 * and everything shared follows from those (`#reconcile`).
 */
class LinuxNetwork implements RoutedTaskNetwork {
  readonly capabilities: NetworkCapabilities;
  readonly underlay: Underlay | undefined;
  /** The rules first: a way to another machine is no use before it is known what may pass. */
  readonly enforcer: PolicyEnforcer = {
    apply: async (change) => {
      await this.#table.apply(change);
      await this.#remote?.apply(change);
    },
  };
  readonly #table: TableEnforcer;
  readonly #remote: RemoteNetwork | undefined;
  readonly #owner: string;
  readonly #log: Log;
  readonly #lock = new MachineLock();
  /** Prefixes known to be free of routes that others made. */
  readonly #checkedPrefixes = new Set<string>();
  #prepared = false;
  #mark: Server | undefined;

  constructor(options: NewLinuxNetwork) {
    checkOwner(options.owner);
    this.#owner = options.owner;
    this.#log = options.log;
    this.capabilities = options.capabilities;
    this.#table = new TableEnforcer({
      table: { name: policyTable(options.owner) },
      wired: () => this.#ownRecords(),
      log: options.log,
    });
    const { underlay } = options;
    this.underlay = underlay;
    this.#remote = underlay && new RemoteNetwork({ ...options, underlay, lock: this.#lock });
  }

  close(): void {
    this.#remote?.close();
    this.#table.close();
  }

  async prepare(): Promise<void> {
    if (!this.capabilities.awsvpc) return;
    await this.#lock.run(() => this.#prepare());
    await this.#table.restore();
  }

  async pauseFor(): Promise<undefined> {
    return undefined;
  }

  async attach(wanted: TaskInterface, { pid }: NamespaceHolder): Promise<void> {
    if (!this.capabilities.awsvpc) throw new Unsupported(this.capabilities.limitations.join(' '));
    const record = recordFor(this.#owner, wanted);
    if (!this.#table.enforces(wanted.id))
      throw new NetworkFailed(
        `${wanted.id} is not wired before its security groups are enforced, and they are not known`,
      );
    await this.#lock.run(async () => {
      if (!this.#prepared) await this.#prepare();
      for (const prefix of record.vpcPrefixes) await this.#checkPrefix(prefix);
      await checkNamespace(pid);
      if (await isWired(wanted, pid)) await Promise.all([refresh(record), this.#addElements(record)]);
      else await this.#wireOrUndo(record, wanted, pid);
    });
  }

  async detach(networkInterface: Pick<TaskInterface, 'id' | 'address'>): Promise<void> {
    if (!this.capabilities.awsvpc) return;
    await this.#lock.run(() => remove(networkInterface));
    await this.#table.forget([networkInterface.id]);
  }

  async list(): Promise<readonly AttachedInterface[]> {
    if (!this.capabilities.awsvpc) return [];
    return this.#lock.run(async () => {
      await this.#removeDead();
      return (await this.#ownRecords()).map(({ id, address }) => ({ id, address }));
    });
  }

  async destroy(): Promise<void> {
    if (!this.capabilities.awsvpc) return;
    await this.#remote?.destroy();
    await this.#lock.run(async () => {
      await removeRemoteRoutes(this.#owner);
      for (const record of await this.#ownRecords()) await remove(record);
      await this.#table.destroy();
      this.#prepared = false;
      this.#checkedPrefixes.clear();
      await closed(this.#mark);
      this.#mark = undefined;
      const others = (await liveOwners()).some(({ owner }) => owner !== this.#owner);
      if (others || (await everyRecord()).length > 0) await this.#reconcile();
      else await removeShared();
    });
  }

  async #prepare(): Promise<void> {
    this.#mark ??= await showOwner(this.#owner);
    await writeFile('/proc/sys/net/ipv4/ip_forward', '1');
    await this.#reconcile();
    await passFirewall();
    this.#prepared = true;
  }

  /** Makes what is shared what the interfaces of this machine need, whoever left what behind. */
  async #reconcile(): Promise<void> {
    await this.#removeDead();
    const records = await everyRecord();
    const [lo] = await ipJson<IpLink>(['-4', 'addr', 'show', 'dev', 'lo']);
    const addresses = ownAddresses(lo);
    const routes = await ipJson<IpRoute>(['-4', 'route', 'show', 'proto', routeProtocol]);
    await ipBatch(reconcileCommands(records, { routes, addresses }));
    await nft(tableScript() + setsScript(records));
    await removeAbandonedTables([this.#owner, ...records.map(({ owner }) => owner)]);
  }

  async #removeDead(): Promise<void> {
    const dead = await deadLinks();
    for (const { name, record } of dead) {
      this.#log.info('removing a task interface that nobody uses any more', { device: name, id: record?.id ?? '' });
      await (record === undefined ? deleteLink(name) : remove(record));
    }
    const own = dead.filter(({ record }) => record?.owner === this.#owner);
    await this.#table.forget(own.map(({ record }) => record?.id ?? ''));
  }

  async #ownRecords(): Promise<readonly InterfaceRecord[]> {
    return (await everyRecord()).filter((record) => record.owner === this.#owner);
  }

  async #checkPrefix(prefix: string): Promise<void> {
    if (this.#checkedPrefixes.has(prefix)) return;
    const route = routeInTheWay(await ipJson<IpRoute>(['-4', 'route', 'show']), prefix);
    if (route !== undefined) {
      const through = route.dev === undefined ? '' : ` through ${route.dev}`;
      throw new NetworkFailed(
        `the VPC prefix ${prefix} cannot be used on this machine: it already routes ${route.dst}${through}. Use a VPC with another CIDR block`,
      );
    }
    this.#checkedPrefixes.add(prefix);
  }

  async #wireOrUndo(record: InterfaceRecord, wanted: TaskInterface, pid: number): Promise<void> {
    try {
      const mtu = this.#remote?.taskMtu;
      await this.#checkAddress(record, () => wireHost(record, wanted, { pid, mtu }));
      // Both must have ended before anything is taken back.
      const ends = await Promise.allSettled([this.#addElements(record), wireInside(record, wanted, pid)]);
      for (const end of ends) if (end.status === 'rejected') throw end.reason;
    } catch (thrown) {
      await this.#undo(record);
      throw thrown;
    }
  }

  /** An address that another interface of this machine has makes `route add` fail; who has it helps more than `File exists`. */
  async #checkAddress(record: InterfaceRecord, wire: () => Promise<void>): Promise<void> {
    try {
      await wire();
    } catch (thrown) {
      const { id, address } = record;
      const other = (await everyRecord()).find((each) => each.address === address && each.id !== id);
      if (other === undefined) throw thrown;
      throw new NetworkFailed(
        `address ${address} belongs to ${other.id} of agent "${other.owner}" on this machine; agents of several installations need VPCs with CIDR blocks of their own`,
        { cause: thrown },
      );
    }
  }

  /** Only after the host end is there: whoever reconciles meanwhile keeps what belongs to one. */
  async #addElements(record: InterfaceRecord): Promise<void> {
    try {
      await nft(addScript(record));
    } catch (thrown) {
      // A VPC that overlaps another, or a table that a firewall's reload has flushed: written anew as a whole.
      this.#log.debug('writing the rules of all tasks anew', { id: record.id, why: messageOf(thrown) });
      await nft(tableScript() + setsScript(await everyRecord()));
    }
  }

  /** Takes back what a failed `attach` made; its own failure must not hide the first. */
  async #undo(record: InterfaceRecord): Promise<void> {
    try {
      await remove(record);
    } catch (thrown) {
      const why = messageOf(thrown);
      this.#log.warn('an interface that could not be attached was left behind', { id: record.id, why });
    }
  }
}

/** An interface's own device, which takes its route along, and its elements. */
async function remove(networkInterface: Pick<TaskInterface, 'id' | 'address'>): Promise<void> {
  await deleteLink(interfaceName(networkInterface.id));
  try {
    await nft(removeScript(networkInterface));
  } catch (thrown) {
    // Without the table (after `destroy`, or a firewall's flush) there is nothing to take out.
    if ((await run('nft', ['list', 'tables', 'inet'])).includes(`table ${table}\n`)) throw thrown;
  }
}

/** The last agent of the machine takes along what all shared. Forwarding stays on: the engine needs it too. */
async function removeShared(): Promise<void> {
  await nft(deleteTableScript());
  await removeAbandonedTables([]);
  await closeFirewall();
  await run('ip', ['route', 'flush', 'proto', routeProtocol]);
  await removeAbandonedRoutes();
  const [lo] = await ipJson<IpLink>(['-4', 'addr', 'show', 'dev', 'lo']);
  await ipBatch(ownAddresses(lo).map(deleteAddress));
}

function ownAddresses(lo: IpLink | undefined): readonly IpAddress[] {
  return (lo?.addr_info ?? []).filter((address) => address.label === addressLabel);
}

function closed(server: Server | undefined): Promise<void> {
  return new Promise((resolve) => (server === undefined ? resolve() : server.close(() => resolve())));
}
