import { describe, expect, test } from 'vitest';
import { isIPv6Text } from './addresses.ts';
import { openServiceDiscovery, outcome } from './contract/opened-service-discovery.ts';

const a = { DnsConfig: { DnsRecords: [{ Type: 'A', TTL: 10 }] } } as const;
const custom = { ...a, HealthCheckCustomConfig: { FailureThreshold: 1 } } as const;
const at = (last: number): { AWS_INSTANCE_IPV4: string } => ({ AWS_INSTANCE_IPV4: `172.31.0.${last}` });

describe('instances', () => {
  const rules = [
    ['no address', { DnsConfig: a.DnsConfig }, {}, /has A records: the attribute AWS_INSTANCE_IPV4 must be specified/],
    [
      'an address that is none',
      { DnsConfig: a.DnsConfig },
      { AWS_INSTANCE_IPV4: '1.2.3.256' },
      /is not an IPv4 address/,
    ],
    ['no port', { DnsConfig: { DnsRecords: [{ Type: 'SRV', TTL: 1 }] } }, at(1), /AWS_INSTANCE_PORT must be specified/],
    [
      'a port that is none',
      { DnsConfig: a.DnsConfig },
      { ...at(1), AWS_INSTANCE_PORT: '0' },
      /must be between 1 and 65535/,
    ],
    [
      'an alias',
      { DnsConfig: a.DnsConfig },
      { AWS_ALIAS_DNS_NAME: 'x' },
      /AWS_ALIAS_DNS_NAME is not implemented by Longshore/,
    ],
    [
      'health without a check',
      { DnsConfig: a.DnsConfig },
      { ...at(1), AWS_INIT_HEALTH_STATUS: 'HEALTHY' },
      /only for services with/,
    ],
    ['health that is none', custom, { ...at(1), AWS_INIT_HEALTH_STATUS: 'fine' }, /must be HEALTHY or UNHEALTHY/],
    [
      'a space before a value',
      { DnsConfig: a.DnsConfig },
      { ...at(1), x: ' y' },
      /value of the attribute 'x' is not valid/,
    ],
    [
      'too many attributes',
      { DnsConfig: a.DnsConfig },
      { ...at(1), ...Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`k${n}`, 'v'])) },
      /at most 30 attributes/,
    ],
    [
      'too long attributes',
      { DnsConfig: a.DnsConfig },
      { ...at(1), ...Object.fromEntries([1, 2, 3, 4, 5].map((n) => [`k${n}`, 'v'.repeat(1_024)])) },
      /at most 5000 characters/,
    ],
  ] as const;
  test.each(rules)('[CM-12] refuses %s', async (_name, more, Attributes, want) => {
    const { call, newZone, newService } = await openServiceDiscovery();
    const ServiceId = await newService(await newZone(), 'web', more as never);
    expect(await outcome(call('RegisterInstance', { ServiceId, InstanceId: 'i', Attributes }))).toMatch(want);
  });

  test('[CM-13] are registered anew under their id, the same request once; and leave', async () => {
    const { call, newZone, newService } = await openServiceDiscovery();
    const ServiceId = await newService(await newZone());
    const input = { ServiceId, InstanceId: 'i', Attributes: at(1), CreatorRequestId: 'one' };
    const first = await call('RegisterInstance', input);
    expect(await call('RegisterInstance', input)).toEqual(first);
    expect(await call('RegisterInstance', { ...input, Attributes: at(2) })).not.toEqual(first);
    expect((await call('GetInstance', { ServiceId, InstanceId: 'i' })).Instance).toMatchObject({
      Id: 'i',
      Attributes: at(2),
    });
    expect((await call('ListInstances', { ServiceId })).Instances).toHaveLength(1);
    await call('DeregisterInstance', { ServiceId, InstanceId: 'i' });
    expect(await outcome(call('DeregisterInstance', { ServiceId, InstanceId: 'i' }))).toMatch(/^InstanceNotFound/);
    expect(await outcome(call('GetInstance', { ServiceId, InstanceId: 'i' }))).toMatch(/^InstanceNotFound/);
  });

  test('[CM-14] custom health is what was said last; without a check it is unknown', async () => {
    const { call, newZone, newService } = await openServiceDiscovery();
    const zone = await newZone();
    const ServiceId = await newService(zone, 'web', custom);
    await call('RegisterInstance', { ServiceId, InstanceId: 'a', Attributes: at(1) });
    await call('RegisterInstance', {
      ServiceId,
      InstanceId: 'b',
      Attributes: { ...at(2), AWS_INIT_HEALTH_STATUS: 'UNHEALTHY' },
    });
    const status = async () => (await call('GetInstancesHealthStatus', { ServiceId })).Status;
    expect(await status()).toEqual({ a: 'HEALTHY', b: 'UNHEALTHY' });
    await call('UpdateInstanceCustomHealthStatus', { ServiceId, InstanceId: 'a', Status: 'UNHEALTHY' });
    expect(await status()).toEqual({ a: 'UNHEALTHY', b: 'UNHEALTHY' });
    expect((await call('GetInstancesHealthStatus', { ServiceId, Instances: ['b'] })).Status).toEqual({
      b: 'UNHEALTHY',
    });
    expect(await outcome(call('GetInstancesHealthStatus', { ServiceId, Instances: ['c'] }))).toMatch(
      /^InstanceNotFound/,
    );
    const plain = await newService(zone, 'plain');
    await call('RegisterInstance', { ServiceId: plain, InstanceId: 'a', Attributes: at(1) });
    expect((await call('GetInstancesHealthStatus', { ServiceId: plain })).Status).toEqual({ a: 'UNKNOWN' });
    const told = call('UpdateInstanceCustomHealthStatus', { ServiceId: plain, InstanceId: 'a', Status: 'HEALTHY' });
    expect(await outcome(told)).toMatch(/^CustomHealthNotFound/);
  });
});

test.each([
  ['::', true],
  ['::1', true],
  ['2001:db8::abcd:1:2345', true],
  ['1:2:3:4:5:6:7:8', true],
  ['::ffff:172.31.0.1', true],
  ['1:2:3:4:5:6:7', false],
  ['1::2::3', false],
  ['12345::', false],
  ['', false],
])('[CM-12] %s is an IPv6 address: %s', (text, want) => {
  expect(isIPv6Text(text)).toBe(want);
});
