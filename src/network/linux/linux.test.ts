import { describe, expect, test } from 'vitest';
import { InvalidArgument } from '../../kernel/index.ts';
import { checkOwner } from '../index.ts';
import type { TaskInterface } from '../index.ts';
import { aliasOf, interfaceName, recordFor, recordOf } from './names.ts';
import { ownersIn } from './owners.ts';
import { networksOf, overlap } from './prefixes.ts';
import { reconcileCommands, routeInTheWay } from './routes.ts';
import { addScript, removeScript, setsScript, tableScript } from './rules.ts';

const wanted: TaskInterface = {
  id: 'eni-0123456789abcdef0',
  macAddress: '0a:58:ac:1f:10:0a',
  address: '172.31.16.10',
  prefixLength: 20,
  gateway: '172.31.16.1',
  vpcPrefixes: ['172.31.0.0/16', '10.9.0.0/16'],
};

describe('names', () => {
  test('fit into 15 characters and differ where ids differ', () => {
    expect(interfaceName(wanted.id)).toBe('lsv56789abcdef0');
    expect(interfaceName(wanted.id)).toHaveLength(15);
  });

  test('what is known of an interface is read back from its alias', () => {
    const record = recordFor('i-1', wanted);
    expect(recordOf(aliasOf(record))).toEqual(record);
    // As earlier versions wrote it.
    expect(recordOf(aliasOf(record).replace('::', ':internet:'))).toEqual(record);
  });

  test.each(['', 'something else', 'longshore:only', 'longshore:a:b:c:d:internet:'])(
    'alias %j is not ours',
    (alias) => {
      expect(recordOf(alias)).toBeUndefined();
    },
  );

  test.each<Partial<TaskInterface>>([
    { id: 'eni-1; reboot' },
    { id: 'eni-123' },
    { address: '172.31.16' },
    { address: '172.31.16.10 dev eth0' },
    { address: '172.31.16.256' },
    { gateway: 'fe80::1' },
    { macAddress: '0a:58' },
    { prefixLength: 0 },
    { vpcPrefixes: [] },
    { vpcPrefixes: ['0.0.0.0/0'] },
    { vpcPrefixes: ['172.31.0.0/16 }'] },
  ])('refuses %j, which would become part of a command', (change) => {
    expect(() => recordFor('i-1', { ...wanted, ...change })).toThrow(InvalidArgument);
  });

  test('refuses an owner that is no name', () => {
    expect(() => checkOwner('a b')).toThrow(InvalidArgument);
    expect(() => checkOwner('i-0abc')).not.toThrow();
  });
});

describe('routes', () => {
  test.each([
    ['10.0.0.0/8', '10.213.0.0/16', true],
    ['10.213.4.0/24', '10.213.0.0/16', true],
    ['10.213.0.5', '10.213.0.0/16', true],
    ['10.214.0.0/16', '10.213.0.0/16', false],
    ['192.168.0.0/16', '10.213.0.0/16', false],
    ['255.255.255.255', '255.255.0.0/16', true],
  ])('%s and %s overlap: %s', (a, b, expected) => {
    expect(overlap(a, b)).toBe(expected);
    expect(overlap(b, a)).toBe(expected);
  });

  test('only what others made is in the way', () => {
    const own = [
      { dst: '172.31.0.0/16', type: 'unreachable', protocol: '76' },
      { dst: '172.31.16.10', dev: 'lsv1', protocol: '76' },
    ];
    expect(routeInTheWay([{ dst: 'default', protocol: 'dhcp' }, ...own], '172.31.0.0/16')).toBeUndefined();
    expect(routeInTheWay(own, '172.31.0.0/20')).toBeUndefined();
    const lan = { dst: '172.31.16.0/20', dev: 'eth0', protocol: 'kernel' };
    expect(routeInTheWay([...own, lan], '172.31.0.0/16')).toEqual(lan);
  });

  test('what no interface needs is removed, what one needs is made', () => {
    const record = recordFor('i-1', wanted);
    const found = {
      routes: [
        { dst: '172.31.96.0/20', type: 'unreachable' },
        { dst: '172.31.0.0/16', type: 'unreachable' },
        { dst: '172.31.0.18', dev: 'lsv0000000000ff' },
        { dst: '172.31.16.10', dev: 'lsv56789abcdef0' },
      ],
      addresses: [
        { local: '169.254.170.2', prefixlen: 32 },
        { local: '172.31.96.1', prefixlen: 32 },
      ],
    };
    const commands = reconcileCommands([record], found);
    expect(commands.filter((command) => command.includes('delete'))).toEqual([
      'route delete unreachable 172.31.96.0/20 proto 76',
      'route delete 172.31.0.18 dev lsv0000000000ff proto 76',
      'addr delete 172.31.96.1/32 dev lo',
    ]);
    for (const made of ['172.31.16.1/32', 'unreachable 172.31.0.0/16', 'unreachable 10.9.0.0/16', '172.31.16.10/32'])
      expect(commands.some((command) => command.includes(` replace ${made} `))).toBe(true);
  });
});

