import { readlink, writeFile } from 'node:fs/promises';
import { messageOf } from '../../kernel/index.ts';
import { NetworkFailed } from '../index.ts';
import type { TaskInterface } from '../index.ts';
import { ipBatch, ipJson } from './commands.ts';
import { deleteLink, linkExists } from './links.ts';
import type { IpLink } from './links.ts';
import { aliasOf, interfaceName } from './names.ts';
import type { InterfaceRecord } from './names.ts';
import { sharedCommands, taskRoute } from './routes.ts';

// The two ends of a task's interface.

export async function wireHost(
  record: InterfaceRecord,
  wanted: TaskInterface,
  { pid, mtu }: { readonly pid: number; readonly mtu: number | undefined },
): Promise<void> {
  const name = interfaceName(record.id);
  const size = mtu === undefined ? '' : ` mtu ${mtu}`;
  await ipBatch([
    `link add ${name}${size} type veth peer name eth0 address ${wanted.macAddress.toLowerCase()}${size} netns ${pid}`,
    `link set ${name} alias ${aliasOf(record)} addrgenmode none`,
    `link set ${name} up`,
    ...sharedCommands(record),
    taskRoute(record, 'add'),
  ]);
  await writeFile(`/proc/sys/net/ipv4/conf/${name}/rp_filter`, '1');
}

export async function wireInside(record: InterfaceRecord, wanted: TaskInterface, pid: number): Promise<void> {
  const { address, gateway } = record;
  const commands = [
    'link set lo up',
    'link set eth0 addrgenmode none',
    `addr add ${address}/${wanted.prefixLength} dev eth0 noprefixroute`,
    'link set eth0 up',
    `route add ${gateway}/32 dev eth0 scope link`,
    `route add default via ${gateway}`,
  ];
  await ipBatch(commands, pid);
}

export async function refresh(record: InterfaceRecord): Promise<void> {
  const alias = `link set ${interfaceName(record.id)} alias ${aliasOf(record)}`;
  await ipBatch([alias, ...sharedCommands(record), taskRoute(record, 'replace')]);
}

/** Is the interface there as wanted, from before a restart of the agent? Its connections must live on. What is half made is removed. */
export async function isWired(wanted: TaskInterface, pid: number): Promise<boolean> {
  const name = interfaceName(wanted.id);
  if (!(await linkExists(name))) return false;
  const [host] = await ipJson<IpLink>(['link', 'show', 'dev', name]);
  const inside = await ipJson<IpLink>(['addr', 'show'], pid);
  const end = inside.find((link) => link.ifindex === host?.link_index && link.link_index === host.ifindex);
  const addressed = end?.addr_info?.some((address) => address.local === wanted.address) ?? false;
  const up = end?.flags?.includes('UP') ?? false;
  if (addressed && up && end?.address === wanted.macAddress.toLowerCase()) return true;
  await deleteLink(name);
  return false;
}

/** A process id may be stale: the task's process gone, its number used again by a process of the machine. */
export async function checkNamespace(pid: number): Promise<void> {
  const own = await readlink('/proc/self/ns/net');
  const task = await readlink(`/proc/${pid}/ns/net`).catch((thrown: unknown) => {
    throw new NetworkFailed(`process ${pid}, whose network is to be wired, is gone: ${messageOf(thrown)}`);
  });
  if (task === own) throw new NetworkFailed(`process ${pid} is in the machine's own network, not in a task's`);
}
