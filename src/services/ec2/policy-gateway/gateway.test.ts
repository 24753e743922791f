import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { GroupPolicy } from '../../../network-protocol/index.ts';
import { contextOf, defaultGroup, network, openEc2, scope, vpcId, type OpenedEc2 } from '../contract/opened-ec2.ts';
import type { FakeMachine } from '../contract/fake-machine.ts';
import { Networks, NetworkWriter } from '../networks.ts';
import { groupPolicy, interfacePolicy, subnetPolicy, vpcPolicy } from '../policies.ts';
import { networkInterfaceKey, networkInterfaces } from '../records/network-interface.ts';
import { routeTables } from '../records/route-table.ts';
import { scopeText } from '../records/scope.ts';
import { securityGroups, type SecurityGroupRule } from '../records/security-group.ts';
import { policyLimits } from './limits.ts';

const subnetId = network.subnets[0]?.id ?? '';

function rule(id: string, more: Partial<SecurityGroupRule>): SecurityGroupRule {
  return {
    id,
    isEgress: false,
    protocol: 'tcp',
    fromPort: 80,
    toPort: 80,
    peer: { cidr: '10.0.0.0/8' },
    tags: {},
    ...more,
  };
}

async function putGroup({ database }: OpenedEc2, id: string, rules: readonly SecurityGroupRule[]): Promise<void> {
  await database.transact((tx) =>
    new NetworkWriter(tx, scope).put(securityGroups, {
      ...scope,
      id,
      name: id,
      description: id,
      vpcId,
      rules,
      tags: {},
    }),
  );
}

async function setGroups({ database }: OpenedEc2, id: string, groups: readonly string[]): Promise<void> {
  const key = networkInterfaceKey(scope, id);
  await database.transact((tx) => {
    const row = tx.get(networkInterfaces, key);
    if (row !== undefined) tx.put(networkInterfaces, key, { ...row, securityGroupIds: groups });
  });
}

