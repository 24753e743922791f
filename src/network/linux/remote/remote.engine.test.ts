import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RemoteChange, Underlay } from '../../../network-protocol/index.ts';
import { group, interfacePolicy, tcp, testSubnet, testVpc } from '../../contract/policies.ts';
import { testInterface } from '../../contract/network-contract.ts';
import { noChange, type PolicyChange } from '../../index.ts';
import { sh } from '../policy/contract/namespaces.ts';
import { Host, Hosts, inside, reaches, serve, type RemoteTask } from './contract/hosts.ts';
import { LinkMonitor } from './link-monitor.ts';
import { findUnderlay } from './underlay.ts';

/**
 * Three machines: a and b share a segment, c is behind a router. Real packets. Root, no engine; machines are network namespaces of their own.
 */
const hosts = new Hosts();
const soon = { timeout: 20_000, interval: 100 };
const web = 'sg-0000web';
const db = 'sg-00000db';
let a: Host, b: Host, c: Host;
let segment: number;
let onA: RemoteTask, onB: RemoteTask, onC: RemoteTask;

const placed = (machine: Underlay, ...numbers: readonly number[]): RemoteChange['at'][number] => ({
  machine,
  addresses: numbers.map((number) => testInterface(number).address),
});
const remote = (at: RemoteChange['at'], more: Partial<RemoteChange> = {}): PolicyChange['remotes'] => [
  { vpcId: testVpc.id, whole: false, at, gone: [], ...more },
];

/** What the control plane says at first: 2 is on a, 3 on b, 4 on c; 2 is in group web, 3 and 4 in db, which takes port 80 from web. */
function all(own: number, more: Partial<PolicyChange> = {}): PolicyChange {
  const { id, address } = testInterface(own);
  return {
    ...noChange,
    complete: true,
    interfaces: [interfacePolicy(id, address, [own === 2 ? web : db])],
    groups: [
      group(web, [], [tcp(80), tcp(82)]),
      group(db, [tcp(80, { group: web }), tcp(81)], [tcp(80, { cidrs: ['10.213.0.0/24'] })]),
    ],
    members: [{ group: web, addresses: [testInterface(2).address] }],
    subnets: [testSubnet],
    vpcs: [testVpc],
    remotes: remote([placed(a.underlay, 2), placed(b.underlay, 3), placed(c.underlay, 4)], { whole: true }),
    ...more,
  };
}

async function machine(at: number, device: string, underlay: Underlay, gateway: string): Promise<Host> {
  const pid = await hosts.namespace();
  hosts.cable(at, pid, device, `${underlay.address}/24`);
  inside(pid, `ip route add default via ${gateway}`);
  return new Host(hosts, pid, { owner: 'agent', underlay });
}

beforeAll(async () => {
  segment = await hosts.segment();
  const other = await hosts.segment();
  const router = await hosts.namespace();
  hosts.cable(segment, router, 'one', '192.168.50.254/24');
  hosts.cable(other, router, 'two', '192.168.60.254/24');
  inside(router, 'echo 1 > /proc/sys/net/ipv4/ip_forward');
  a = await machine(segment, 'eth0', { address: '192.168.50.1', vxlan: 'across' }, '192.168.50.254');
  b = await machine(segment, 'eth0', { address: '192.168.50.2', vxlan: 'across' }, '192.168.50.254');
  c = await machine(other, 'eth0', { address: '192.168.60.3', vxlan: 'across' }, '192.168.60.254');
  for (const [host, own] of [
    [a, 2],
    [b, 3],
    [c, 4],
  ] as const) {
    await host.start();
    await host.apply(all(own));
  }
  await tasks();
});
afterAll(() => hosts.end());

async function tasks(): Promise<void> {
  [onA, onB, onC] = [await a.task(2), await b.task(3), await c.task(4)];
  for (const task of [onA, onB, onC]) await serve(hosts, task, 80, 81, 82);
}

