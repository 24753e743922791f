import { access, readlink, writeFile } from 'node:fs/promises';
import { Unsupported, messageOf } from '../../kernel/index.ts';
import type { Log } from '../../kernel/index.ts';
import { NetworkFailed, checkOwner } from '../index.ts';
import type { AttachedInterface, NetworkCapabilities, TaskInterface, TaskNetwork } from '../index.ts';
import { probeCapabilities } from './capabilities.ts';
import { ipBatch, ipJson, nft, run } from './commands.ts';
import { closeFirewall, passFirewall } from './iptables.ts';
import {
  addressLabel,
  aliasOf,
  interfaceName,
  interfacePrefix,
  localServices,
  recordFor,
  recordOf,
  routeProtocol,
} from './names.ts';
import type { InterfaceRecord } from './names.ts';
import { addScript, deleteOwnerScript, deleteTableScript, removeScript, table, tableScript } from './rules.ts';
import { routeInTheWay } from './routes.ts';
import type { IpRoute } from './routes.ts';

/** A link or address as `ip -j` prints it, as far as it is read. */
interface IpLink {
  readonly ifname: string;
  readonly ifindex: number;
  readonly link_index?: number;
  readonly ifalias?: string;
  readonly address?: string;
  readonly addr_info?: readonly { readonly local: string; readonly prefixlen: number; readonly label?: string }[];
}

/**
 * Looks at the machine and opens its task networks.
 * @param options.owner this agent's name among several on the machine: letters, digits, _ and -
 */
export async function openLinuxNetwork(options: { readonly owner: string; readonly log: Log }): Promise<TaskNetwork> {
  return new LinuxNetwork({ ...options, capabilities: await probeCapabilities() });
}

/**
 * A routed veth per task: one end in the task's namespace with the task's address, the other on the host with a route to it. No bridge,
 * so nothing depends on the engine's networks. The kernel is the only memory: what is wired where stands in the alias of each host end.
 */
class LinuxNetwork implements TaskNetwork {
  readonly capabilities: NetworkCapabilities;
  readonly #owner: string;
  readonly #log: Log;
  /** Prefixes known to be free of routes that others made. */
  readonly #checkedPrefixes = new Set<string>();

  constructor(options: { readonly owner: string; readonly log: Log; readonly capabilities: NetworkCapabilities }) {
    checkOwner(options.owner);
    this.#owner = options.owner;
    this.#log = options.log;
    this.capabilities = options.capabilities;
  }

