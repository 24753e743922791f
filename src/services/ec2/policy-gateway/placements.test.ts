import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Clock } from '../../../kernel/index.ts';
import type { Underlay } from '../../../network-protocol/index.ts';
import { network, openEc2, scope, vpcId, type OpenedEc2 } from '../contract/opened-ec2.ts';
import type { FakeMachine } from '../contract/fake-machine.ts';
import { SimIds } from '../../../testkit/index.ts';
import { loadBalancerNetwork, type Placement, type PlacementChange, type TaskPlacements } from '../index.ts';
import { policyLimits } from './limits.ts';

const underlay = (number: number, vxlan: Underlay['vxlan'] = 'across'): Underlay => ({
  address: `192.168.0.${number}`,
  vxlan,
});

/** Where tasks are, as the test says. */
class FakeTasks implements TaskPlacements {
  readonly #placed = new Map<string, Placement>();
  #heard: (change: PlacementChange) => void = () => undefined;

  all(): Iterable<Placement> {
    return this.#placed.values();
  }

  follow(heard: (change: PlacementChange) => void): () => void {
    this.#heard = heard;
    return () => undefined;
  }

  /** @param machine undefined: on none any more */
  put(address: string, machine: number | undefined, vpc = vpcId): void {
    const before = this.#placed.get(address);
    const after =
      machine === undefined
        ? undefined
        : { vpcId: vpc, address, machine: { name: `i-${machine}`, underlay: underlay(machine) } };
    if (after === undefined) this.#placed.delete(address);
    else this.#placed.set(address, after);
    this.#heard({ before, after });
  }
}

const stopped: Clock = { nowMs: () => 0, after: () => () => undefined };

const told = (machine: FakeMachine): object =>
  Object.fromEntries([...(machine.remotes.get(vpcId) ?? [])].map(([address, at]) => [address, at.address]));

async function watching(opened: OpenedEc2, as?: string): Promise<FakeMachine> {
  const own = await opened.createInterface();
  const machine = await opened.connect(as);
  machine.watch(own.networkInterfaceId);
  await opened.pass();
  return machine;
}