describe('what machines are told', () => {
  test('[SG-60] all that concerns the interfaces they have, in one message', async () => {
    const opened = await openEc2();
    await putGroup(opened, 'sg-db', [rule('sgr-1', { fromPort: 5432, toPort: 5432, peer: { groupId: 'sg-web' } })]);
    await putGroup(opened, 'sg-web', [
      rule('sgr-2', { protocol: 'icmp', fromPort: 8, toPort: -1 }),
      rule('sgr-3', { isEgress: true, protocol: '-1', fromPort: -1, toPort: -1, peer: { groupId: defaultGroup } }),
    ]);
    const web = await opened.createInterface({ securityGroups: ['sg-web'], assignPublicIp: true });
    const db = await opened.createInterface({ securityGroups: ['sg-db'] });
    await opened.createInterface({ securityGroups: ['sg-other'] }).catch(() => undefined);
    const machine = await opened.connect();
    await opened.pass();
    expect(machine.messages).toEqual([]);
    machine.watch(db.networkInterfaceId, 'eni-0123');
    await opened.pass();
    expect(machine.messages).toEqual([
      {
        type: 'policy',
        sequence: 1,
        interfaces: [
          {
            id: db.networkInterfaceId,
            address: db.privateIpv4Address,
            vpcId,
            subnetId,
            groups: ['sg-db'],
            wayOut: 'none',
          },
        ],
        removedInterfaces: ['eni-0123'],
        groups: [
          {
            id: 'sg-db',
            vpcId,
            ingress: [{ protocol: 6, ports: { from: 5432, to: 5432 }, peer: { group: 'sg-web' } }],
            egress: [],
          },
          // Its rules say nothing about this machine.
          { id: 'sg-web', vpcId, ingress: [], egress: [] },
        ],
        members: [{ group: 'sg-web', addresses: [web.privateIpv4Address] }],
        memberChanges: [],
        removedGroups: [],
        subnets: [
          {
            id: subnetId,
            vpcId,
            cidr: '172.31.0.0/20',
            ingress: [{ allow: true, protocol: 'all', cidr: '0.0.0.0/0' }],
            egress: [{ allow: true, protocol: 'all', cidr: '0.0.0.0/0' }],
          },
        ],
        removedSubnets: [],
        vpcs: [{ id: vpcId, cidrs: ['172.31.0.0/16'] }],
        removedVpcs: [],
        remotes: [{ vpcId, whole: true, at: [], gone: [] }],
      },
    ]);
    machine.watch(web.networkInterfaceId);
    await opened.pass();
    expect(machine.messages).toHaveLength(2);
    expect(machine.interfaces.get(web.networkInterfaceId)?.wayOut).toBe('internet');
    expect(machine.groups.get('sg-web')).toMatchObject({
      ingress: [{ protocol: 1, icmp: { type: 8 }, peer: { cidrs: ['10.0.0.0/8'] } }],
      egress: [{ protocol: 'all', peer: { group: defaultGroup } }],
    });
    expect(machine.messages[1]).toMatchObject({ subnets: [], vpcs: [], memberChanges: [] });
  });

  test('[SG-61] afterwards only changes, those of one turn at once, and members one by one', async () => {
    const opened = await openEc2();
    const own = await opened.createInterface();
    const machine = await opened.connect();
    machine.watch(own.networkInterfaceId);
    await opened.pass();
    const others = await Promise.all([1, 2, 3].map(() => opened.createInterface()));
    await opened.pass();
    const [, ...later] = machine.messages;
    const changes = later.flatMap(({ memberChanges }) => memberChanges);
    expect(changes.flatMap(({ added }) => added).sort()).toEqual(others.map((one) => one.privateIpv4Address).sort());
    expect(
      later.every(({ interfaces, groups, members }) => interfaces.length + groups.length + members.length === 0),
    ).toBe(true);
    // What nobody here needs is not told, and who comes and goes in one turn was never there.
    await putGroup(opened, 'sg-a', []);
    const before = machine.messages.length;
    const passing = await opened.createInterface();
    await opened.removeInterface(passing.networkInterfaceId);
    await opened.createInterface({ securityGroups: ['sg-a'] });
    await opened.pass();
    expect(machine.messages.slice(before).flatMap(({ groups, members }) => [...groups, ...members])).toEqual([]);
    expect([...(machine.members.get(defaultGroup) ?? [])].sort()).toEqual(
      [own, ...others].map((one) => one.privateIpv4Address).sort(),
    );
  });

  test('[SG-61] an interface that leaves takes along what only it needed', async () => {
    const opened = await openEc2();
    await putGroup(opened, 'sg-a', [rule('sgr-1', { peer: { groupId: 'sg-b' } })]);
    await putGroup(opened, 'sg-b', []);
    const [first, second] = [
      await opened.createInterface({ securityGroups: ['sg-a'] }),
      await opened.createInterface(),
    ];
    const machine = await opened.connect();
    machine.watch(first.networkInterfaceId, second.networkInterfaceId);
    await opened.pass();
    machine.unwatch(first.networkInterfaceId);
    await opened.pass();
    expect(machine.messages.at(-1)).toMatchObject({
      removedInterfaces: [first.networkInterfaceId],
      removedGroups: ['sg-a', 'sg-b'],
      removedSubnets: [],
    });
    await opened.removeInterface(second.networkInterfaceId);
    await opened.pass();
    expect(machine.messages.at(-1)).toMatchObject({
      removedInterfaces: [second.networkInterfaceId],
      removedGroups: [defaultGroup],
      removedSubnets: [subnetId],
      removedVpcs: [vpcId],
    });
  });

  test('[SG-61] whoever asks again is answered again', async () => {
    const opened = await openEc2();
    const { networkInterfaceId } = await opened.createInterface();
    const machine = await opened.connect();
    machine.watch(networkInterfaceId);
    await opened.pass();
    machine.unwatch(networkInterfaceId);
    machine.watch(networkInterfaceId);
    await opened.pass();
    expect(machine.messages).toMatchObject([
      { interfaces: [{ id: networkInterfaceId }] },
      { interfaces: [{ id: networkInterfaceId }], removedInterfaces: [], groups: [] },
    ]);
  });

  test('[SG-62] routes decide the way out, as they are now', async () => {
    const opened = await openEc2();
    const { networkInterfaceId } = await opened.createInterface({ assignPublicIp: true });
    const machine = await opened.connect();
    machine.watch(networkInterfaceId);
    await opened.pass();
    const wayOut = () => machine.interfaces.get(networkInterfaceId)?.wayOut;
    expect(wayOut()).toBe('internet');
    const [SubnetId = '', ofNat = ''] = network.subnets.map(({ id }) => id);
    const { AllocationId } = await opened.call('AllocateAddress', {});
    const { NatGateway } = await opened.call('CreateNatGateway', { SubnetId: ofNat, AllocationId });
    const NatGatewayId = NatGateway?.NatGatewayId;
    const { RouteTable } = await opened.call('CreateRouteTable', { VpcId: vpcId });
    const RouteTableId = RouteTable?.RouteTableId ?? '';
    await opened.call('AssociateRouteTable', { RouteTableId, SubnetId });
    await opened.pass();
    expect(wayOut()).toBe('none');
    await opened.call('CreateRoute', { RouteTableId, DestinationCidrBlock: '0.0.0.0/0', NatGatewayId });
    await opened.pass();
    expect(wayOut()).toBe('nat');
    await opened.call('DeleteNatGateway', { NatGatewayId: NatGatewayId ?? '' });
    await opened.pass();
    expect(wayOut()).toBe('none');
  });

  test('[SG-62] a network ACL is told with its subnet, its entries in order, and changes of it', async () => {
    const opened = await openEc2();
    const { networkInterfaceId, subnetId } = await opened.createInterface();
    const machine = await opened.connect();
    machine.watch(networkInterfaceId);
    await opened.pass();
    const ingress = () => machine.subnets.get(subnetId)?.ingress;
    expect(ingress()).toEqual([{ allow: true, protocol: 'all', cidr: '0.0.0.0/0' }]);
    const { NetworkAcls } = await opened.call('DescribeNetworkAcls', {});
    const entry = { Protocol: '6', RuleAction: 'deny' as const, Egress: false, CidrBlock: '10.1.0.0/16' };
    await opened.call('CreateNetworkAclEntry', {
      ...entry,
      NetworkAclId: NetworkAcls?.[0]?.NetworkAclId ?? '',
      RuleNumber: 7,
      PortRange: { From: 80, To: 81 },
    });
    await opened.pass();
    expect(ingress()).toEqual([
      { allow: false, protocol: 6, cidr: '10.1.0.0/16', ports: { from: 80, to: 81 } },
      { allow: true, protocol: 'all', cidr: '0.0.0.0/0' },
    ]);
  });

  test('[SG-63] while a machine does not keep up, changes wait and become one', async () => {
    const opened = await openEc2();
    const { networkInterfaceId } = await opened.createInterface();
    const machine = await opened.connect();
    machine.applies = false;
    machine.watch(networkInterfaceId);
    await opened.pass();
    for (let count = 0; count < 40; count += 1) {
      await opened.createInterface();
      await opened.pass();
    }
    expect(machine.messages).toHaveLength(policyLimits.unapplied);
    machine.applies = true;
    machine.report({ type: 'applied', sequence: policyLimits.unapplied });
    await opened.pass();
    expect(machine.messages).toHaveLength(policyLimits.unapplied + 1);
    expect(machine.members.get(defaultGroup)?.size).toBe(41);
    machine.bufferedBytes = 2_000_000;
    await opened.createInterface();
    await opened.pass(1_000);
    expect(machine.members.get(defaultGroup)?.size).toBe(41);
    machine.bufferedBytes = 0;
    await opened.pass(policyLimits.retryMs);
    expect(machine.members.get(defaultGroup)?.size).toBe(42);
  });

  test('[SG-63] many interfaces come in several messages, each whole', async () => {
    const opened = await openEc2();
    const made = [];
    for (let count = 0; count < policyLimits.interfacesAtOnce + 2; count += 1)
      made.push(await opened.createInterface());
    const machine = await opened.connect();
    machine.watch(...made.map(({ networkInterfaceId }) => networkInterfaceId));
    await opened.pass(1);
    expect(machine.messages.map(({ interfaces }) => interfaces.length)).toEqual([policyLimits.interfacesAtOnce, 2]);
    expect(machine.members.get(defaultGroup)?.size).toBe(made.length);
  });

  test('[SG-64] an agent of an account sees interfaces of that account only', async () => {
    const opened = await openEc2();
    const { networkInterfaceId } = await opened.createInterface();
    const stranger = await opened.connect('210987654321');
    const own = await opened.connect(scope.account);
    for (const machine of [stranger, own]) machine.watch(networkInterfaceId);
    await opened.pass();
    expect(stranger.messages).toMatchObject([{ interfaces: [], removedInterfaces: [networkInterfaceId], groups: [] }]);
    expect(own.messages).toMatchObject([{ interfaces: [{ id: networkInterfaceId }] }]);
  });

  test('[SG-64] an agent is asked for the permission to poll, for its instance when it names one', async () => {
    const { gateway } = await openEc2();
    const [route] = gateway.routes;
    const asked: string[] = [];
    const context = {
      ...contextOf(scope),
      authorize: (question: { action: string; resource: string; context?: { get(key: string): unknown } }) =>
        void asked.push(
          `${question.action} ${question.resource} ${JSON.stringify(question.context?.get('ecs:cluster'))}`,
        ),
    };
    const arn = 'arn:aws:ecs:us-east-1:123456789012:container-instance/web/0f';
    await route?.accept(new Map(), context);
    await route?.accept(new Map([['containerInstanceArn', arn]]), context);
    await route?.accept(new Map(), { ...context, account: '000000000000' });
    expect(asked).toEqual([
      'ecs:Poll * undefined',
      `ecs:Poll ${arn} ["arn:aws:ecs:us-east-1:123456789012:cluster/web"]`,
    ]);
  });

  test.each(['no JSON', '{"type":"watch","add":["x"],"remove":[]}', '{"type":"watch","add":[]}', '7', '{"type":"x"}'])(
    '[SG-65] a machine that sends %s is turned away',
    async (text) => {
      const opened = await openEc2();
      const machine = await opened.connect();
      machine.sendText(text);
      expect(machine.closed).toEqual({ code: 1008, reason: 'not a report' });
    },
  );

  test('[SG-65] nobody watches without end, and a stopping control plane says so', async () => {
    const opened = await openEc2();
    const [greedy, modest] = [await opened.connect(), await opened.connect()];
    for (const part of [0, 1, 2]) {
      greedy.watch(...Array.from({ length: policyLimits.watchedAtOnce }, (_, index) => `eni-${part}-${index}`));
    }
    expect(greedy.closed).toEqual({ code: 1008, reason: 'more than 20000 interfaces are watched' });
    opened.gateway.stop();
    expect(modest.closed?.code).toBe(1001);
  });
});

