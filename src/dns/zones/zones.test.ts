import type { Packet, RecordType } from 'dns-packet';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { silentLog, type Cancel, type Clock } from '../../kernel/index.ts';
import type { NameInstance, NameService, NamesMessage, NameZone } from '../../names-protocol/index.ts';
import { codeOf, decide } from '../answer.ts';
import { CloudMapNames } from './cloud-map-names.ts';
import { inCidr } from './in-cidr.ts';
import { KnownZones } from './known-zones.ts';
import { zoneNames } from './zone-names.ts';

const zone: NameZone = { id: 'ns-1', name: 'local.test', cidrs: ['172.31.0.0/16'], soaTtl: 7 };
const instance = (last: number, more: Partial<NameInstance> = {}): NameInstance => ({
  id: `i${last}`,
  healthy: true,
  ipv4: `172.31.0.${last}`,
  port: 8080,
  ...more,
});
const service = (name: string, instances: readonly NameInstance[], more: Partial<NameService> = {}): NameService => ({
  id: `srv-${name}`,
  zoneId: zone.id,
  name,
  routingPolicy: 'MULTIVALUE',
  records: [
    { type: 'A', ttl: 10 },
    { type: 'SRV', ttl: 20 },
  ],
  instances,
  ...more,
});
const message = (more: Partial<NamesMessage>): NamesMessage => ({
  type: 'names',
  zones: [],
  removedZones: [],
  services: [],
  removedServices: [],
  ...more,
});

function known(services: readonly NameService[], zones: readonly NameZone[] = [zone]): KnownZones {
  const made = new KnownZones();
  made.take(message({ whole: 'last', zones, services }));
  return made;
}

const fraction = (): number => Math.random();

function ask(
  from: KnownZones,
  name: string,
  type: RecordType = 'A',
  address = '172.31.9.9',
  kind: 'task' | 'host' = 'task',
) {
  const packet: Packet = { type: 'query', id: 1, questions: [{ name, type }] };
  const decision = decide(packet, zoneNames(from, fraction), { kind, address });
  if ('forward' in decision) return { code: 'forward', data: [] as unknown[], ttls: [], soa: undefined };
  const { answers = [], authorities = [] } = decision.answer;
  return {
    code: codeOf(decision.answer),
    data: answers.map((one) => ('data' in one ? one.data : undefined) as unknown),
    ttls: answers.map((one) => ('ttl' in one ? one.ttl : undefined)),
    soa: authorities[0] as { name: string; ttl: number } | undefined,
  };
}

