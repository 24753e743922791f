import { describe, expect, test } from 'vitest';
import type { ServiceDefinition } from './api/index.ts';
import { ApiError } from './api/index.ts';
import { signedHeaders } from './contract/signed.ts';
import { testServices } from './contract/test-services.ts';
import { Dispatcher } from './dispatch.ts';
import type { WireRequest } from './wire/protocol.ts';
import { readServiceIndex, readServiceTable } from './model/tables.ts';

const dispatcher = new Dispatcher(testServices);

function definition(name: string, operations: readonly string[]): ServiceDefinition {
  const handlers = Object.fromEntries(operations.map((operation) => [operation, () => ({})]));
  return { name, handlers, invalid: () => new ApiError('x', 'y') };
}

describe('start-up refuses', () => {
  test.each<{ name: string; definitions: ServiceDefinition[]; want: RegExp }>([
    {
      name: 'operations that AWS does not have',
      definitions: [definition('ecs', ['ListClusters', 'MakeCoffee', 'constructor'])],
      want: /^ecs handles operations AWS does not have: MakeCoffee, constructor$/,
    },
    {
      name: 'services without a table',
      definitions: [definition('coffee', [])],
      want: /no table of AWS shapes .* coffee/,
    },
    {
      name: 'a service twice',
      definitions: [definition('ecs', []), definition('ecs', [])],
      want: /two definitions of the service ecs/,
    },
  ])('$name', ({ definitions, want }) => {
    expect(() => new Dispatcher(definitions)).toThrow(want);
  });
});

function request(given: Partial<WireRequest>, service = 'ecs'): WireRequest {
  const { method = 'POST', path = '/', query = '', headers = {}, body = new Uint8Array() } = given;
  const signed = signedHeaders({ port: 1, method, path, service });
  const authorization = Object.fromEntries(
    Object.entries(signed).map(([name, value]) => [name.toLowerCase(), String(value)]),
  );
  return { method, path, query, headers: { ...authorization, ...headers }, body };
}

const form = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };

test.each<{ name: string; given: Partial<WireRequest>; service?: string; want: string }>([
  {
    name: 'a CBOR path',
    given: {
      path: '/service/GraniteServiceVersion20100801/operation/PutMetricData',
      headers: { 'smithy-protocol': 'rpc-v2-cbor' },
    },
    want: 'cloudwatch PutMetricData',
  },
  { name: 'a target', given: { headers: { 'x-amz-target': 'Logs_20140328.PutLogEvents' } }, want: 'logs PutLogEvents' },
  {
    name: 'a target with a package, as botocore has it',
    given: { headers: { 'x-amz-target': 'com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents' } },
    want: 'cloudtrail LookupEvents',
  },
  {
    name: 'a version',
    given: { headers: form, body: Buffer.from('Action=GetCallerIdentity&Version=2011-06-15') },
    want: 'sts GetCallerIdentity',
  },
  {
    name: 'a presigned GET',
    given: { method: 'GET', query: 'Action=GetCallerIdentity&Version=2011-06-15' },
    want: 'sts GetCallerIdentity',
  },
  {
    name: 'an old version, by its signing name',
    given: { headers: form, body: Buffer.from('Action=DescribeVpcs&Version=2013-10-15') },
    service: 'ec2',
    want: 'ec2 DescribeVpcs',
  },
  {
    name: 'CloudWatch by form',
    given: { headers: form, body: Buffer.from('Action=PutMetricData&Version=2010-08-01') },
    want: 'cloudwatch PutMetricData',
  },
  {
    name: 'a REST path',
    given: { method: 'GET', path: '/2015-02-01/resource-tags/fs-1' },
    service: 'elasticfilesystem',
    want: 'efs ListTagsForResource',
  },
  {
    name: 'a REST path with a slash at its end',
    given: { method: 'GET', path: '/schedules/' },
    service: 'scheduler',
    want: 'scheduler ListSchedules',
  },
])('finds the operation by $name', ({ given, service, want }) => {
  const route = dispatcher.route(request(given, service));
  expect(`${route?.service?.entry.name} ${route?.operationName}`).toBe(want);
});

describe('the generated tables', () => {
  test('are of every service, with distinct targets', () => {
    const index = readServiceIndex();
    expect(index).toHaveLength(22);
    expect(new Set(index.map(({ target }) => target)).size).toBe(22);
    const operations = index.map(({ name }) => Object.keys(readServiceTable(name).operations).length);
    expect(operations.reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(2_195);
  });

  test('link members to enums, mark floats, and require what clients invent', () => {
    const ecs = readServiceTable('ecs');
    expect(ecs.shapes['RunTaskRequest']?.members?.['launchType']).toEqual({ ref: 'string', enum: 'LaunchType' });
    expect(ecs.shapes['Scale']?.members?.['value']).toEqual({ ref: 'float' });
    const compatibilities = ecs.shapes['RegisterTaskDefinitionRequest']?.members?.['requiresCompatibilities'];
    expect(compatibilities?.list ?? ecs.shapes[compatibilities?.ref?.slice(1) ?? '']?.item).toMatchObject({
      enum: 'Compatibility',
    });
    expect(readServiceTable('efs').shapes['CreateFileSystemRequest']?.required).toContain('CreationToken');
    const datum = readServiceTable('cloudwatch').shapes['MetricDatum']?.members;
    expect(datum?.['Values']?.list ?? datum?.['Values']).toMatchObject({ ref: 'float' });
    expect(datum?.['StorageResolution']).toEqual({ ref: 'integer' });
  });

  test('have as many enum links as when they were last looked at', () => {
    const links = readServiceIndex().map(({ name }) => Object.keys(readServiceTable(name).enums).length);
    // The links come from the layout of the SDK's type declarations; a new layout would lose them silently.
    expect(links.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(900);
  });

  test('have no mark of a float that is no number', async () => {
    const { floatMembers } = (await import(
      new URL('../../scripts/generate/corrections.mjs', import.meta.url).href
    )) as { floatMembers: Record<string, Record<string, string>> };
    for (const [service, shapes] of Object.entries(floatMembers)) {
      const table = readServiceTable(service);
      for (const [shape, members] of Object.entries(shapes)) {
        for (const member of members.split(' ')) {
          const found = table.shapes[shape]?.members?.[member];
          expect({ service, shape, member, found: JSON.stringify(found) ?? '' }).toMatchObject({
            found: expect.stringMatching(/float|#/),
          });
        }
      }
    }
  });
});

test('[CN-30] App Mesh has ended, and its requests are told what stands in its place', () => {
  const asked = request({ method: 'GET', path: '/v20190125/meshes' }, 'appmesh');
  expect(() => dispatcher.route(asked)).toThrow(
    expect.objectContaining({
      code: 'EndOfServiceException',
      status: 410,
      message: expect.stringMatching(/App Mesh has ended .*Service Connect/),
    }),
  );
});
