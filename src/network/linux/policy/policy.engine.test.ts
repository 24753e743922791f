import fc from 'fast-check';
import { expect, test } from 'vitest';
import { silentLog } from '../../../kernel/index.ts';
import type { AclEntry } from '../../../network-protocol/index.ts';
import { allowed, group, interfacePolicy, subnet, tcp, testSubnet, testVpc } from '../../contract/policies.ts';
import { testInterface } from '../../contract/network-contract.ts';
import { noChange, type PolicyChange } from '../../index.ts';
import { addressOf, step } from './contract/histories.ts';
import { networkOfEachTest } from './contract/opened-network.ts';
import { sh } from './contract/namespaces.ts';
import { openNodeEnforcer, removeNodeEnforcer, type NodeEnforcer } from './node-enforcer.ts';
import { TableEnforcer } from './table-enforcer.ts';
import { policyTable } from './tables.ts';

/** Packets between real namespaces. Root, no engine; best run under `unshare -n`. */
const { machine, network, apply, open } = networkOfEachTest('test-policy');
const policy = (number: number, ...groups: readonly string[]) =>
  interfacePolicy(testInterface(number).id, testInterface(number).address, groups);
const all = (allow: boolean, cidr = '0.0.0.0/0'): AclEntry => ({ allow, protocol: 'all', cidr });

/** Two tasks of group sg-a and one of sg-b; sg-a opens port 80 to its own, sg-b port 80 to sg-a and 81 to everybody. */
const world: PolicyChange = {
  ...noChange,
  complete: true,
  interfaces: [policy(2, 'sg-a'), policy(3, 'sg-b'), policy(4, 'sg-a')],
  groups: [
    group('sg-a', [tcp(80, { group: 'sg-a' })]),
    group('sg-b', [tcp(80, { group: 'sg-a' }), tcp(81, { cidrs: ['0.0.0.0/0'] })]),
  ],
  members: [{ group: 'sg-a', addresses: ['10.213.0.2', '10.213.0.4'] }],
  subnets: [testSubnet],
  vpcs: [testVpc],
};

test('[SG-70] a port and a group that a rule names pass, others do not; changes act at once; [SG-71] a connection outlives its rule', async () => {
  await apply(world);
  const [a, b, c] = [
    await machine.task(network(), 2),
    await machine.task(network(), 3),
    await machine.task(network(), 4),
  ];
  for (const one of [a, b, c]) await machine.serve(one, 80, 81);
  expect(machine.reaches(a, b.address, 80)).toBe(true);
  expect(machine.reaches(a, b.address, 81)).toBe(true);
  expect(machine.reaches(a, c.address, 80)).toBe(true);
  expect(machine.reaches(a, c.address, 81)).toBe(false);
  expect(machine.reaches(b, a.address, 80)).toBe(false);
  const talk = await machine.talk(a, b.address, 80);
  await apply({ groups: [group('sg-b', [tcp(81, { cidrs: ['192.0.2.0/24'] })])] });
  expect(machine.reaches(a, b.address, 80)).toBe(false);
  expect(machine.reaches(a, b.address, 81)).toBe(false);
  expect(await talk.echo()).toBe(true);
  await apply({ memberChanges: [{ group: 'sg-a', added: ['10.213.0.3'], removed: ['10.213.0.2'] }] });
  expect(machine.reaches(b, c.address, 80)).toBe(true);
  expect(machine.reaches(a, c.address, 80)).toBe(false);
  await apply({ interfaces: [policy(4, 'sg-a', 'sg-b')] });
  expect(machine.reaches(b, c.address, 81)).toBe(false);
  await apply({ groups: [group('sg-b', [allowed])] });
  expect(machine.reaches(a, c.address, 81)).toBe(true);
});

test('[SG-72] what leaves must be let out too', async () => {
  await apply({
    ...world,
    groups: [group('sg-a', [allowed], [tcp(81, { group: 'sg-b' })]), group('sg-b', [allowed], [])],
  });
  const [a, b] = [await machine.task(network(), 2), await machine.task(network(), 3)];
  for (const one of [a, b]) await machine.serve(one, 80, 81);
  expect(machine.reaches(a, b.address, 81)).toBe(false);
  await apply({ members: [{ group: 'sg-b', addresses: [b.address] }] });
  expect(machine.reaches(a, b.address, 81)).toBe(true);
  expect(machine.reaches(a, b.address, 80)).toBe(false);
  expect(machine.reaches(b, a.address, 80)).toBe(false);
  // Whatever is let out, the services that a task cannot do without answer.
  await machine.serveHere('169.254.170.2', 18_100);
  expect(machine.reaches(b, '169.254.170.2', 18_100)).toBe(true);
});