test('[NM-11] the address is one that this machine has, and the one towards the control plane', async () => {
  const found = await findUnderlay({ address: '203.0.113.9', controlPlane: '127.0.0.1' });
  expect(found).toContain('203.0.113.9 is no address of this machine');
  const device = 'lsu0';
  sh(
    `ip link add ${device} type veth peer name ${device}p; ip addr add 192.168.99.5/24 dev ${device}; ip link set ${device} up; ip link set ${device}p up`,
  );
  try {
    expect(await findUnderlay({ controlPlane: '192.168.99.77' })).toEqual({ address: '192.168.99.5', vxlan: 'across' });
    // The control plane is on this machine.
    expect(await findUnderlay({ controlPlane: '192.168.99.5', vxlan: 'never' })).toEqual({
      address: '192.168.99.5',
      vxlan: 'never',
    });
  } finally {
    sh(`ip link delete ${device}`);
  }
});

test('[NM-7] a change of the machine’s devices is heard of, and nothing else', async () => {
  let heard = 0;
  const monitor = new LinkMonitor(() => (heard += 1));
  try {
    // Longer than it waits before it starts anew what has ended.
    await new Promise((resolve) => setTimeout(resolve, 7_000));
    expect(heard).toBe(0);
    sh('ip link add lsu0 type veth peer name lsu0p');
    await expect.poll(() => heard, soon).toBeGreaterThan(0);
  } finally {
    monitor.close();
    sh('ip link delete lsu0');
  }
});

