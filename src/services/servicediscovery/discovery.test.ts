import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openServiceDiscovery, outcome, scope } from './contract/opened-service-discovery.ts';
import { discovered } from './discovery.ts';
import type { InstanceRecord } from './records/instance.ts';

const a = { DnsConfig: { DnsRecords: [{ Type: 'A', TTL: 10 }] } } as const;
const custom = { ...a, HealthCheckCustomConfig: { FailureThreshold: 1 } } as const;
const at = (last: number): { AWS_INSTANCE_IPV4: string } => ({ AWS_INSTANCE_IPV4: `172.31.0.${last}` });

describe('discovery', () => {
  const row = (id: string, attributes: Record<string, string>, health?: 'HEALTHY' | 'UNHEALTHY'): InstanceRecord => ({
    ...scope,
    serviceId: 's',
    id,
    attributes,
    ...(health === undefined ? {} : { health }),
  });
  const rows = [
    row('a', { v: '1', z: 'x' }, 'HEALTHY'),
    row('b', { v: '1', z: 'y' }, 'UNHEALTHY'),
    row('c', { v: '2' }, 'UNHEALTHY'),
  ];
  test.each([
    ['all', {}, {}, 'ALL', 'abc'],
    ['by attributes', { v: '1' }, {}, 'ALL', 'ab'],
    ['by preference', { v: '1' }, { z: 'y' }, 'ALL', 'b'],
    ['a preference that nobody has', { v: '1' }, { z: 'no' }, 'ALL', 'ab'],
    ['healthy ones', {}, {}, 'HEALTHY', 'a'],
    ['unhealthy ones', {}, {}, 'UNHEALTHY', 'bc'],
    ['healthy, else all', { v: '2' }, {}, 'HEALTHY_OR_ELSE_ALL', 'c'],
    ['healthy before others', {}, {}, 'HEALTHY_OR_ELSE_ALL', 'a'],
  ] as const)('[CM-15] %s', (_name, required, optional, health, want) => {
    expect(
      discovered(rows, true, { required, optional, health })
        .map(({ id }) => id)
        .join(''),
    ).toBe(want);
  });

  test('[CM-15] without a health check, health does not count', () => {
    expect(discovered(rows, false, { required: {}, optional: {}, health: 'UNHEALTHY' })).toHaveLength(3);
  });

  test('[CM-16] finds by names, at most as many as asked for, with a revision that follows instances and not their health', async () => {
    const { call, newZone, newService } = await openServiceDiscovery();
    const ServiceId = await newService(await newZone(), 'web', custom);
    const names = { NamespaceName: 'local.test', ServiceName: 'web' };
    for (const n of [1, 2, 3]) await call('RegisterInstance', { ServiceId, InstanceId: `i${n}`, Attributes: at(n) });
    const found = await call('DiscoverInstances', names);
    expect(found.Instances?.map(({ InstanceId }) => InstanceId).sort()).toEqual(['i1', 'i2', 'i3']);
    expect(found.Instances?.[0]).toMatchObject({ ...names, HealthStatus: 'HEALTHY' });
    expect((await call('DiscoverInstances', { ...names, MaxResults: 2 })).Instances).toHaveLength(2);
    const revision = async () => (await call('DiscoverInstancesRevision', names)).InstancesRevision ?? 0;
    expect(await revision()).toBe(found.InstancesRevision);
    await call('UpdateInstanceCustomHealthStatus', { ServiceId, InstanceId: 'i1', Status: 'UNHEALTHY' });
    expect(await revision()).toBe(found.InstancesRevision);
    await call('DeregisterInstance', { ServiceId, InstanceId: 'i1' });
    expect(await revision()).toBeGreaterThan(found.InstancesRevision ?? 0);
    expect(await outcome(call('DiscoverInstances', { ...names, ServiceName: 'no' }))).toMatch(/^ServiceNotFound/);
    expect(await outcome(call('DiscoverInstances', { ...names, NamespaceName: 'no' }))).toMatch(/^NamespaceNotFound/);
    expect(await outcome(call('DiscoverInstances', names, { account: '210987654321' }))).toMatch(/^NamespaceNotFound/);
  });

  test('[CM-16] the count of instances and what is discovered agree, whatever was done', async () => {
    const step = fc.record({ id: fc.constantFrom('a', 'b', 'c'), act: fc.constantFrom('in', 'out', 'sick') });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const { call, newZone, newService } = await openServiceDiscovery();
        const ServiceId = await newService(await newZone(), 'web', custom);
        const model = new Map<string, 'HEALTHY' | 'UNHEALTHY'>();
        for (const { id: InstanceId, act } of steps) {
          if (act === 'in') await call('RegisterInstance', { ServiceId, InstanceId, Attributes: at(1) });
          if (act === 'out') await outcome(call('DeregisterInstance', { ServiceId, InstanceId }));
          if (act === 'sick')
            await outcome(call('UpdateInstanceCustomHealthStatus', { ServiceId, InstanceId, Status: 'UNHEALTHY' }));
          if (act === 'in') model.set(InstanceId, 'HEALTHY');
          if (act === 'out') model.delete(InstanceId);
          if (act === 'sick' && model.has(InstanceId)) model.set(InstanceId, 'UNHEALTHY');
        }
        const { Instances: found = [] } = await call('DiscoverInstances', {
          NamespaceName: 'local.test',
          ServiceName: 'web',
        });
        expect(new Map(found.map((one) => [one.InstanceId, one.HealthStatus]))).toEqual(model);
        expect((await call('GetService', { Id: ServiceId })).Service?.InstanceCount).toBe(model.size);
      }),
      { numRuns: 40 },
    );
  });
});
