import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ApiError } from '../../protocol/api/index.ts';
import { openServiceDiscovery, outcome, scope, settle, vpc } from './contract/opened-service-discovery.ts';
import { discovered } from './discovery.ts';
import { isIPv6Text } from './addresses.ts';
import { maxOperations } from './limits.ts';
import { instanceKey, instances, type InstanceRecord } from './records/instance.ts';
import { operationKey, operations } from './records/operation.ts';
import { serviceArn } from './records/service.ts';

const a = { DnsConfig: { DnsRecords: [{ Type: 'A', TTL: 10 }] } } as const;
const custom = { ...a, HealthCheckCustomConfig: { FailureThreshold: 1 } } as const;
const at = (last: number): { AWS_INSTANCE_IPV4: string } => ({ AWS_INSTANCE_IPV4: `172.31.0.${last}` });

describe('namespaces', () => {
  test('[CM-1] are there when their operation is, which says so', async () => {
    const { call, newZone } = await openServiceDiscovery();
    const id = await newZone();
    expect(id).toMatch(/^ns-[a-z2-7]{16}$/);
    const { Namespace: found } = await call('GetNamespace', { Id: id });
    expect(found).toMatchObject({
      Id: id,
      Arn: `arn:aws:servicediscovery:us-east-1:123456789012:namespace/${id}`,
      Type: 'DNS_PRIVATE',
      ServiceCount: 0,
      Properties: { DnsProperties: { SOA: { TTL: 60 } }, HttpProperties: { HttpName: 'local.test' } },
    });
    const { Operations: all = [] } = await call('ListOperations', {
      Filters: [
        { Name: 'NAMESPACE_ID', Values: [id] },
        { Name: 'STATUS', Values: ['SUCCESS'] },
      ],
    });
    expect(all).toHaveLength(1);
    expect(await call('GetOperation', { OperationId: all[0]?.Id ?? '' })).toMatchObject({
      Operation: { Type: 'CREATE_NAMESPACE', Status: 'SUCCESS', Targets: { NAMESPACE: id } },
    });
  });

  test('[CM-2] the same request again is the same operation; another of the name is refused, in each VPC once', async () => {
    const { call } = await openServiceDiscovery();
    const input = { Name: 'local.test', Vpc: vpc, CreatorRequestId: 'one' };
    const first = await call('CreatePrivateDnsNamespace', input);
    expect(await call('CreatePrivateDnsNamespace', input)).toEqual(first);
    expect(await outcome(call('CreatePrivateDnsNamespace', { ...input, Description: 'x' }))).toMatch(
      /^NamespaceAlreadyExists/,
    );
    const refused = await call('CreatePrivateDnsNamespace', { ...input, CreatorRequestId: 'two' }).catch(
      (e: unknown) => e,
    );
    expect((refused as ApiError).members).toMatchObject({
      CreatorRequestId: 'one',
      NamespaceId: expect.stringMatching(/^ns-/),
    });
    expect(await outcome(call('CreatePrivateDnsNamespace', { ...input, Vpc: 'vpc-2' }))).toBe('ok');
    expect(await outcome(call('CreateHttpNamespace', { Name: 'local.test' }))).toBe('ok');
    expect(await outcome(call('CreateHttpNamespace', { Name: 'local.test' }))).toMatch(/^NamespaceAlreadyExists/);
  });

  test.each([
    [
      'a VPC that is not there',
      { Name: 'local.test', Vpc: 'vpc-9' },
      "InvalidInput: The VPC 'vpc-9' does not exist in us-east-1",
    ],
    ['what is no domain', { Name: 'a..b', Vpc: vpc }, /^InvalidInput: The name 'a..b' is not valid/],
    [
      'reserved tags',
      { Name: 'x', Vpc: vpc, Tags: [{ Key: 'aws:x', Value: '' }] },
      /^InvalidInput: The tag key 'aws:x'/,
    ],
  ])('[CM-3] refuses %s', async (_name, input, want) => {
    const { call } = await openServiceDiscovery();
    expect(await outcome(call('CreatePrivateDnsNamespace', input))).toMatch(want);
  });

  test('[CM-4] one with services is not deleted; after them it is, and its name is free', async () => {
    const { call, newZone, newService } = await openServiceDiscovery();
    const id = await newZone();
    const web = await newService(id);
    expect(await outcome(call('DeleteNamespace', { Id: id }))).toMatch(/^ResourceInUse/);
    await call('DeleteService', { Id: web });
    expect(await outcome(call('DeleteNamespace', { Id: id }))).toBe('ok');
    expect(await outcome(call('GetNamespace', { Id: id }))).toMatch(/^NamespaceNotFound/);
    expect(await outcome(newZone())).toBe('ok');
  });

  test('[CM-4] a service and the end of its namespace never both happen', async () => {
    const { call, newZone, newService } = await openServiceDiscovery();
    const id = await newZone();
    const both = await Promise.all([outcome(newService(id)), outcome(call('DeleteNamespace', { Id: id }))]);
    expect(both.filter((one) => one === 'ok')).toHaveLength(1);
  });

  test('[CM-5] lists by filters and pages, and updates', async () => {
    const { call, done, newZone } = await openServiceDiscovery();
    const zone = await newZone('a.test');
    const http = await done(call('CreateHttpNamespace', { Name: 'a-http' }));
    const names = async (Filters: NonNullable<Parameters<typeof call<'ListNamespaces'>>[1]['Filters']>) =>
      ((await call('ListNamespaces', { Filters })).Namespaces ?? []).map(({ Name }) => Name);
    expect(await names([{ Name: 'TYPE', Values: ['HTTP'] }])).toEqual(['a-http']);
    expect(await names([{ Name: 'NAME', Values: ['a'], Condition: 'BEGINS_WITH' }])).toEqual(['a.test', 'a-http']);
    expect(await outcome(names([{ Name: 'TYPE', Values: ['HTTP'], Condition: 'BETWEEN' }]))).toMatch(/^InvalidInput/);
    const first = await call('ListNamespaces', { MaxResults: 1 });
    const second = await call('ListNamespaces', { MaxResults: 1, NextToken: first.NextToken });
    expect([first, second].map(({ Namespaces: [one] = [] }) => one?.Id)).toEqual([zone, http]);
    expect(await outcome(call('ListNamespaces', { NextToken: 'x' }))).toMatch(/^InvalidInput/);
    await call('UpdateHttpNamespace', { Id: http, Namespace: { Description: 'new' } });
    await call('UpdatePrivateDnsNamespace', {
      Id: zone,
      Namespace: { Properties: { DnsProperties: { SOA: { TTL: 5 } } } },
    });
    expect((await call('GetNamespace', { Id: http })).Namespace?.Description).toBe('new');
    expect((await call('GetNamespace', { Id: zone })).Namespace?.Properties?.DnsProperties?.SOA?.TTL).toBe(5);
    expect(await outcome(call('UpdateHttpNamespace', { Id: zone, Namespace: { Description: '' } }))).toMatch(
      /^InvalidInput/,
    );
  });

  test('[CM-6] at most so many operations are kept: the oldest go', async () => {
    const { db, call, newZone } = await openServiceDiscovery();
    const row = { ...scope, type: 'UPDATE_SERVICE', targets: {}, atMs: 1 } as const;
    for (let start = 0; start < maxOperations; start += 60)
      await db.transact((tx) => {
        for (let n = start; n < Math.min(start + 60, maxOperations); n++)
          tx.create(operations, operationKey(scope, `o${n}`), { ...row, id: `o${n}` });
      });
    await newZone();
    expect(db.table(operations).size).toBe(maxOperations);
    expect(await outcome(call('GetOperation', { OperationId: 'o0' }))).toMatch(/^OperationNotFound/);
    expect(await outcome(call('GetOperation', { OperationId: 'o1' }))).toBe('ok');
  });
});