describe('names of private namespaces', () => {
  const two = known([service('web', [instance(1), instance(2)])]);

  test('[CM-30] A: the addresses of the instances, with the TTL of the record', () => {
    const { code, data, ttls } = ask(two, 'WEB.local.test.');
    expect([code, data.map(String).sort(), ttls]).toEqual(['NOERROR', ['172.31.0.1', '172.31.0.2'], [10, 10]]);
  });

  test('[CM-31] SRV: targets that have addresses of their own', () => {
    const { data, ttls } = ask(two, 'web.local.test', 'SRV');
    expect(ttls).toEqual([20, 20]);
    const targets = data as { target: string; port: number; priority: number; weight: number }[];
    expect(targets.map(({ port, priority, weight }) => [port, priority, weight])).toEqual([
      [8080, 1, 1],
      [8080, 1, 1],
    ]);
    for (const { target } of targets) expect(ask(two, target).data).toEqual([`172.31.0.${target.charAt(1)}`]);
    expect(
      ask(known([service('web', [instance(1)], { records: [{ type: 'A', ttl: 1 }] })]), 'i1.web.local.test').code,
    ).toBe('NXDOMAIN');
  });

  test.each([
    ['no such name', 'no.local.test', 'A', 'NXDOMAIN'],
    ['a service without instances', 'empty.local.test', 'A', 'NXDOMAIN'],
    ['a name without records of the type', 'web.local.test', 'AAAA', 'NOERROR'],
    ['the zone itself', 'local.test', 'A', 'NOERROR'],
    ['a name above others', 'b.local.test', 'A', 'NOERROR'],
  ] as const)('[CM-32] %s: no answer, remembered as long as the zone says', (_name, name, type, code) => {
    const some = known([service('web', [instance(1)]), service('empty', []), service('a.b', [instance(2)])]);
    expect(ask(some, name, type)).toMatchObject({ code, data: [], soa: { name: 'local.test', ttl: 7 } });
  });

  test('[DNS-9] a zone that is everywhere is seen by all, whatever other zones their VPC has', () => {
    const open: NameZone = {
      id: 'rds-1',
      name: 'c1.us-east-1.rds.amazonaws.com',
      cidrs: [],
      everywhere: true,
      soaTtl: 5,
    };
    const database = service('shop', [instance(9)], { zoneId: open.id, records: [{ type: 'A', ttl: 5 }] });
    const both = known([database, service('web', [instance(1)])], [zone, open]);
    for (const address of ['172.31.9.9', '10.0.0.1', '127.0.0.1'])
      expect(ask(both, 'shop.c1.us-east-1.rds.amazonaws.com', 'A', address).data).toEqual(['172.31.0.9']);
    expect(ask(both, 'other.c1.us-east-1.rds.amazonaws.com').code).toBe('NXDOMAIN');
    // It changes nothing for the others.
    expect(ask(both, 'web.local.test', 'A', '10.0.0.1').data).toEqual(['172.31.0.1']);
  });

  test('[CM-32] other names are asked on', () => {
    expect(ask(two, 'test').code).toBe('forward');
    expect(ask(two, 'xlocal.test').code).toBe('forward');
  });

  test('[CM-33] at most eight instances, healthy ones only, in random order; all when none is healthy; WEIGHTED one', () => {
    fc.assert(
      fc.property(
        fc.array(fc.boolean(), { minLength: 1, maxLength: 20 }),
        fc.constantFrom('MULTIVALUE' as const, 'WEIGHTED' as const),
        (healths, routingPolicy) => {
          const instances = healths.map((healthy, n) => instance(n, { healthy }));
          const { data } = ask(known([service('web', instances, { routingPolicy })]), 'web.local.test');
          const healthy = instances.filter((one) => one.healthy);
          const may = new Set((healthy.length > 0 ? healthy : instances).map(({ ipv4 }) => ipv4));
          expect(data.length).toBe(Math.min(may.size, routingPolicy === 'WEIGHTED' ? 1 : 8));
          expect(new Set(data).size).toBe(data.length);
          for (const one of data) expect(may.has(one as string)).toBe(true);
        },
      ),
    );
    const many = known([
      service(
        'web',
        [1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => instance(n)),
        { routingPolicy: 'WEIGHTED' },
      ),
    ]);
    const seen = new Set(Array.from({ length: 300 }, () => ask(many, 'web.local.test').data[0]));
    expect(seen.size).toBe(9);
  });

  test('[CM-33] CNAME and AAAA', () => {
    const alias = service('a', [{ id: 'x', healthy: true, cname: 'example.com' }], {
      routingPolicy: 'WEIGHTED',
      records: [{ type: 'CNAME', ttl: 5 }],
    });
    expect(ask(known([alias]), 'a.local.test').data).toEqual(['example.com']);
    const six = service('six', [{ id: 'x', healthy: true, ipv6: 'fd00::1' }], { records: [{ type: 'AAAA', ttl: 5 }] });
    expect(ask(known([six]), 'six.local.test', 'AAAA').data).toEqual(['fd00::1']);
  });

  test('[CM-34] a task in the VPC of a namespace sees that VPC only; the most exact zone answers; others see all', () => {
    const other: NameZone = { id: 'ns-2', name: 'local.test', cidrs: ['10.0.0.0/16'], soaTtl: 7 };
    const deep: NameZone = { id: 'ns-3', name: 'web.local.test', cidrs: ['10.0.0.0/16'], soaTtl: 9 };
    const services = [
      service('web', [instance(1)]),
      service('web', [instance(2)], { id: 'srv-2', zoneId: 'ns-2' }),
      service('x', [instance(3)], { id: 'srv-3', zoneId: 'ns-3' }),
    ];
    const both = known(services, [zone, other, deep]);
    expect(ask(both, 'web.local.test', 'A', '172.31.9.9').data).toEqual(['172.31.0.1']);
    expect(ask(both, 'x.web.local.test', 'A', '172.31.9.9').code).toBe('NXDOMAIN');
    expect(ask(both, 'x.web.local.test', 'A', '10.0.0.9').data).toEqual(['172.31.0.3']);
    expect(ask(known(services, [zone, deep]), 'web.local.test', 'A', '10.0.0.9')).toMatchObject({
      code: 'NOERROR',
      data: [],
    });
    expect(ask(known(services, [zone, other]), 'web.local.test', 'A', '10.0.0.9').data).toEqual(['172.31.0.2']);
    expect(ask(known(services, [other]), 'web.local.test', 'A', '10.1.0.9').data).toEqual(['172.31.0.2']);
    expect(ask(known([service('web', [instance(1)])], [zone, deep]), 'web.local.test', 'A', '10.0.0.9').soa?.ttl).toBe(
      9,
    );
    expect(ask(both, 'web.local.test', 'A', '172.17.0.2').data).toEqual([]);
    expect(ask(known(services, [zone, other]), 'web.local.test', 'A', '127.0.0.1', 'host').data).toEqual([
      '172.31.0.1',
    ]);
  });
});