describe('tasks of different machines', () => {
  test('[NM-1] reach each other by their addresses, on one segment and across segments', async () => {
    expect(a.sh('ip route show proto 77')).toMatch(/10\.213\.0\.3 via 192\.168\.50\.2 dev eth0/);
    expect(a.sh('ip route show proto 77')).toMatch(/10\.213\.0\.4 via 192\.168\.60\.3 dev lsx0/);
    await expect.poll(() => reaches(onA, onB.address, 80), soon).toBe(true);
    await expect.poll(() => reaches(onA, onC.address, 80), soon).toBe(true);
    // Big ones too: the way across carries less in one packet.
    await expect.poll(() => reaches(onA, onC.address, 80, 3_000_000), soon).toBe(true);
    await expect.poll(() => reaches(onA, onB.address, 80, 3_000_000), soon).toBe(true);
    // As themselves: rules that name groups match.
    expect(inside(onC.pid, 'cat /sys/class/net/eth0/mtu 2>/dev/null; ip link show eth0')).toContain('mtu 1450');
  });

  test('[NM-5] rules are asked on both sides', async () => {
    // The destination's inbound rules: nothing for 82.
    expect(reaches(onA, onB.address, 82)).toBe(false);
    expect(reaches(onA, onC.address, 82)).toBe(false);
    // The source's outbound rules: nothing for 81, which the destination takes from everybody.
    expect(reaches(onA, onB.address, 81)).toBe(false);
    expect(reaches(onA, onC.address, 81)).toBe(false);
    // db takes 80 from web only.
    expect(reaches(onB, onC.address, 80)).toBe(false);
    for (const host of [b, c]) {
      const memberChanges = [{ group: web, added: [], removed: [onA.address] }];
      await host.apply({ ...noChange, memberChanges });
    }
    expect(reaches(onA, onB.address, 80)).toBe(false);
    expect(reaches(onA, onC.address, 80)).toBe(false);
    for (const host of [b, c])
      await host.apply({ ...noChange, memberChanges: [{ group: web, added: [onA.address], removed: [] }] });
  });

  test('[NM-6] nobody who is no task sends from its address', async () => {
    const send = (source: string): void => {
      a.sh(`ip addr add ${source}/32 dev lo; ip route add ${onB.address}/32 via ${b.underlay.address} dev eth0`);
      a.sh(`${process.execPath} -e "${knock(source, onB.address)}"`);
      a.sh(`ip addr del ${source}/32 dev lo; ip route del ${onB.address}/32 via ${b.underlay.address} dev eth0`);
    };
    const before = segmentsTo(onB);
    // Its rules take 81 from everybody. From an address of c that comes from a, which b knows is not there, and from one that no task has:
    send(onC.address);
    send(testInterface(99).address);
    expect(segmentsTo(onB)).toBe(before);
    await expect.poll(() => reaches(onA, onB.address, 80), soon).toBe(true);
    expect(segmentsTo(onB)).toBeGreaterThan(before);
  });

  test('[NM-7] a partition keeps them apart, and heals by itself', async () => {
    await expect.poll(() => reaches(onA, onB.address, 80), soon).toBe(true);
    a.sh('ip link set eth0 down');
    expect(a.sh('ip route show proto 77')).not.toContain('dev eth0');
    expect(reaches(onA, onB.address, 80)).toBe(false);
    expect(reaches(onA, onC.address, 80)).toBe(false);
    a.sh('ip link set eth0 up; ip route add default via 192.168.50.254');
    await expect.poll(() => reaches(onA, onB.address, 80), soon).toBe(true);
    await expect.poll(() => reaches(onA, onC.address, 80), soon).toBe(true);
  });

  test('[NM-8] routes stay while an agent is dead, and are what they are to be when it is back', async () => {
    await a.kill();
    await expect.poll(() => reaches(onA, onB.address, 80), soon).toBe(true);
    await expect.poll(() => reaches(onA, onC.address, 80), soon).toBe(true);
    await a.start();
    await expect.poll(() => reaches(onA, onC.address, 80), soon).toBe(true);
    // Meanwhile 3 went from b.
    await a.apply(all(2, { remotes: remote([placed(a.underlay, 2), placed(c.underlay, 4)], { whole: true }) }));
    expect(a.sh('ip route show proto 77')).not.toContain('10.213.0.3');
    await expect.poll(() => reaches(onA, onC.address, 80), soon).toBe(true);
    await a.apply(all(2));
    await expect.poll(() => reaches(onA, onB.address, 80), soon).toBe(true);
  });

  test('[NM-3] an address that moves is led to its new machine at once', async () => {
    await expect.poll(() => reaches(onA, onB.address, 80), soon).toBe(true);
    await b.order({ do: 'detach', wanted: onB });
    await c.apply({ ...noChange, interfaces: [interfacePolicy(onB.id, onB.address, [db])] });
    const again = await c.task(3);
    await serve(hosts, again, 80);
    for (const host of [a, b, c]) await host.apply({ ...noChange, remotes: remote([placed(c.underlay, 3)]) });
    await expect.poll(() => reaches(onA, onB.address, 80), soon).toBe(true);
    expect(a.sh('ip route show proto 77')).toMatch(/10\.213\.0\.3 via 192\.168\.60\.3 dev lsx0/);
    // To nobody when it is on no machine any more.
    await c.order({ do: 'detach', wanted: onB });
    for (const host of [a, b, c]) await host.apply({ ...noChange, remotes: remote([], { gone: [onB.address] }) });
    expect(a.sh('ip route show proto 77')).not.toContain('10.213.0.3');
    expect(reaches(onA, onB.address, 80)).toBe(false);
  });

  test('[NM-9] agents of one machine share it, and one that dies leaves no stale way', async () => {
    const other = new Host(hosts, a.pid, { owner: 'other', underlay: a.underlay });
    await other.start();
    await other.apply(all(2, { interfaces: [] }));
    expect(a.sh('ip route show proto 77 | grep -c "10.213.0.4 "').trim()).toBe('2');
    // The first goes: the other's stay, and the device.
    await a.order({ do: 'detach', wanted: onA });
    await a.order({ do: 'destroy' });
    expect(a.sh('ip route show proto 77')).toMatch(/10\.213\.0\.4 via 192\.168\.60\.3 dev lsx0/);
    await a.kill();
    await a.start();
    await a.apply(all(2));
    await other.kill();
    await a.apply({ ...noChange, remotes: remote([placed(b.underlay, 4)]) });
    expect(a.sh('ip route show proto 77')).not.toMatch(/10\.213\.0\.4 via 192\.168\.60\.3/);
    expect(a.sh('ip route show proto 77')).toMatch(/10\.213\.0\.4 via 192\.168\.50\.2 dev eth0/);
  });

  test('[NM-9] nothing is left behind', async () => {
    for (const host of [a, b, c]) await host.order({ do: 'destroy' });
    for (const host of [a, b, c]) {
      expect(host.sh('ip route show')).not.toMatch(/10\.213\.|proto 7[67]/);
      expect(host.sh('ip -o link show')).not.toMatch(/ls[vx]/);
      expect(host.sh('nft list tables')).toBe('');
    }
  });
});

/** TCP segments that a task has taken in. */
function segmentsTo(task: RemoteTask): number {
  return Number(inside(task.pid, "grep ^Tcp: /proc/net/snmp | tail -1 | cut -d' ' -f 11"));
}

function knock(from: string, to: string): string {
  return `require('net').connect({ host: '${to}', port: 81, localAddress: '${from}' }).on('error', () => process.exit()).setTimeout(700, () => process.exit())`;
}
