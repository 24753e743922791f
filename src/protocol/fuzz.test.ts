import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ApiError } from './api/index.ts';
import { readAuthorization } from './auth/authorization.ts';
import { Verifier } from './auth/verifier.ts';
import { comparable } from './contract/random-values.ts';
import { testCredentials } from './contract/test-server.ts';
import { Dispatcher, handlerOf } from './dispatch.ts';
import { Reader } from './model/read.ts';
import type { WireRequest } from './wire/protocol.ts';
import { decodeCbor } from './wire/cbor-reader.ts';
import { CborWriter } from './wire/cbor-writer.ts';
import { parseForm } from './wire/form.ts';
import { writeJson } from './wire/json-writer.ts';

// Whatever comes in, a reader gives a value or throws an ApiError: never anything else, and always soon.

const dispatcher = new Dispatcher([]);
const verifier = new Verifier({
  credentials: testCredentials,
  clock: { nowMs: () => Date.UTC(2026, 0, 1), after: () => () => undefined },
  maxSigningKeys: 4,
});
const runs = { numRuns: 500 };

/** Runs `read`; fails when it throws anything but an ApiError. */
function onlyApiErrors<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (thrown) {
    if (thrown instanceof ApiError) return undefined;
    throw thrown;
  }
}

/** All of a request's way but the handler. */
function readWhole(request: WireRequest): void {
  onlyApiErrors(() => {
    const route = dispatcher.route(request);
    if (route === undefined) return;
    onlyApiErrors(() => handlerOf(route));
    const operation = route.service?.model.operation(route.operationName);
    if (operation === undefined) return;
    const { tree, strict } = route.protocol.decode(operation, request);
    const reader = new Reader(strict);
    reader.readStructure(operation.input, tree);
    expect(reader.violations.length).toBeLessThanOrEqual(20);
  });
}

const authorization = (service: string): Record<string, string> => ({
  authorization: `AWS4-HMAC-SHA256 Credential=AK/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=${'0'.repeat(64)}`,
  'x-amz-date': '20260101T000000Z',
});

/** JSON that looks like an input now and then: member names of the shapes, and names that are dangerous to objects. */
const memberNames = [
  'containerDefinitions',
  'name',
  'environment',
  'tags',
  'key',
  'value',
  'family',
  'cpu',
  'volumes',
  'dockerLabels',
  'requiresCompatibilities',
  'runtimePlatform',
  '__proto__',
  'constructor',
  'toString',
];
const { tree: jsonTree } = fc.letrec((tie) => ({
  tree: fc.oneof({ maxDepth: 5 }, tie('leaf'), tie('list'), tie('object')),
  leaf: fc.oneof(
    fc.string(),
    fc.double(),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.constantFrom('EC2', 'NaN'),
  ),
  list: fc.array(tie('tree'), { maxLength: 4 }),
  object: fc
    .array(fc.tuple(fc.constantFrom(...memberNames), tie('tree')), { maxLength: 6 })
    .map((entries) => Object.fromEntries(entries) as unknown),
}));