describe('networks', () => {
  test.each([
    [[], []],
    [
      [['10.0.0.0/16'], ['10.1.0.0/16'], ['10.0.0.0/16']],
      [['10.1.0.0/16'], ['10.0.0.0/16']],
    ],
    [[['172.31.96.0/20'], ['172.31.0.0/16']], [['172.31.0.0/16']]],
    [[['172.31.0.0/16'], ['172.31.96.0/20']], [['172.31.0.0/16']]],
    // A VPC that overlaps two others joins them.
    [[['10.1.0.0/16'], ['10.2.0.0/16'], ['10.1.4.0/24', '10.2.0.0/15']], [['10.2.0.0/15', '10.1.0.0/16']]],
  ])('of VPCs %j are %j', (vpcs, networks) => {
    expect(networksOf(vpcs)).toEqual(networks);
  });
});

describe('owners', () => {
  test('are read from the list of sockets', () => {
    const sockets = [
      'Num       RefCount Protocol Flags    Type St Inode Path',
      '0000000000000000: 00000002 00000000 00010000 0001 01 41 @longshore/network/owner/fargate-0a/812',
      '0000000000000000: 00000002 00000000 00010000 0001 01 42 @longshore/network/lock',
      '0000000000000000: 00000002 00000000 00010000 0001 01 43 /run/@longshore/network/owner/no/1',
    ].join('\n');
    expect(ownersIn(sockets)).toEqual([{ owner: 'fargate-0a', pid: 812 }]);
  });
});

describe('rules', () => {
  test('prefixes of a VPC belong together in all pairs', () => {
    const pairs = '10.9.0.0/16 . 172.31.0.0/16';
    expect(addScript(recordFor('i-1', wanted))).toContain(pairs);
  });

  test('the sets of VPCs that overlap are written without overlap', () => {
    const record = recordFor('i-1', { ...wanted, vpcPrefixes: ['172.31.0.0/16'] });
    const script = setsScript([{ ...record, vpcPrefixes: ['172.31.96.0/20'] }, record]);
    expect(script).toContain('add element inet longshore vpc { 172.31.0.0/16 }\n');
    expect(script).not.toContain('172.31.96.0');
    expect(setsScript([])).not.toContain('element');
  });

  test('removing adds first, so that it may be repeated', () => {
    expect(
      removeScript(wanted)
        .trim()
        .split('\n')
        .map((line) => line.split(' ').slice(0, 5).join(' ')),
    ).toEqual(['add element inet longshore task_sources', 'delete element inet longshore task_sources']);
  });

  test('the table keeps sets and writes rules anew', () => {
    const script = tableScript();
    expect(script).not.toMatch(/flush (set|table|ruleset)/);
    for (const chain of [
      'sources',
      'input',
      'egress',
      'ingress',
      'leaving',
      'task_egress',
      'task_ingress',
      'local_services',
    ]) {
      expect(script.indexOf(`flush chain inet longshore ${chain}\n`)).toBeLessThan(
        script.indexOf(`add rule inet longshore ${chain} `),
      );
    }
  });
});
