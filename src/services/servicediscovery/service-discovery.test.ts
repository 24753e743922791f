import { describe, expect, test } from 'vitest';
import type { ApiError } from '../../protocol/api/index.ts';
import { openServiceDiscovery, outcome, scope, settle, vpc } from './contract/opened-service-discovery.ts';
import { maxOperations } from './limits.ts';
import { instanceKey, instances } from './records/instance.ts';
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