describe('readers survive anything', () => {
  test('JSON trees', () => {
    const headers = { 'x-amz-target': 'AmazonEC2ContainerServiceV20141113.RegisterTaskDefinition' };
    fc.assert(
      fc.property(jsonTree, (tree) => {
        readWhole({ method: 'POST', path: '/', query: '', headers, body: Buffer.from(JSON.stringify(tree)) });
      }),
      runs,
    );
    expect(({} as Record<string, unknown>)['name']).toBeUndefined();
  });

  test('bytes, in every protocol', () => {
    const heads = [
      { 'x-amz-target': 'AmazonEC2ContainerServiceV20141113.RunTask' },
      { 'content-type': 'application/x-www-form-urlencoded' },
      { 'smithy-protocol': 'rpc-v2-cbor' },
      authorization('elasticfilesystem'),
    ];
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.string({ unit: 'binary' }).map((text) => Buffer.from(text)),
    );
    const path = fc.oneof(
      fc.constantFrom(
        '/',
        '/2015-02-01/file-systems/%zz',
        '/service/GraniteServiceVersion20100801/operation/PutMetricData',
      ),
      fc.string().map((text) => `/${text}`),
    );
    fc.assert(
      fc.property(fc.constantFrom(...heads), path, fc.string(), bytes, (headers, target, query, body) => {
        readWhole({ method: 'POST', path: target, query, headers, body });
      }),
      runs,
    );
  });

  test('forms', () => {
    const part = fc.constantFrom(
      'Filter',
      'Name',
      'Value',
      'member',
      'entry',
      'key',
      'Tag',
      '0',
      '1',
      '2',
      '999999999',
      '-1',
      '__proto__',
      'constructor',
      '',
    );
    const field = fc.tuple(fc.array(part, { minLength: 1, maxLength: 8 }), fc.string());
    const actions = [
      'Action=DescribeVpcs&Version=2016-11-15',
      'Action=RunInstances&Version=2016-11-15',
      'Action=PutMetricData&Version=2010-08-01',
      'Action=CreateTargetGroup&Version=2015-12-01',
    ];
    fc.assert(
      fc.property(fc.constantFrom(...actions), fc.array(field), (action, fields) => {
        const pairs = fields.map(([names, value]) => `${names.join('.')}=${encodeURIComponent(value)}`);
        const headers = { 'content-type': 'application/x-www-form-urlencoded' };
        readWhole({ method: 'POST', path: '/', query: '', headers, body: Buffer.from([action, ...pairs].join('&')) });
      }),
      runs,
    );
  });

  test('form text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii' }), (text) => void onlyApiErrors(() => parseForm(text))),
      runs,
    );
  });

  test('CBOR, truncated and changed', () => {
    const cloudwatch = dispatcher.service('cloudwatch')?.model;
    const shape = cloudwatch?.operation('PutMetricData')?.input;
    if (shape === undefined) throw new Error('no PutMetricData');
    const MetricData = [
      {
        MetricName: 'm',
        Value: 1.5,
        Timestamp: 1_700_000_000_123,
        Values: [1, 2],
        Dimensions: [{ Name: 'n', Value: 'v' }],
      },
    ];
    const writer = new CborWriter();
    writer.structure(shape, { Namespace: 'n', MetricData });
    const good = writer.take();
    expect(comparable(new Reader(true).readStructure(shape, decodeCbor(good)))).toEqual({ Namespace: 'n', MetricData });
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), fc.nat(good.length), (at, value, end) => {
        const bytes = Uint8Array.from(good);
        bytes[at] = value;
        onlyApiErrors(() => new Reader(true).readStructure(shape, decodeCbor(bytes.subarray(0, end))));
      }),
      { numRuns: 2_000 },
    );
  });

  test('signatures', () => {
    const text = fc.oneof(
      fc.string(),
      fc.constantFrom(
        'AWS4-HMAC-SHA256 ',
        'Credential=a/b/c/d/e',
        'Credential=AKIDTEST/20260101/us-east-1/ecs/aws4_request,',
        'SignedHeaders=host,',
        'Signature=',
        `Signature=${'a'.repeat(64)}`,
        ', ',
      ),
    );
    const texts = fc.array(text, { maxLength: 6 }).map((parts) => parts.join(''));
    const queries = fc
      .array(
        fc.tuple(
          fc.constantFrom(
            'X-Amz-Signature',
            'X-Amz-Algorithm',
            'X-Amz-Credential',
            'X-Amz-Date',
            'X-Amz-Expires',
            'X-Amz-SignedHeaders',
            '%zz',
          ),
          texts,
        ),
      )
      .map((pairs) => pairs.map(([name, value]) => `${name}=${value}`).join('&'));
    fc.assert(
      fc.property(fc.option(texts, { nil: undefined }), queries, texts, (given, query, date) => {
        const headers = { ...(given === undefined ? {} : { authorization: given }), 'x-amz-date': date };
        expect(readAuthorization(headers, query)).toBeDefined();
        const request = { method: 'GET', path: '/', query, headers, rawHeaders: [], body: new Uint8Array() };
        expect(
          onlyApiErrors(() => verifier.verify(request, { family: 'json', signingName: undefined })),
        ).toBeUndefined();
      }),
      runs,
    );
  });
});

describe('hostile CBOR', () => {
  test.each<{ name: string; hex: string }>([
    { name: 'nothing', hex: '' },
    { name: 'a huge text', hex: '7b7fffffffffffffff' },
    { name: 'a huge array', hex: '9b7fffffffffffffff' },
    { name: 'a huge map', hex: 'bb7fffffffffffffff' },
    { name: 'a lone break', hex: 'ff' },
    { name: 'nested too deeply', hex: '81'.repeat(10_000) },
    { name: 'tags nested too deeply', hex: 'c1'.repeat(10_000) },
    { name: 'a break inside an array of known length', hex: '82ff00' },
    { name: 'a big number', hex: 'c249010000000000000000' },
    { name: 'a key that is no text', hex: 'a10000' },
    { name: 'bytes left over', hex: '0000' },
  ])('refuses $name', ({ hex }) => {
    expect(() => decodeCbor(Buffer.from(hex, 'hex'))).toThrow(ApiError);
  });

  test('reads indefinite lengths, halves and undefined', () => {
    expect(decodeCbor(Buffer.from('bf61619f01f93e00ff6162f7ff', 'hex'))).toEqual({ a: [1, 1.5], b: null });
  });
});

test('JSON is written as JSON.stringify would, for any string', () => {
  const shape = dispatcher.service('ecs')?.model.shape('Tag');
  if (shape === undefined) throw new Error('no Tag');
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string(), (key, value) => {
      const text = Buffer.from(writeJson(shape, { key, value, secret: 'not in the shape' })).toString();
      expect(text).toBe(JSON.stringify({ key, value }));
    }),
    runs,
  );
});
