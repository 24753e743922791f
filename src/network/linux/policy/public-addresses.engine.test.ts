import { expect, test } from 'vitest';
import { publicAddressOfMachine, publicBlock } from '../../../network-protocol/index.ts';
import { allowed, group, interfacePolicy, subnet, tcp, testSubnet, testVpc } from '../../contract/policies.ts';
import { testInterface } from '../../contract/network-contract.ts';
import { noChange, type PolicyChange } from '../../index.ts';
import { policyTable } from './tables.ts';
import { networkOfEachTest } from './contract/opened-network.ts';
import { sh, type TestTask } from './contract/namespaces.ts';

/** Packets to public addresses, between real namespaces. Root, no engine; best run under `unshare -n`. */
const { machine, network, apply } = networkOfEachTest('test-public');
const publicOf = (number: number): string => `198.18.77.${number}`;
const policy = (number: number, group: string, out = publicOf(number)) =>
  interfacePolicy(testInterface(number).id, testInterface(number).address, [group], {
    wayOut: 'internet',
    publicAddress: out,
  });
const private_ = (number: number, group: string) =>
  interfacePolicy(testInterface(number).id, testInterface(number).address, [group]);
const from = (...cidrs: readonly string[]) => group('sg-b', [tcp(80, { cidrs })]);

/** Task 2 calls task 3; task 4 has no public address; both groups are those of one VPC. */
const world: PolicyChange = {
  ...noChange,
  complete: true,
  interfaces: [policy(2, 'sg-a'), policy(3, 'sg-b'), private_(4, 'sg-a')],
  groups: [group('sg-a', []), from('0.0.0.0/0')],
  members: [{ group: 'sg-a', addresses: ['10.213.0.2', '10.213.0.4'] }],
  subnets: [testSubnet],
  vpcs: [testVpc],
};
const tasks = (): Promise<readonly [TestTask, TestTask, TestTask]> =>
  Promise.all([machine.task(network(), 2), machine.task(network(), 3), machine.task(network(), 4)]);

test('[NET-56] a public address leads to its interface, from the machine and from tasks, while there is a way', async () => {
  await apply(world);
  const [a, b, c] = await tasks();
  await machine.serve(b, 80, 81);
  expect(machine.reaches(undefined, publicOf(3), 80)).toBe(true);
  expect(machine.reaches(undefined, publicOf(3), 81)).toBe(false);
  expect(machine.reaches(a, publicOf(3), 80)).toBe(true);
  expect(machine.reaches(a, publicOf(3), 81)).toBe(false);
  expect(machine.reaches(b, publicOf(3), 80)).toBe(true);
  // One without a way out has none to a public address.
  expect(machine.reaches(c, publicOf(3), 80)).toBe(false);
  expect(machine.reaches(c, b.address, 80)).toBe(true);
  // Addresses that nobody has, on this machine too.
  await machine.serveHere('0.0.0.0', 18_200);
  expect(machine.reaches(undefined, publicOf(9), 18_200)).toBe(false);
  expect(machine.reaches(a, publicOf(9), 80)).toBe(false);
  expect(machine.reaches(a, publicAddressOfMachine, 18_200)).toBe(false);
  await apply({ interfaces: [private_(3, 'sg-b')] });
  expect(machine.reaches(undefined, publicOf(3), 80)).toBe(false);
  expect(machine.reaches(a, publicOf(3), 80)).toBe(false);
  await apply({ interfaces: [policy(3, 'sg-b', publicOf(33))] });
  expect(machine.reaches(undefined, publicOf(3), 80)).toBe(false);
  expect(machine.reaches(undefined, publicOf(33), 80)).toBe(true);
});

test('[NET-57] who calls is seen by its public address: rules about addresses see that, and rules about its group do not match', async () => {
  await apply(world);
  const [a, b, c] = await tasks();
  await machine.serve(b, 80);
  const callers = (): readonly boolean[] => [undefined, a, c].map((caller) => machine.reaches(caller, publicOf(3), 80));
  await apply({ groups: [from(testVpc.cidrs[0] ?? '')] });
  expect(callers()).toEqual([false, false, false]);
  expect(machine.reaches(a, b.address, 80)).toBe(true);
  await apply({ groups: [group('sg-b', [tcp(80, { group: 'sg-a' })])] });
  expect(callers()).toEqual([false, false, false]);
  expect(machine.reaches(a, b.address, 80)).toBe(true);
  await apply({ groups: [from(`${publicOf(2)}/32`)] });
  expect(callers()).toEqual([false, true, false]);
  await apply({ groups: [from(`${publicAddressOfMachine}/32`)] });
  expect(callers()).toEqual([true, false, false]);
  // Behind a NAT gateway one is seen by the gateway's address, at which nobody is reached.
  const gateway = { wayOut: 'nat', publicAddress: publicOf(100) } as const;
  await apply({ groups: [from(`${publicOf(100)}/32`)], interfaces: [{ ...private_(4, 'sg-a'), ...gateway }] });
  expect(callers()).toEqual([false, false, true]);
  await machine.serve(c, 80);
  await apply({ groups: [group('sg-a', [allowed])] });
  expect(machine.reaches(undefined, publicOf(100), 80)).toBe(false);
});