describe('services', () => {
  test('[CM-7] are of their namespace, once by name; the same request again answers with the same', async () => {
    const { call, newZone } = await openServiceDiscovery();
    const NamespaceId = await newZone();
    const input = { Name: 'web', NamespaceId, CreatorRequestId: 'one', ...custom };
    const { Service: made } = await call('CreateService', input);
    expect(made).toMatchObject({
      Id: expect.stringMatching(/^srv-[a-z2-7]{16}$/),
      NamespaceId,
      Type: 'DNS_HTTP',
      DnsConfig: { RoutingPolicy: 'MULTIVALUE', DnsRecords: [{ Type: 'A', TTL: 10 }] },
      HealthCheckCustomConfig: { FailureThreshold: 1 },
      InstanceCount: 0,
    });
    expect((await call('CreateService', input)).Service).toEqual(made);
    expect(await outcome(call('CreateService', { ...input, Name: 'WEB', CreatorRequestId: 'two' }))).toMatch(
      /^ServiceAlreadyExists/,
    );
    expect((await call('GetNamespace', { Id: NamespaceId })).Namespace?.ServiceCount).toBe(1);
    const listed = await call('ListServices', { Filters: [{ Name: 'NAMESPACE_ID', Values: [NamespaceId] }] });
    expect(listed.Services?.map(({ Id }) => Id)).toEqual([made?.Id]);
  });

  const zoneRules = [
    ['no namespace', { NamespaceId: undefined }, /^InvalidInput: NamespaceId must be specified/],
    ['a namespace that is not there', { NamespaceId: 'ns-x', ...a }, /^NamespaceNotFound/],
    ['a DNS service without records', {}, /^InvalidInput: A service in a DNS namespace needs a DnsConfig/],
    [
      'an HTTP service with records',
      { ...a, Type: 'HTTP' },
      /^InvalidInput: When you specify an HTTP service, you can't/,
    ],
    [
      'two of one type',
      { DnsConfig: { DnsRecords: [...a.DnsConfig.DnsRecords, ...a.DnsConfig.DnsRecords] } },
      /^InvalidInput/,
    ],
    [
      'CNAME with others',
      {
        DnsConfig: {
          DnsRecords: [
            { Type: 'CNAME', TTL: 1 },
            { Type: 'A', TTL: 1 },
          ],
        },
      },
      /^InvalidInput: A CNAME/,
    ],
    [
      'CNAME with several answers',
      { DnsConfig: { RoutingPolicy: 'MULTIVALUE', DnsRecords: [{ Type: 'CNAME', TTL: 1 }] } },
      /^InvalidInput: The RoutingPolicy/,
    ],
    [
      'Route 53 health checks',
      { ...a, HealthCheckConfig: { Type: 'HTTP' } },
      /^InvalidInput: HealthCheckConfig can't be used in/,
    ],
    ['two health checks', { ...custom, HealthCheckConfig: { Type: 'HTTP' } }, /^InvalidInput: You can't specify both/],
  ] as const;
  test.each(zoneRules)('[CM-8] refuses %s', async (_name, more, want) => {
    const { call, newZone } = await openServiceDiscovery();
    const input = { Name: 'web', NamespaceId: await newZone(), ...more } as Parameters<typeof call<'CreateService'>>[1];
    expect(await outcome(call('CreateService', input))).toMatch(want);
  });

  test('[CM-8] in an HTTP namespace there are no records', async () => {
    const { call, done } = await openServiceDiscovery();
    const NamespaceId = await done(call('CreateHttpNamespace', { Name: 'h' }));
    expect(await outcome(call('CreateService', { Name: 'x', NamespaceId, ...a }))).toBe(
      "InvalidInput: When you specify an HTTP service, you can't include a DnsConfig element.",
    );
    expect((await call('CreateService', { Name: 'x', NamespaceId })).Service?.Type).toBe('HTTP');
  });

  test('[CM-9] may have other TTLs, not other types', async () => {
    const { call, newZone, newService } = await openServiceDiscovery();
    const id = await newService(await newZone());
    await call('UpdateService', { Id: id, Service: { DnsConfig: { DnsRecords: [{ Type: 'A', TTL: 1 }] } } });
    expect((await call('GetService', { Id: id })).Service?.DnsConfig?.DnsRecords).toEqual([{ Type: 'A', TTL: 1 }]);
    const srv = call('UpdateService', { Id: id, Service: { DnsConfig: { DnsRecords: [{ Type: 'SRV', TTL: 1 }] } } });
    expect(await outcome(srv)).toMatch(/^InvalidInput: The types/);
  });

  test('[CM-10] one with instances is not deleted; one registered in that moment goes with it', async () => {
    const { db, call, newZone, newService } = await openServiceDiscovery();
    const id = await newService(await newZone());
    await call('RegisterInstance', { ServiceId: id, InstanceId: 'i', Attributes: at(1) });
    expect(await outcome(call('DeleteService', { Id: id }))).toBe(
      'ResourceInUse: Service contains registered instances; delete the instances before deleting the service',
    );
    await call('DeregisterInstance', { ServiceId: id, InstanceId: 'i' });
    await call('DeleteService', { Id: id });
    await db.transact((tx) =>
      tx.put(instances, instanceKey(scope, id, 'late'), { ...scope, serviceId: id, id: 'late', attributes: at(2) }),
    );
    for (let turn = 0; turn < 20; turn++) await settle();
    expect(db.table(instances).size).toBe(0);
  });

  test('[CM-11] attributes and tags', async () => {
    const { call, newZone, newService } = await openServiceDiscovery();
    const id = await newService(await newZone());
    const ResourceARN = serviceArn({ ...scope, id });
    await call('UpdateServiceAttributes', { ServiceId: id, Attributes: { owner: 'me', port: '80' } });
    await call('DeleteServiceAttributes', { ServiceId: ResourceARN, Attributes: ['port'] });
    expect((await call('GetServiceAttributes', { ServiceId: id })).ServiceAttributes?.Attributes).toEqual({
      owner: 'me',
    });
    const many = Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`k${n}`, 'v']));
    expect(await outcome(call('UpdateServiceAttributes', { ServiceId: id, Attributes: many }))).toMatch(
      /^ServiceAttributesLimitExceededException/,
    );
    await call('TagResource', {
      ResourceARN,
      Tags: [
        { Key: 'a', Value: '1' },
        { Key: 'b', Value: '2' },
      ],
    });
    await call('UntagResource', { ResourceARN, TagKeys: ['a'] });
    expect((await call('ListTagsForResource', { ResourceARN })).Tags).toEqual([{ Key: 'b', Value: '2' }]);
    expect(await outcome(call('ListTagsForResource', { ResourceARN: `${ResourceARN}x` }))).toMatch(
      /^ResourceNotFoundException/,
    );
  });
});

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