test('processes of the machine reach tasks by the address that they call from', async () => {
  await apply({ ...world, members: [{ group: 'sg-a', addresses: ['10.213.0.2', '10.213.0.200'] }] });
  const [b, c] = [await machine.task(network(), 3), await machine.task(network(), 4)];
  for (const one of [b, c]) await machine.serve(one, 80, 81);
  sh('ip addr add 10.213.0.200/32 dev lo');
  try {
    expect(machine.reaches(undefined, b.address, 81)).toBe(true);
    expect(machine.reaches(undefined, b.address, 80)).toBe(false);
    expect(machine.reaches(undefined, c.address, 80)).toBe(false);
    expect(machine.reaches(undefined, c.address, 80, '10.213.0.200')).toBe(true);
    // And tasks what listens at addresses of the machine.
    await machine.serveHere('10.213.0.200', 80);
    expect(machine.reaches(b, '10.213.0.200', 80)).toBe(true);
    await apply({ groups: [group('sg-b', [], [tcp(81)])] });
    expect(machine.reaches(b, '10.213.0.200', 80)).toBe(false);
  } finally {
    sh('ip addr delete 10.213.0.200/32 dev lo');
  }
});

test('a network ACL asks of each packet, without regard to connections, and not within its subnet', async () => {
  const near = { interfaces: [policy(2, 'sg-a'), policy(3, 'sg-a')], groups: [group('sg-a', [allowed])] };
  const far = { ...policy(4, 'sg-a'), address: '10.213.1.4', subnetId: 'subnet-far' };
  const closed = { ...subnet('subnet-far', '10.213.1.0/24'), egress: [all(false, '10.213.0.3/32'), all(true)] };
  await apply({ ...world, ...near, interfaces: [...near.interfaces, far], subnets: [testSubnet, closed] });
  const [a, b] = [await machine.task(network(), 2), await machine.task(network(), 3)];
  const c = await machine.task(network(), 4, { address: '10.213.1.4', gateway: '10.213.1.1' });
  for (const one of [a, b, c]) await machine.serve(one, 80);
  expect(machine.reaches(a, c.address, 80)).toBe(true);
  // The answer does not come back.
  expect(machine.reaches(b, c.address, 80)).toBe(false);
  const talk = await machine.talk(a, c.address, 80);
  await apply({ subnets: [{ ...testSubnet, ingress: [] }] });
  expect(await talk.echo()).toBe(false);
  expect(machine.reaches(a, b.address, 80)).toBe(true);
  await apply({ subnets: [testSubnet, subnet('subnet-far', '10.213.1.0/24')] });
  expect(machine.reaches(b, c.address, 80)).toBe(true);
});

test('a way out of the VPC opens and closes under a running task', async () => {
  const outside = `lspw${process.pid % 100_000}`;
  sh(`ip netns add ${outside} && ip link add ${outside} type veth peer name w0 netns ${outside}`);
  sh(`ip addr add 198.18.9.1/24 dev ${outside} && ip link set ${outside} up`);
  sh(`ip netns exec ${outside} sh -c 'ip link set lo up; ip addr add 198.18.9.2/24 dev w0; ip link set w0 up'`);
  try {
    const program = "require('net').createServer((s) => s.pipe(s)).listen(80, () => console.log('up'))";
    await machine.started('ip', ['netns', 'exec', outside, process.execPath, '-e', program]);
    await apply(world);
    const a = await machine.task(network(), 2);
    expect(machine.reaches(a, '198.18.9.2', 80)).toBe(false);
    await apply({ interfaces: [{ ...policy(2, 'sg-a'), wayOut: 'nat' }] });
    expect(machine.reaches(a, '198.18.9.2', 80)).toBe(true);
    await apply({ interfaces: [{ ...policy(2, 'sg-a'), wayOut: 'none' }] });
    expect(machine.reaches(a, '198.18.9.2', 80)).toBe(false);
  } finally {
    sh(`ip netns delete ${outside}`);
  }
});