/** What a machine with these interfaces has to know, computed from the tables. */
function expected({ database }: OpenedEc2, watched: ReadonlySet<string>) {
  const networks = new Networks(database);
  const rows = [...database.table(networkInterfaces).keys('scope', scopeText(scope))].flatMap(
    (key) => database.get(networkInterfaces, key)?.row ?? [],
  );
  const interfaces = rows.filter(({ id }) => watched.has(id)).flatMap((row) => interfacePolicy(networks, row) ?? []);
  const onInterfaces = new Set(interfaces.flatMap(({ groups }) => groups));
  const policies = new Map<string, GroupPolicy>();
  for (const id of onInterfaces) policies.set(id, { ...groupPolicy(networks, scope, id), vpcId });
  const named = new Set(
    [...policies.values()].flatMap(({ ingress, egress }) =>
      [...ingress, ...egress].flatMap(({ peer }) => ('group' in peer ? [peer.group] : [])),
    ),
  );
  for (const id of named) if (!policies.has(id)) policies.set(id, { id, vpcId, ingress: [], egress: [] });
  const membersOf = (id: string): string[] =>
    rows.filter((row) => row.securityGroupIds.includes(id)).map((row) => row.privateIpAddress);
  const subnetIds = new Set(interfaces.map((one) => one.subnetId));
  return {
    interfaces: sorted(interfaces),
    groups: sorted([...policies.values()]),
    members: Object.fromEntries([...named].sort().map((id) => [id, membersOf(id).sort()])),
    subnets: sorted([...subnetIds].flatMap((id) => subnetPolicy(networks, scope, id) ?? [])),
    vpcs: interfaces.length === 0 ? [] : [vpcPolicy(networks, scope, vpcId)],
  };
}

