import { access } from 'node:fs/promises';
import { ipJson, run } from './commands.ts';
import { interfacePrefix, recordOf } from './names.ts';
import type { InterfaceRecord } from './names.ts';

/** A device as `ip -j` prints it, as far as it is read. */
export interface IpLink {
  readonly ifname: string;
  readonly ifindex: number;
  readonly link_index?: number;
  /** This machine's number for the namespace of the other end. */
  readonly link_netnsid?: number;
  readonly ifalias?: string;
  readonly flags?: readonly string[];
  readonly address?: string;
  readonly addr_info?: readonly { readonly local: string; readonly prefixlen: number; readonly label?: string }[];
}

/** A host end on this machine. */
interface HostEnd {
  readonly name: string;
  readonly namespace: number | undefined;
  /** Undefined when whoever made it was interrupted before it wrote down what it is for. */
  readonly record: InterfaceRecord | undefined;
}

/** What all agents of this machine have wired. */
export async function everyRecord(): Promise<readonly InterfaceRecord[]> {
  return (await hostEnds()).flatMap(({ record }) => record ?? []);
}

/**
 * Host ends of no use: in whose namespace no process is left (the engine may have been killed and hold it still), and such as nobody
 * knows. Only under the machine's lock, else one that is just being made would be among them.
 */
export async function deadLinks(): Promise<readonly HostEnd[]> {
  const ends = await hostEnds();
  if (ends.length === 0) return [];
  const inUse = await namespacesInUse();
  return ends.filter(
    ({ namespace, record }) => record === undefined || (namespace !== undefined && !inUse.has(namespace)),
  );
}

async function hostEnds(): Promise<readonly HostEnd[]> {
  const links = await ipJson<IpLink>(['link', 'show', 'type', 'veth']);
  const own = links.filter((link) => link.ifname.startsWith(interfacePrefix) && !link.ifname.includes('-'));
  return own.map((link) => ({
    name: link.ifname,
    namespace: link.link_netnsid,
    record: recordOf(link.ifalias ?? ''),
  }));
}

/** This machine's numbers for the network namespaces of its processes. */
async function namespacesInUse(): Promise<ReadonlySet<number>> {
  const output = await run('lsns', ['--type', 'net', '--json', '--output', 'NETNSID']);
  const { namespaces } = JSON.parse(output) as { readonly namespaces: readonly { readonly netnsid: string }[] };
  return new Set(namespaces.map(({ netnsid }) => Number(netnsid)).filter(Number.isInteger));
}

/** By way of /proc/sys/net, which shows the namespace of the reader; /sys shows that of whoever mounted it. */
export async function linkExists(name: string): Promise<boolean> {
  return access(`/proc/sys/net/ipv4/conf/${name}`).then(
    () => true,
    () => false,
  );
}

export async function deleteLink(name: string): Promise<void> {
  if (!(await linkExists(name))) return;
  try {
    await run('ip', ['link', 'delete', name]);
  } catch (thrown) {
    // It goes by itself when the task's namespace ends, maybe just now.
    if (await linkExists(name)) throw thrown;
  }
}