test('an interface that was taken away is closed as long as it is wired, and its address is free for another', async () => {
  await apply({ ...world, groups: [group('sg-a', [allowed]), group('sg-b', [allowed])] });
  const [a, b] = [await machine.task(network(), 2), await machine.task(network(), 3)];
  for (const one of [a, b]) await machine.serve(one, 80);
  await apply({ removedInterfaces: [b.id] });
  expect(machine.reaches(a, b.address, 80)).toBe(false);
  expect(machine.reaches(b, a.address, 80)).toBe(false);
  await apply({ interfaces: [{ ...policy(9, 'sg-b'), address: b.address }] });
  await network().detach(b);
  const again = await machine.task(network(), 9, { address: b.address });
  await machine.serve(again, 80);
  expect(machine.reaches(a, again.address, 80)).toBe(true);
  await network().detach(again);
  expect(sh(`nft list table inet ${policyTable(machine.owner)}`)).not.toContain(b.address);
});

test('[SG-73] a restart changes nothing until all is known again; what is then not named is closed', async () => {
  await apply(world);
  const [a, b, c] = [
    await machine.task(network(), 2),
    await machine.task(network(), 3),
    await machine.task(network(), 4),
  ];
  for (const one of [b, c]) await machine.serve(one, 80, 81);
  const talk = await machine.talk(a, b.address, 80);
  const before = sh(`nft list table inet ${policyTable(machine.owner)}`);
  await open();
  expect(sh(`nft list table inet ${policyTable(machine.owner)}`)).toBe(before);
  await expect(apply({ groups: [group('sg-b', [allowed])] })).rejects.toThrow('before all of them');
  await apply({ ...world, interfaces: [policy(2, 'sg-a'), policy(4, 'sg-a')] });
  expect(machine.reaches(a, c.address, 80)).toBe(true);
  expect(machine.reaches(a, b.address, 81)).toBe(false);
  expect(await talk.echo()).toBe(true);
});

test('a table that somebody flushed is written anew by the next change, and by prepare; so is one after nft was killed', async () => {
  await apply(world);
  const table = policyTable(machine.owner);
  const listed = (): string => sh(`nft list table inet ${table}`);
  const move = (added: readonly string[], removed: readonly string[]) =>
    apply({ memberChanges: [{ group: 'sg-a', added, removed }] });
  await move(['10.213.0.77'], []);
  const before = listed();
  await move([], ['10.213.0.77']);
  sh(`nft delete table inet ${table}`);
  await move(['10.213.0.77'], []);
  expect(listed()).toBe(before);
  sh(`nft delete table inet ${table}`);
  await network().prepare();
  expect(listed()).toBe(before);
  sh(`for c in $(cat /proc/${process.pid}/task/*/children); do grep -qx nft /proc/$c/comm && kill -9 $c; done; true`);
  await move(['10.213.0.78'], []);
  expect(listed()).toContain('10.213.0.78');
});

test('[SG-75] tables of agents that are gone for good are removed, others are not', async () => {
  await apply(world);
  const other = await machine.open(`${machine.owner}-other`);
  await other.prepare();
  await other.enforcer?.apply({ ...noChange, complete: true });
  sh(`nft add table inet ${policyTable(`${machine.owner}-gone`)}`);
  await network().prepare();
  const tables = sh('nft list tables');
  expect(tables).not.toContain(`${machine.owner}-gone`);
  for (const kept of [machine.owner, `${machine.owner}-other`]) expect(tables).toContain(policyTable(kept));
  await other.destroy();
  expect(sh('nft list tables')).not.toContain(`${machine.owner}-other`);
});

