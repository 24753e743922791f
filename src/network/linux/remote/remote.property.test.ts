import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RemoteChange, Underlay } from '../../../network-protocol/index.ts';
import { applied, changedRemotes, emptyPicture, movedAddresses, noChange, noRemotes, wholeOf } from '../../index.ts';
import { OwnRoutes } from './own-routes.ts';
import { desiredRoutes, metricOf, routeCommands, routesOf, targetOf, type Target } from './remote-routes.ts';
import { vxlanMac } from './vxlan-names.ts';
import { wayTo, type Way } from './way.ts';

const own: Underlay = { address: '192.168.0.1', vxlan: 'across' };
const machine = (n: number, vxlan: Underlay['vxlan'] = 'across'): Underlay => ({
  address: `192.168.${n % 2}.${n + 1}`,
  vxlan,
});
/** Machine 0 is this one, those with even numbers share its segment, the others are behind a router; 5 is not there. */
const ways = (to: Underlay): Way =>
  wayTo(
    own,
    to,
    to.address.endsWith('.6')
      ? undefined
      : to.address.startsWith('192.168.0.')
        ? { dev: 'eth0' }
        : { dev: 'eth0', gateway: '192.168.0.254' },
  );
const vpcs = new Map([
  ['vpc-1', ['10.1.0.0/16']],
  ['vpc-2', ['10.2.0.0/16', '10.3.0.0/16']],
]);

const address = (vpc: number) => fc.nat(6).map((n) => `10.${vpc}.0.${n}`);
const change = fc
  .record({
    vpc: fc.integer({ min: 1, max: 2 }),
    whole: fc.nat(4).map((n) => n === 0),
    drop: fc.nat(9).map((n) => n === 0),
  })
  .chain(({ vpc, whole, drop }) =>
    fc.record({
      removedVpcs: fc.constant(drop ? [`vpc-${vpc}`] : []),
      remotes: fc
        .record({
          at: fc.array(
            fc.record({
              machine: fc.nat(5).map((n) => machine(n)),
              addresses: fc.array(address(vpc), { maxLength: 3 }),
            }),
            { maxLength: 3 },
          ),
          gone: fc.array(address(vpc), { maxLength: 2 }),
        })
        .map((made): readonly RemoteChange[] => (drop ? [] : [{ vpcId: `vpc-${vpc}`, whole, ...made }])),
    }),
  );

/** What the kernel has, by destination and metric, after commands. */
function run(kernel: Map<string, string>, commands: readonly string[]): void {
  for (const command of commands) {
    const [, verb = '', what = '', tail = ''] = /^route (\S+) (?:unreachable )?(\S+)(.*)$/.exec(command) ?? [];
    const metric = /metric (\d+)$/.exec(tail)?.[1];
    const key = `${what} ${metric}`;
    if (verb === 'delete' && !kernel.delete(key)) throw new Error(`no such route: ${command}`);
    if (verb === 'replace') kernel.set(key, command);
  }
}

describe('routes to tasks on other machines', () => {
  test('[NM-3] that were changed step by step are those that are made at once', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 25 }), (changes) => {
        const metric = metricOf('a');
        const kernel = new Map<string, string>();
        const routes = new OwnRoutes();
        let remotes = noRemotes;
        for (const one of changes) {
          const touched = movedAddresses(remotes, one);
          remotes = changedRemotes(remotes, one);
          const [was, is] = [new Map<string, Target>(), new Map<string, Target>()];
          for (const to of touched) {
            const [now, next] = [routes.get(to), targetOf({ remotes, blocks: vpcs, wayTo: ways }, to)];
            if (now !== undefined) was.set(to, now);
            if (next !== undefined) is.set(to, next);
            routes.set(to, next);
          }
          run(kernel, routeCommands(metric, was, is));
        }
        const wanted = desiredRoutes({ remotes, blocks: vpcs, wayTo: ways });
        const fresh = new Map<string, string>();
        run(fresh, routeCommands(metric, new Map(), wanted));
        // Blocks are not part of a change of addresses.
        for (const block of [...vpcs.values()].flat()) fresh.delete(`${block} ${metric}`);
        expect(kernel).toEqual(fresh);
        for (const to of ['192.168.0.3', '192.168.1.2', '192.168.1.4'])
          expect(routes.leadTo(to)).toBe(
            [...wanted.values()].some((target) => target !== 'unreachable' && target.via === to),
          );
      }),
    );
  });

  test('[NM-3] whatever is there becomes what is to be', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 8 }), fc.array(change, { maxLength: 8 }), (before, after) => {
        const of = (changes: typeof before) =>
          desiredRoutes({ remotes: changes.reduce(changedRemotes, noRemotes), blocks: vpcs, wayTo: ways });
        const kernel = new Map<string, string>();
        const [was, is] = [of(before), of(after)];
        run(kernel, routeCommands(7, new Map(), was));
        run(kernel, routeCommands(7, was, is));
        const fresh = new Map<string, string>();
        run(fresh, routeCommands(7, new Map(), is));
        expect(kernel).toEqual(fresh);
      }),
    );
  });

  test('[NM-2] a whole picture says the same as the changes that made it', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 15 }), (changes) => {
        const picture = changes.reduce((known, one) => applied(known, { ...noChange, ...one }), emptyPicture);
        expect(applied(emptyPicture, wholeOf(picture)).remotes).toEqual(picture.remotes);
      }),
    );
  });

  test('[NM-1] straight on one segment, in VXLAN across, and the same seen from both sides', () => {
    const near = { dev: 'eth0' };
    const far = { dev: 'eth0', gateway: '192.168.0.254' };
    const way = (mine: Underlay['vxlan'], theirs: Underlay['vxlan'], route: object | undefined): string =>
      wayTo({ ...own, vxlan: mine }, machine(2, theirs), route).kind;
    expect(way('across', 'across', near)).toBe('plain');
    expect(way('across', 'across', far)).toBe('vxlan');
    expect(way('never', 'across', near)).toBe('plain');
    expect(way('never', 'across', far)).toBe('none');
    expect(way('always', 'across', near)).toBe('vxlan');
    expect(way('always', 'never', near)).toBe('none');
    expect(way('across', 'across', undefined)).toBe('none');
    expect(way('across', 'across', { type: 'local', dev: 'lo' })).toBe('here');
    expect(wayTo(own, own, undefined).kind).toBe('here');
    for (const [mine, theirs] of [
      ['across', 'always'],
      ['never', 'always'],
      ['never', 'across'],
    ] as const)
      for (const route of [near, far]) expect(way(mine, theirs, route)).toBe(way(theirs, mine, route));
    expect(vxlanMac('192.168.0.17')).toBe('0a:4c:c0:a8:00:11');
  });

  test('[NM-9] owners have routes of their own', () => {
    expect(metricOf('a')).not.toBe(metricOf('b'));
    const listed = [
      { dst: '10.1.0.2', gateway: '192.168.0.3', dev: 'eth0', metric: metricOf('a') },
      { dst: '10.1.0.2', gateway: '192.168.0.5', dev: 'lsx0', metric: metricOf('b') },
      { type: 'unreachable', dst: '10.1.0.0/16', metric: metricOf('a') },
    ];
    expect([...routesOf(listed, metricOf('a'))]).toEqual([
      ['10.1.0.2', { via: '192.168.0.3', device: 'eth0' }],
      ['10.1.0.0/16', 'unreachable'],
    ]);
  });
});
