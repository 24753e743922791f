import { NetworkFailed } from '../../index.ts';
import { ipBatch, ipJson, nft, run } from '../commands.ts';
import { deleteLink, linkExists } from '../links.ts';
import { vxlanDevice, vxlanId, vxlanMac, vxlanPort, vxlanTable } from './vxlan-names.ts';

/** A device as `ip -j -d link` prints it, as far as it is read. */
interface VxlanLink {
  readonly linkinfo?: { readonly info_data?: { readonly local?: string } };
}

/**
 * The device and what is to be known of machines behind it; both may be there already. Under the machine's lock, because owners share them.
 * @param from this machine's own address, and the largest packet that fits
 * @throws NetworkFailed when another owner of this machine uses another address
 */
export async function ensureVxlan(
  from: { readonly address: string; readonly mtu: number },
  machines: readonly string[],
): Promise<void> {
  const isThere = await linkExists(vxlanDevice);
  if (isThere) await checkSender(from.address);
  const device = [
    `link add ${vxlanDevice} address ${vxlanMac(from.address)} type vxlan id ${vxlanId} dstport ${vxlanPort} local ${from.address} nolearning`,
    `link set ${vxlanDevice} mtu ${from.mtu} addrgenmode none up`,
  ];
  await ipBatch([
    ...(isThere ? [] : device),
    ...machines.map(
      (machine) => `neigh replace ${machine} lladdr ${vxlanMac(machine)} dev ${vxlanDevice} nud permanent`,
    ),
  ]);
  const entries = machines.map(
    (machine) => `fdb replace ${vxlanMac(machine)} dev ${vxlanDevice} dst ${machine} self permanent\n`,
  );
  await Promise.all([nft(tableScript(machines)), run('bridge', ['-batch', '-'], entries.join(''))]);
}

async function checkSender(address: string): Promise<void> {
  const [link] = await ipJson<VxlanLink>(['-d', 'link', 'show', 'dev', vxlanDevice]);
  const local = link?.linkinfo?.info_data?.local;
  if (local !== address)
    throw new NetworkFailed(
      `the device ${vxlanDevice} of this machine sends from ${local}, not from ${address}: give all agents of a machine, and its balancer, the same --underlay-address`,
    );
}

/** Takes out the machines that no route leads to any more, and the device with the last of them. Under the machine's lock. */
export async function cleanVxlan(): Promise<void> {
  if (!(await linkExists(vxlanDevice))) return;
  const routes = await ipJson<{ readonly gateway?: string }>(['-4', 'route', 'show', 'dev', vxlanDevice]);
  const used = new Set(routes.flatMap(({ gateway }) => gateway ?? []));
  if (used.size === 0) return removeVxlan();
  const known = await ipJson<{ readonly dst: string }>(['-4', 'neigh', 'show', 'dev', vxlanDevice, 'nud', 'permanent']);
  const gone = known.map(({ dst }) => dst).filter((machine) => !used.has(machine));
  if (gone.length === 0) return;
  await nft(`delete element ${vxlanTable} machines { ${gone.join(', ')} }\n`);
  await ipBatch(gone.map((machine) => `neigh delete ${machine} dev ${vxlanDevice}`));
  const entries = gone.map((machine) => `fdb delete ${vxlanMac(machine)} dev ${vxlanDevice} dst ${machine} self\n`);
  await run('bridge', ['-force', '-batch', '-'], entries.join(''));
}

async function removeVxlan(): Promise<void> {
  await deleteLink(vxlanDevice);
  await nft(`add table ${vxlanTable}\ndelete table ${vxlanTable}\n`);
}

/**
 * From whom packets are taken, and from which addresses inside: those that routes lead to by the device. Tasks learn how much fits from the first
 * packet of each connection.
 */
function tableScript(machines: readonly string[]): string {
  const chains = [
    ['outer', 'type filter hook prerouting priority -292;', [`udp dport ${vxlanPort} ip saddr != @machines drop`]],
    [
      'inner',
      'type filter hook prerouting priority -291;',
      [
        `iifname "${vxlanDevice}" meta nfproto != ipv4 drop`,
        `iifname "${vxlanDevice}" fib saddr . iif oif missing drop`,
      ],
    ],
    [
      'sizes',
      'type filter hook forward priority -20;',
      [`oifname "${vxlanDevice}" tcp flags syn tcp option maxseg size set rt mtu`],
    ],
  ] as const;
  return [
    `add table ${vxlanTable}`,
    `add set ${vxlanTable} machines { type ipv4_addr; }`,
    ...chains.map(([name, hook]) => `add chain ${vxlanTable} ${name} { ${hook} policy accept; }`),
    ...chains.map(([name]) => `flush chain ${vxlanTable} ${name}`),
    ...chains.flatMap(([name, , rules]) => rules.map((rule) => `add rule ${vxlanTable} ${name} ${rule}`)),
    ...(machines.length === 0 ? [] : [`add element ${vxlanTable} machines { ${machines.join(', ')} }`]),
    '',
  ].join('\n');
}