test('[SG-74] addresses of the machine itself, such as load balancers’ nodes, are guarded from the start; its processes are 127.0.0.1', async () => {
  const node = { id: testInterface(200).id, address: testInterface(200).address };
  const alias = '127.80.9.9';
  const open = async (): Promise<NodeEnforcer> => {
    const opened = await openNodeEnforcer({
      owner: machine.owner,
      aliases: () => [alias],
      wired: async () => [node],
      log: silentLog,
    });
    if (typeof opened === 'string') throw new Error(opened);
    return opened;
  };
  const front = (...rules: Parameters<typeof group>): Partial<PolicyChange> => ({ groups: [group(...rules)] });
  const self = { group: 'sg-front' };
  const balancer = await open();
  const say = (change: Partial<PolicyChange>): Promise<void> => balancer.apply({ ...noChange, ...change });
  sh(`ip addr add ${node.address}/32 dev lo`);
  try {
    await apply({ ...world, groups: [group('sg-a', [tcp(80, self)]), group('sg-b', [])] });
    await apply({ members: [{ group: 'sg-front', addresses: [node.address] }] });
    const a = await machine.task(network(), 2);
    await machine.serve(a, 80);
    for (const address of [node.address, alias]) await machine.serveHere(address, 80);
    expect(machine.reaches(undefined, alias, 80)).toBe(true);
    await balancer.guard([node]);
    const clients = (): readonly boolean[] => [
      machine.reaches(undefined, alias, 80),
      machine.reaches(undefined, node.address, 80),
      machine.reaches(a, node.address, 80),
    ];
    expect(clients()).toEqual([false, false, false]);
    const known = { interfaces: [interfacePolicy(node.id, node.address, ['sg-front'])], subnets: [testSubnet] };
    const members = { members: [{ group: 'sg-front', addresses: [node.address] }] };
    await say({ ...known, ...members, ...front('sg-front', [tcp(80)], []), complete: true });
    expect(clients()).toEqual([true, true, true]);
    await say(front('sg-front', [tcp(80, { cidrs: ['127.0.0.0/8'] }), tcp(80, self)], []));
    expect(clients()).toEqual([true, true, false]);
    await say(front('sg-front', [tcp(80, self), tcp(80, { cidrs: ['10.213.0.2/32'] })], []));
    expect(clients()).toEqual([false, false, true]);
    expect(machine.reaches(undefined, a.address, 80, node.address)).toBe(false);
    await say(front('sg-front', [], [tcp(80)]));
    expect(machine.reaches(undefined, a.address, 80, node.address)).toBe(true);
    expect(machine.reaches(undefined, a.address, 80)).toBe(false);
    // The process after it leaves in force what was, until it knows more.
    const next = await open();
    await next.guard([node]);
    expect(machine.reaches(undefined, a.address, 80, node.address)).toBe(true);
    expect(clients()).toEqual([false, false, false]);
    await removeNodeEnforcer(machine.owner);
    expect(machine.reaches(undefined, alias, 80)).toBe(true);
  } finally {
    await balancer.destroy();
    sh(`ip addr delete ${node.address}/32 dev lo`);
  }
});

test('the kernel makes of any history of changes what it makes of its end at once', async () => {
  const [aliases, numberIn] = [
    (id: string) => [`127.80.0.${Number(id.at(-2)) + 1}`],
    (id: string) => Number(id.at(-2)),
  ];
  const steps = fc.sample(fc.array(step, { minLength: 60, maxLength: 60 }), { numRuns: 4, seed: 7 });
  for (const [run, history] of steps.entries()) {
    const name = `${policyTable(machine.owner)}-history`;
    const table = run % 2 === 0 ? { name } : { name, onMachine: { aliases } };
    const enforcer = new TableEnforcer({ table, wired: async () => [], log: silentLog });
    const listed = (): string => sh(`nft list table inet ${name}`);
    await enforcer.apply({ ...noChange, complete: true });
    for (const one of history) {
      if ('forget' in one) await enforcer.forget([one.forget]);
      else if ('guard' in one) await enforcer.guard([{ id: one.guard, address: addressOf(numberIn(one.guard)) }]);
      else await enforcer.apply(one.change);
    }
    const changed = sorted(listed());
    await enforcer.restore();
    expect(changed).toEqual(sorted(listed()));
    expect(enforcer.rewrites).toBe(history.filter((one) => 'change' in one && one.change.complete).length + 2);
    await enforcer.destroy();
  }
});

/** Chains, sets and elements are listed in the order in which they were made, or hashed. */
function sorted(listing: string): readonly string[] {
  const blocks = listing.replaceAll(/elements = \{[^}]*\}/g, (elements) =>
    (elements.match(/[\d.]+(\/\d+)?( : [^,}\n]+)?/g) ?? [])
      .map((one) => one.trim())
      .toSorted()
      .join(', '),
  );
  return blocks
    .replace(/^\}\n$/m, '')
    .split('\n\n')
    .map((block) => block.trim())
    .toSorted();
}