describe('which machine each address is on', () => {
  test('[NM-2] is told whole with the first interface in a VPC, then as it changes, and no more after the last', async () => {
    const tasks = new FakeTasks();
    tasks.put('172.31.0.10', 1);
    tasks.put('172.31.0.11', 2);
    tasks.put('10.9.0.1', 2, 'vpc-other');
    const opened = await openEc2(tasks);
    const machine = await watching(opened);
    expect(machine.messages[0]?.remotes).toEqual([
      {
        vpcId,
        whole: true,
        at: [
          { machine: underlay(1), addresses: ['172.31.0.10'] },
          { machine: underlay(2), addresses: ['172.31.0.11'] },
        ],
        gone: [],
      },
    ]);
    tasks.put('172.31.0.12', 2);
    tasks.put('172.31.0.10', 3);
    tasks.put('172.31.0.11', undefined);
    tasks.put('10.9.0.2', 1, 'vpc-other');
    await opened.pass();
    expect(machine.messages).toHaveLength(2);
    expect(machine.messages[1]?.remotes).toEqual([
      {
        vpcId,
        whole: false,
        at: [
          { machine: underlay(2), addresses: ['172.31.0.12'] },
          { machine: underlay(3), addresses: ['172.31.0.10'] },
        ],
        gone: ['172.31.0.11'],
      },
    ]);
    machine.unwatch([...machine.interfaces.keys()][0] ?? '');
    await opened.pass();
    expect(machine.messages[2]?.removedVpcs).toEqual([vpcId]);
    tasks.put('172.31.0.13', 1);
    await opened.pass();
    expect(machine.messages).toHaveLength(3);
  });

  test('[NM-2] changes wait while a machine does not keep up, and become one', async () => {
    const tasks = new FakeTasks();
    const opened = await openEc2(tasks);
    const machine = await watching(opened);
    machine.applies = false;
    for (let at = 0; at < policyLimits.unapplied + 5; at += 1) {
      tasks.put('172.31.0.10', (at % 2) + 1);
      await opened.pass();
    }
    const before = machine.messages.length;
    expect(before).toBeLessThanOrEqual(policyLimits.unapplied + 1);
    for (let at = 0; at <= policyLimits.waitingPlacements; at += 1) tasks.put(`172.31.${at >> 8}.${at & 255}`, 1);
    machine.applies = true;
    machine.report({ type: 'applied', sequence: before });
    await opened.pass();
    expect(machine.messages).toHaveLength(before + 1);
    expect(machine.messages.at(-1)?.remotes).toMatchObject([{ whole: true, at: [{ machine: underlay(1) }] }]);
    expect(machine.remotes.get(vpcId)?.size).toBe(policyLimits.waitingPlacements + 1);
  });

  test('[NM-4] load balancers are where the balancer says, also after a start', async () => {
    const opened = await openEc2();
    const { database } = opened;
    const lb = loadBalancerNetwork({ database, ids: new SimIds(2), clock: stopped });
    const request = {
      scope,
      subnetId: network.subnets[0]?.id ?? '',
      securityGroups: [],
      description: 'ELB app/a/1',
      type: 'application',
      hasPublicAddress: false,
    } as const;
    const { result: node } = await opened.database.transact((tx) => lb.createInterface(tx, request));
    const machine = await watching(opened);
    expect(told(machine)).toEqual({});
    const balancer = await opened.connect();
    balancer.report({ type: 'nodes', underlay: underlay(7) });
    await opened.pass();
    expect(told(machine)).toEqual({ [node.privateIpv4Address]: '192.168.0.7' });
    expect(opened.gateway.machineOf(vpcId, node.privateIpv4Address)?.underlay).toEqual(underlay(7));
    balancer.end();
    balancer.socket.close(1000, '');
    await opened.pass();
    expect(told(machine)).toEqual({ [node.privateIpv4Address]: '192.168.0.7' });
    const other = await opened.connect();
    other.report({ type: 'nodes', underlay: underlay(8, 'never') });
    await opened.pass();
    expect(machine.remotes.get(vpcId)?.get(node.privateIpv4Address)).toEqual(underlay(8, 'never'));
    await opened.database.transact((tx) => lb.removeInterface(tx, scope, node.networkInterfaceId));
    await opened.pass();
    expect(told(machine)).toEqual({});
  });

  test('[NM-4] only the installation’s own account says where load balancers are, and only an address', async () => {
    const opened = await openEc2();
    const stranger = await opened.connect(scope.account);
    stranger.report({ type: 'nodes', underlay: underlay(7) });
    expect(stranger.closed?.code).toBe(1008);
    for (const bad of [
      { address: '192.168.0.300', vxlan: 'across' },
      { address: '192.168.0.3', vxlan: 'often' },
      null,
    ]) {
      const machine = await opened.connect();
      machine.sendText(JSON.stringify({ type: 'nodes', underlay: bad }));
      expect(machine.closed?.code).toBe(1008);
    }
  });

  test('[NM-2] after any history a machine knows where each address of its VPC is', async () => {
    const step = fc.oneof(
      fc.record({
        do: fc.constant('put' as const),
        address: fc.nat(5).map((n) => `172.31.0.${n + 10}`),
        machine: fc.option(fc.nat(3), { nil: undefined }),
      }),
      fc.record({
        do: fc.constantFrom('watch' as const, 'unwatch' as const, 'pass' as const, 'pause' as const, 'resume' as const),
      }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60 }), async (steps) => {
        const tasks = new FakeTasks();
        const opened = await openEc2(tasks);
        const { networkInterfaceId } = await opened.createInterface();
        const machine = await opened.connect();
        let watches = false;
        for (const one of steps) {
          if (one.do === 'put') tasks.put(one.address, one.machine);
          else if (one.do === 'pass') await opened.pass();
          else if (one.do === 'pause') machine.applies = false;
          else if (one.do === 'resume') {
            machine.applies = true;
            machine.report({ type: 'applied', sequence: machine.messages.length });
          } else {
            watches = one.do === 'watch';
            if (watches) machine.watch(networkInterfaceId);
            else machine.unwatch(networkInterfaceId);
          }
        }
        machine.applies = true;
        machine.report({ type: 'applied', sequence: machine.messages.length });
        await opened.pass();
        const wanted = [...tasks.all()].map(({ address, machine: { underlay: at } }) => [address, at.address]);
        expect(told(machine)).toEqual(watches ? Object.fromEntries(wanted) : {});
      }),
      { numRuns: 150 },
    );
  });
});
