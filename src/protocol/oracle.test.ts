import { HttpResponse } from '@smithy/core/transport';
import { describe, expect, test } from 'vitest';
import { ApiError } from './api/index.ts';
import { comparable, fromSdk, RandomValues } from './contract/random-values.ts';
import { operationObject, sdkClient } from './contract/sdk-clients.ts';
import type { OperationSchema, SdkClient, SdkProtocol, SdkRequest } from './contract/sdk-clients.ts';
import { Dispatcher } from './dispatch.ts';
import type { Route } from './dispatch.ts';
import { Reader } from './model/read.ts';
import type { Operation } from './model/model.ts';
import type { Answer, WireRequest } from './wire/protocol.ts';

// The SDK's own client codecs against ours: every operation of every service, both directions, random values.

const { services } = (await import(new URL('../../scripts/generate/services.mjs', import.meta.url).href)) as {
  services: Readonly<Record<string, string>>;
};
const dispatcher = new Dispatcher([]);
const rounds = 3;
const requestId = '11111111-2222-3333-4444-555555555555';

function wireRequest(request: SdkRequest, signingName: string): WireRequest {
  const query = Object.entries(request.query).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map(
      (one) => `${encodeURIComponent(name)}=${encodeURIComponent(one ?? '')}`,
    ),
  );
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  headers['authorization'] =
    `AWS4-HMAC-SHA256 Credential=AK/20260101/us-east-1/${signingName}/aws4_request, SignedHeaders=host, Signature=${'0'.repeat(64)}`;
  headers['x-amz-date'] = '20260101T000000Z';
  const body = typeof request.body === 'string' ? Buffer.from(request.body) : (request.body ?? new Uint8Array());
  return { method: request.method, path: request.path, query: query.join('&'), headers, body };
}

async function writtenBySdk(
  client: SdkClient,
  protocol: SdkProtocol,
  schema: OperationSchema,
  input: object,
): Promise<WireRequest> {
  const request = await protocol.serializeRequest(operationObject(schema), input, client.context(schema[2]));
  return wireRequest(request, client.signingName);
}

function routed(request: WireRequest, operationName: string): { route: Route; operation: Operation } {
  const route = dispatcher.route(request);
  expect(route?.operationName).toBe(operationName);
  const operation = route?.service?.model.operation(operationName);
  if (route === undefined || operation === undefined) throw new Error(`no route for ${operationName}`);
  return { route, operation };
}

function sdkResponse(answer: Answer): HttpResponse {
  const body = typeof answer.body === 'string' ? Buffer.from(answer.body) : answer.body;
  return new HttpResponse({ statusCode: answer.status, headers: { ...answer.headers }, body });
}

/** Members the client invents when they are absent. */
function withoutTokens(input: Record<string, unknown>, written: object): Record<string, unknown> {
  const invented = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;
  const kept = Object.entries(input).filter(([name, value]) => name in written || !invented.test(String(value)));
  return Object.fromEntries(kept);
}

describe.each(Object.entries(services))('%s', (service, packageName) => {
  const client = sdkClient(service, packageName);
  const { model } = ((): { model: NonNullable<Route['service']>['model'] } => {
    const hosted = dispatcher.service(service);
    if (hosted === undefined) throw new Error(`no table for ${service}`);
    return hosted;
  })();

  test('has every operation of the SDK', () => {
    expect([...model.operationNames()].toSorted()).toEqual(client.operations.map((schema) => schema[2]).toSorted());
  });

  test.each(client.protocols)('reads what the SDK writes in $name', async ({ protocol }) => {
    for (const schema of client.operations) {
      const values = new RandomValues(schema[2].length);
      for (let round = 0; round < rounds; round++) {
        const shape = model.operation(schema[2])?.input;
        if (shape === undefined) throw new Error(`no ${schema[2]}`);
        const input = values.structure(schema[4], shape);
        const request = await writtenBySdk(client, protocol, schema, input);
        const { route, operation } = routed(request, schema[2]);
        const { tree, strict } = route.protocol.decode(operation, request);
        const reader = new Reader(strict);
        const read = reader.readStructure(operation.input, tree) as Record<string, unknown>;
        expect({ operation: schema[2], violations: reader.violations }).toEqual({
          operation: schema[2],
          violations: [],
        });
        expect({ [schema[2]]: comparable(withoutTokens(read, input)) }).toEqual({ [schema[2]]: comparable(input) });
      }
    }
  });

  test.each(client.protocols)('writes what the SDK reads in $name', async ({ protocol }) => {
    for (const schema of client.operations) {
      const values = new RandomValues(schema[2].length);
      for (let round = 0; round < rounds; round++) {
        const request = await writtenBySdk(
          client,
          protocol,
          schema,
          values.structure(schema[4], shapeOf(schema[2]).input),
        );
        const { route, operation } = routed(request, schema[2]);
        if (operation.streamMember !== undefined) continue;
        const output = values.structure(schema[5], operation.output);
        const answer = route.protocol.encode(operation, fromSdk(output) as object, requestId);
        const read = await protocol.deserializeResponse(
          operationObject(schema),
          client.context(schema[2]),
          sdkResponse(answer),
        );
        const { $metadata, ...members } = read;
        expect($metadata).toBeDefined();
        expect({ [schema[2]]: comparable(members) }).toEqual({ [schema[2]]: comparable(output) });
      }
    }
  });

  test.each(client.protocols)('writes errors the SDK knows in $name', async ({ name, protocol }) => {
    const schema = client.operations[0];
    if (schema === undefined) throw new Error('no operations');
    const request = await writtenBySdk(
      client,
      protocol,
      schema,
      new RandomValues(1).structure(schema[4], shapeOf(schema[2]).input),
    );
    const { route } = routed(request, schema[2]);
    for (const error of client.errors) {
      if (error[1].startsWith('smithy.ts.sdk.synthetic')) continue;
      const errorModel = model.error(error[2]);
      if (errorModel === undefined) throw new Error(`no ${error[2]}`);
      const members = fromSdk(new RandomValues(7).structure(error, errorModel.shape)) as Record<string, unknown>;
      const message = 'no <such> "thing" & more';
      const answer = route.protocol.encodeError(model, new ApiError(error[2], message, { members }), requestId);
      const thrown = await protocol
        .deserializeResponse(operationObject(schema), client.context(schema[2]), sdkResponse(answer))
        .catch((caught: unknown) => caught as Error & { $metadata: { httpStatusCode: number } });
      expect({ name, error: thrown, status: answer.status }).toMatchObject({
        error: { message },
        status: name.includes('uery') ? errorModel.queryStatus : errorModel.status,
      });
      expect(sameWireName(name, error[2], (thrown as Error).name)).toBe(true);
    }
  });

  function shapeOf(operationName: string): Operation {
    const operation = model.operation(operationName);
    if (operation === undefined) throw new Error(`no ${operationName}`);
    return operation;
  }

  /** Two errors of a service may share one code on the wire; then the SDK cannot tell either. */
  function sameWireName(protocolName: string, wanted: string, found: string): boolean {
    if (wanted === found) return true;
    const viaQuery = protocolName.includes('uery') || model.table.queryCompatible;
    return viaQuery && model.error(wanted)?.queryCode === model.error(found)?.queryCode;
  }
});
