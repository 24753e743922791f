import { describe, expect, test } from 'vitest';
import { InvalidArgument } from '../../kernel/index.ts';
import { checkOwner } from '../index.ts';
import type { TaskInterface } from '../index.ts';
import { aliasOf, interfaceName, recordFor, recordOf } from './names.ts';
import { overlap, routeInTheWay } from './routes.ts';
import { addScript, removeScript, tableScript } from './rules.ts';

const wanted: TaskInterface = {
  id: 'eni-0123456789abcdef0',
  macAddress: '0a:58:ac:1f:10:0a',
  address: '172.31.16.10',
  prefixLength: 20,
  gateway: '172.31.16.1',
  vpcPrefixes: ['172.31.0.0/16', '10.9.0.0/16'],
  internetAccess: false,
};

describe('names', () => {
  test('fit into 15 characters and differ where ids differ', () => {
    expect(interfaceName(wanted.id)).toBe('lsv56789abcdef0');
    expect(interfaceName(wanted.id)).toHaveLength(15);
  });

  test('what is known of an interface is read back from its alias', () => {
    const record = recordFor('i-1', wanted);
    expect(recordOf(aliasOf(record))).toEqual(record);
    expect(recordOf(aliasOf({ ...record, internetAccess: true }))).toMatchObject({ internetAccess: true });
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

  test('only what others made, or another VPC of ours, is in the way', () => {
    const own = [
      { dst: '172.31.0.0/16', type: 'unreachable', protocol: '76' },
      { dst: '172.31.16.10', dev: 'lsv1', protocol: '76' },
    ];
    expect(routeInTheWay([{ dst: 'default', protocol: 'dhcp' }, ...own], '172.31.0.0/16')).toBeUndefined();
    expect(routeInTheWay(own, '172.31.0.0/20')).toEqual(own[0]);
    const lan = { dst: '172.31.16.0/20', dev: 'eth0', protocol: 'kernel' };
    expect(routeInTheWay([...own, lan], '172.31.0.0/16')).toEqual(lan);
  });
});

describe('rules', () => {
  test('only tasks with internet access are in the set of those that may leave', () => {
    const record = recordFor('i-1', wanted);
    expect(addScript([record])).not.toContain('internet');
    const open = addScript([{ ...record, internetAccess: true }]);
    expect(open).toContain('add element inet longshore internet { "lsv56789abcdef0" . 172.31.16.10 }');
  });

  test('prefixes of a VPC belong together in all pairs', () => {
    const pairs = '10.9.0.0/16 . 172.31.0.0/16';
    expect(addScript([recordFor('i-1', wanted)])).toContain(pairs);
  });

  test('removing adds first, so that it may be repeated', () => {
    expect(
      removeScript(wanted)
        .trim()
        .split('\n')
        .map((line) => line.split(' ').slice(0, 5).join(' ')),
    ).toEqual([
      'add element inet longshore task_sources',
      'add element inet longshore internet',
      'delete element inet longshore task_sources',
      'delete element inet longshore internet',
    ]);
  });

  test('the table keeps sets and writes rules anew', () => {
    const script = tableScript('i-1');
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