  async prepare(): Promise<void> {
    if (!this.capabilities.awsvpc) return;
    await writeFile('/proc/sys/net/ipv4/ip_forward', '1');
    await ipBatch(localServices.map((address) => `addr replace ${address}/32 dev lo scope host label ${addressLabel}`));
    await nft(tableScript(this.#owner) + addScript(await everyRecord()));
    await passFirewall();
  }

  async attach(wanted: TaskInterface, pid: number): Promise<void> {
    if (!this.capabilities.awsvpc) throw new Unsupported(this.capabilities.limitations.join(' '));
    const record = recordFor(this.#owner, wanted);
    for (const prefix of record.vpcPrefixes) await this.#checkPrefix(prefix);
    await checkNamespace(pid);
    const wired = await this.#isWired(wanted, pid);
    try {
      const rules = nft(addScript([record]));
      await (wired ? this.#refresh(record) : this.#wire(record, wanted, pid));
      await rules;
    } catch (thrown) {
      if (!wired) await this.#undo(wanted);
      throw thrown;
    }
  }

  async detach(networkInterface: Pick<TaskInterface, 'id' | 'address'>): Promise<void> {
    if (!this.capabilities.awsvpc) return;
    await deleteLink(interfaceName(networkInterface.id));
    try {
      await nft(removeScript(networkInterface));
    } catch (thrown) {
      // Without the table (after `destroy`, or a firewall's flush) there is nothing to take out.
      if ((await run('nft', ['list', 'tables', 'inet'])).includes(`table ${table}\n`)) throw thrown;
    }
  }

  async list(): Promise<readonly AttachedInterface[]> {
    if (!this.capabilities.awsvpc) return [];
    const own = (await everyRecord()).filter((record) => record.owner === this.#owner);
    return own.map(({ id, address }) => ({ id, address }));
  }

  async destroy(): Promise<void> {
    if (!this.capabilities.awsvpc) return;
    for (const attached of await this.list()) await this.detach(attached);
    await nft(deleteOwnerScript(this.#owner));
    if ((await run('nft', ['list', 'chains', 'inet'])).includes('chain owner_')) return;
    // The last agent of the machine takes along what all shared. Forwarding stays on: the engine needs it too.
    await nft(deleteTableScript());
    await closeFirewall();
    await run('ip', ['route', 'flush', 'proto', routeProtocol]);
    const [lo] = await ipJson<IpLink>(['addr', 'show', 'dev', 'lo']);
    const own = (lo?.addr_info ?? []).filter((address) => address.label === addressLabel);
    await ipBatch(own.map((address) => `addr delete ${address.local}/${address.prefixlen} dev lo`));
    this.#checkedPrefixes.clear();
  }

  /** Takes back what a failed `attach` made; its own failure must not hide the first. */
  async #undo(wanted: TaskInterface): Promise<void> {
    try {
      await this.detach(wanted);
    } catch (thrown) {
      this.#log.warn('an interface that could not be attached was left behind', {
        id: wanted.id,
        why: messageOf(thrown),
      });
    }
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

  /** Is the interface there as wanted, from before a restart of the agent? Its connections must live on. */
  async #isWired(wanted: TaskInterface, pid: number): Promise<boolean> {
    const name = interfaceName(wanted.id);
    if (!(await linkExists(name))) return false;
    const [host] = await ipJson<IpLink>(['link', 'show', 'dev', name]);
    const inside = await ipJson<IpLink>(['addr', 'show'], pid);
    const end = inside.find((link) => link.ifindex === host?.link_index && link.link_index === host.ifindex);
    const addressed = end?.addr_info?.some((address) => address.local === wanted.address) ?? false;
    if (addressed && end?.address === wanted.macAddress.toLowerCase()) return true;
    await deleteLink(name);
    return false;
  }

  /** An address that another interface of this machine has makes `route add` fail: File exists. */
  async #wire(record: InterfaceRecord, wanted: TaskInterface, pid: number): Promise<void> {
    const name = interfaceName(record.id);
    const { address, gateway } = record;
    await ipBatch([
      `link add ${name} type veth peer name eth0 address ${wanted.macAddress.toLowerCase()} netns ${pid}`,
      `link set ${name} alias ${aliasOf(record)} addrgenmode none`,
      `link set ${name} up`,
      ...sharedCommands(record),
      `route add ${address}/32 dev ${name} src ${gateway} proto ${routeProtocol}`,
    ]);
    await writeFile(`/proc/sys/net/ipv4/conf/${name}/rp_filter`, '1');
    const inside = [
      'link set lo up',
      'link set eth0 addrgenmode none',
      `addr add ${address}/${wanted.prefixLength} dev eth0 noprefixroute`,
      'link set eth0 up',
      `route add ${gateway}/32 dev eth0 scope link`,
      `route add default via ${gateway}`,
    ];
    await ipBatch(inside, pid);
  }

  async #refresh(record: InterfaceRecord): Promise<void> {
    const name = interfaceName(record.id);
    const { address, gateway } = record;
    await ipBatch([
      `link set ${name} alias ${aliasOf(record)}`,
      ...sharedCommands(record),
      `route replace ${address}/32 dev ${name} src ${gateway} proto ${routeProtocol}`,
    ]);
  }
}

/** What the tasks of a subnet and a VPC share: the gateway, and a route that keeps unused addresses on this machine. */
function sharedCommands({ gateway, vpcPrefixes }: InterfaceRecord): readonly string[] {
  return [
    `addr replace ${gateway}/32 dev lo scope host label ${addressLabel}`,
    ...vpcPrefixes.map((prefix) => `route replace unreachable ${prefix} proto ${routeProtocol}`),
  ];
}

/** A process id may be stale: the task's process gone, its number used again by a process of the machine. */
async function checkNamespace(pid: number): Promise<void> {
  const own = await readlink('/proc/self/ns/net');
  const task = await readlink(`/proc/${pid}/ns/net`).catch((thrown: unknown) => {
    throw new NetworkFailed(`process ${pid}, whose network is to be wired, is gone: ${messageOf(thrown)}`);
  });
  if (task === own) throw new NetworkFailed(`process ${pid} is in the machine's own network, not in a task's`);
}

async function everyRecord(): Promise<readonly InterfaceRecord[]> {
  const links = await ipJson<IpLink>(['link', 'show', 'type', 'veth']);
  const aliases = links.flatMap((link) => (link.ifname.startsWith(interfacePrefix) ? [link.ifalias ?? ''] : []));
  return aliases.flatMap((alias) => recordOf(alias) ?? []);
}

async function linkExists(name: string): Promise<boolean> {
  return access(`/sys/class/net/${name}`).then(
    () => true,
    () => false,
  );
}

async function deleteLink(name: string): Promise<void> {
  if (!(await linkExists(name))) return;
  try {
    await run('ip', ['link', 'delete', name]);
  } catch (thrown) {
    // It goes by itself when the task's namespace ends, maybe just now.
    if (await linkExists(name)) throw thrown;
  }
}