describe('what is known', () => {
  test('[CM-35] a whole state is at work when all of it has come, and replaces what was', () => {
    const made = known([service('web', [instance(1)])]);
    expect(made.take(message({ whole: 'more', zones: [zone], services: [service('a', [instance(2)])] }))).toBe(false);
    expect(ask(made, 'web.local.test').data).toEqual(['172.31.0.1']);
    made.take(message({ whole: 'last', services: [service('b', [instance(3)])] }));
    expect(['web', 'a', 'b'].map((name) => ask(made, `${name}.local.test`).data[0])).toEqual([
      undefined,
      '172.31.0.2',
      '172.31.0.3',
    ]);
  });

  test('[CM-35] parts of a connection that ended are void; changes replace single things', () => {
    const made = known([service('web', [instance(1)])]);
    made.take(message({ whole: 'more', services: [service('lost', [instance(9)])] }));
    made.forgetParts();
    made.take(message({ services: [service('web', [instance(2)])] }));
    expect(ask(made, 'lost.local.test').code).toBe('NXDOMAIN');
    expect(ask(made, 'web.local.test').data).toEqual(['172.31.0.2']);
    made.take(message({ removedServices: ['srv-web'] }));
    expect(ask(made, 'web.local.test').code).toBe('NXDOMAIN');
    made.take(message({ removedZones: [zone.id] }));
    expect(ask(made, 'web.local.test').code).toBe('forward');
  });

  test('[CM-36] is kept for a start while the control plane is away, and only for the same one', () => {
    let text: string | undefined;
    const timers: (() => void)[] = [];
    const clock = {
      nowMs: () => 0,
      after(_ms: number, act: () => void): Cancel {
        timers.push(act);
        return () => undefined;
      },
    } as unknown as Clock;
    const open = (endpoint: string): CloudMapNames =>
      new CloudMapNames({
        kept: { read: () => text, write: (given) => void (text = given) },
        endpoint,
        clock,
        log: silentLog,
        fraction,
      });
    const asker = { kind: 'task', address: '172.31.9.9' } as const;
    const first = open('http://one');
    first.take({ type: 'something newer' });
    first.take(message({ whole: 'last', zones: [zone], services: [service('web', [instance(1)])] }));
    first.take(message({}));
    expect(timers).toHaveLength(1);
    for (const act of timers) act();
    expect(open('http://one').names.lookup('web.local.test', asker)).toContainEqual({
      type: 'A',
      data: '172.31.0.1',
      ttl: 10,
    });
    expect(open('http://two').names.lookup('web.local.test', asker)).toBeUndefined();
    text = '{';
    expect(open('http://one').names.lookup('web.local.test', asker)).toBeUndefined();
  });
});

test.each([
  ['172.31.5.5', '172.31.0.0/16', true],
  ['::ffff:172.31.5.5', '172.31.0.0/16', true],
  ['172.32.0.0', '172.31.0.0/16', false],
  ['10.0.0.129', '10.0.0.128/25', true],
  ['10.0.0.127', '10.0.0.128/25', false],
  ['1.2.3.4', '0.0.0.0/0', true],
  ['::1', '0.0.0.0/0', false],
  ['1.2.3.4', '1.2.3.4', false],
])('[CM-34] %s is in %s: %s', (address, cidr, want) => {
  expect(inCidr(address, cidr)).toBe(want);
});