test('[NET-57] what leaves is judged by the address that was called', async () => {
  await apply(world);
  const [a, b] = await tasks();
  await machine.serve(b, 80);
  const out = (cidr: string) => apply({ groups: [group('sg-a', [], [tcp(80, { cidrs: [cidr] })])] });
  await out(`${b.address}/32`);
  expect(machine.reaches(a, publicOf(3), 80)).toBe(false);
  expect(machine.reaches(a, b.address, 80)).toBe(true);
  await out(`${publicOf(3)}/32`);
  expect(machine.reaches(a, publicOf(3), 80)).toBe(true);
  expect(machine.reaches(a, b.address, 80)).toBe(false);
});

test('[NET-57] network ACLs see public addresses, in both directions, also within a subnet; a closed way ends what is open', async () => {
  await apply(world);
  const [a, b] = await tasks();
  await machine.serve(b, 80);
  const talk = await machine.talk(a, publicOf(3), 80);
  expect(await talk.echo()).toBe(true);
  const all = { allow: true, protocol: 'all', cidr: '0.0.0.0/0' } as const;
  const acl = (more: Partial<typeof testSubnet>) => apply({ subnets: [{ ...testSubnet, ...more }] });
  const no = (cidr: string) => [{ ...all, allow: false, cidr }, all];
  await acl({ ingress: no(`${publicOf(2)}/32`) });
  expect(machine.reaches(a, publicOf(3), 80)).toBe(false);
  expect(machine.reaches(a, b.address, 80)).toBe(true);
  await acl({ egress: no(`${publicOf(2)}/32`) });
  expect(machine.reaches(a, publicOf(3), 80)).toBe(false);
  expect(machine.reaches(undefined, publicOf(3), 80)).toBe(true);
  await acl({ egress: no(`${publicAddressOfMachine}/32`) });
  expect(machine.reaches(undefined, publicOf(3), 80)).toBe(false);
  await acl({});
  expect(machine.reaches(undefined, publicOf(3), 80)).toBe(true);
  expect(await talk.echo()).toBe(true);
  await apply({ interfaces: [private_(3, 'sg-b')] });
  expect(await talk.echo()).toBe(false);
});

test('[NET-56] to a task of another VPC, and by way of another agent of the machine; [NET-58] flushed rules come back', async () => {
  const other = await machine.open(`${machine.owner}-other`);
  await other.prepare();
  try {
    const far = { address: '10.214.0.7', gateway: '10.214.0.1', vpcPrefixes: ['10.214.0.0/16'] };
    const farVpc = { id: 'vpc-fa7', cidrs: far.vpcPrefixes };
    const farSubnet = { ...subnet('subnet-fa7', '10.214.0.0/24'), vpcId: farVpc.id };
    await apply(world);
    await other.enforcer?.apply({
      ...world,
      interfaces: [{ ...policy(7, 'sg-b'), address: far.address, vpcId: farVpc.id, subnetId: farSubnet.id }],
      groups: [from(`${publicOf(2)}/32`)],
      subnets: [farSubnet],
      vpcs: [farVpc],
    });
    const [a, b] = await tasks();
    const there = await machine.task(other, 7, far);
    await machine.serve(there, 80);
    await machine.serve(b, 80);
    expect(machine.reaches(a, publicOf(7), 80)).toBe(true);
    expect(machine.reaches(a, there.address, 80)).toBe(false);
    expect(machine.reaches(b, publicOf(7), 80)).toBe(false);
    expect(machine.reaches(there, publicOf(3), 80)).toBe(true);
    expect(machine.reaches(there, b.address, 80)).toBe(false);
    sh(`nft delete table inet longshore && nft delete table inet ${policyTable(machine.owner)}`);
    sh(`ip route delete ${publicBlock} proto 76`);
    expect(machine.reaches(undefined, publicOf(3), 80)).toBe(false);
    await network().prepare();
    expect(machine.reaches(undefined, publicOf(3), 80)).toBe(true);
    await network().detach(b);
    expect(machine.reaches(undefined, publicOf(3), 80)).toBe(false);
    expect(sh('nft list ruleset')).not.toContain(publicOf(3));
  } finally {
    await other.destroy();
  }
  await network().destroy();
  expect(sh('ip route')).not.toContain('198.18.');
});