function toldTo(machine: FakeMachine) {
  const groups = sorted([...machine.groups.values()]);
  const named = new Set(
    groups.flatMap(({ ingress, egress }) =>
      [...ingress, ...egress].flatMap(({ peer }) => ('group' in peer ? [peer.group] : [])),
    ),
  );
  return {
    interfaces: sorted([...machine.interfaces.values()]),
    groups,
    members: Object.fromEntries([...named].sort().map((id) => [id, [...(machine.members.get(id) ?? [])].sort()])),
    subnets: sorted([...machine.subnets.values()]),
    vpcs: [...machine.vpcs.values()],
  };
}

function sorted<Thing extends { readonly id: string }>(things: readonly Thing[]): readonly Thing[] {
  return [...things].sort((left, right) => (left.id < right.id ? -1 : 1));
}

const groupIds = ['sg-0', 'sg-1', 'sg-2', 'sg-3'];
const group = fc.constantFrom(...groupIds);
const groupsOf = fc.uniqueArray(group, { minLength: 1, maxLength: 3 });
const which = fc.nat(5);
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('create' as const), groups: groupsOf, subnet: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('remove' as const), which }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('regroup' as const), which, groups: groupsOf }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('rules' as const),
      group,
      peers: fc.array(fc.record({ group, port: fc.nat(3), isEgress: fc.boolean() }), { maxLength: 3 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('route' as const), open: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('watch' as const), machine: fc.nat(1), which }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('unwatch' as const), machine: fc.nat(1), which }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('pause' as const), machine: fc.nat(1), applies: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('pass' as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer One> ? One : never;

/** One history, and what is there in the course of it. */
class History {
  readonly opened: OpenedEc2;
  readonly machines: readonly { readonly machine: FakeMachine; readonly watched: Set<string> }[];
  readonly ids: string[] = [];
  #rules = 0;

  private constructor(opened: OpenedEc2, machines: readonly FakeMachine[]) {
    this.opened = opened;
    this.machines = machines.map((machine) => ({ machine, watched: new Set() }));
  }

  static async begin(): Promise<History> {
    const opened = await openEc2();
    for (const id of groupIds) await putGroup(opened, id, []);
    const history = new History(opened, [await opened.connect(), await opened.connect(scope.account)]);
    for (const groups of [['sg-0'], ['sg-1', 'sg-2'], ['sg-3']])
      await history.take({ do: 'create', groups, subnet: 0 });
    return history;
  }

  async take(one: Step): Promise<void> {
    const { opened } = this;
    switch (one.do) {
      case 'create': {
        const made = await opened.createInterface({
          securityGroups: one.groups,
          subnets: [network.subnets[one.subnet]?.id ?? ''],
          assignPublicIp: one.subnet === 1,
        });
        this.ids.push(made.networkInterfaceId);
        return;
      }
      case 'remove':
        return opened.removeInterface(this.#id(one.which));
      case 'regroup':
        return setGroups(opened, this.#id(one.which), one.groups);
      case 'rules':
        return putGroup(
          opened,
          one.group,
          one.peers.map((peer) =>
            rule(`sgr-${(this.#rules += 1)}`, {
              isEgress: peer.isEgress,
              fromPort: peer.port,
              toPort: peer.port,
              peer: { groupId: peer.group },
            }),
          ),
        );
      case 'route': {
        const routes = one.open ? network.routeTable.routes : [];
        await opened.database.transact((tx) =>
          new NetworkWriter(tx, scope).put(routeTables, { ...network.routeTable, routes }),
        );
        return;
      }
      case 'watch':
        return this.#watch(one.machine, this.#id(one.which), true);
      case 'unwatch':
        return this.#watch(one.machine, this.#id(one.which), false);
      case 'pause':
        return this.#pause(one.machine, one.applies);
      case 'pass':
        return opened.pass();
    }
  }

  #id(index: number): string {
    return this.ids[index % Math.max(1, this.ids.length)] ?? 'eni-none';
  }

  #watch(index: number, id: string, on: boolean): void {
    const found = this.machines[index];
    // Who is gone is gone for good: an id never comes again.
    const there = this.opened.database.get(networkInterfaces, networkInterfaceKey(scope, id)) !== undefined;
    if (on && there) found?.watched.add(id);
    if (!on) found?.watched.delete(id);
    found?.machine.report({ type: 'watch', add: on ? [id] : [], remove: on ? [] : [id] });
  }

  #pause(index: number, applies: boolean): void {
    const machine = this.machines[index]?.machine;
    if (machine === undefined) return;
    machine.applies = applies;
    if (applies) machine.report({ type: 'applied', sequence: machine.messages.length });
  }
}

test('[SG-66] after any history a machine knows what the tables say, and never half of it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 30, maxLength: 60, size: 'max' }), async (steps) => {
      const history = await History.begin();
      for (const one of steps) await history.take(one);
      for (const index of [0, 1]) await history.take({ do: 'pause', machine: index, applies: true });
      await history.opened.pass();
      for (const { machine, watched } of history.machines) {
        expect(toldTo(machine)).toEqual(expected(history.opened, watched));
      }
    }),
    { numRuns: 150 },
  );
});
