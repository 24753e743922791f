import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { lambdaHooks } from './lifecycle-hooks.ts';

const payload = {
  executionDetails: {
    serviceArn: 'arn:aws:ecs:us-east-1:123456789012:service/c/web',
    targetServiceRevisionArn: 'arn:aws:ecs:us-east-1:123456789012:service-revision/c/web/1',
    testTrafficWeights: {},
    productionTrafficWeights: {},
  },
  executionId: 'e',
  lifecycleStage: 'POST_SCALE_UP',
  resourceArn: 'arn:aws:ecs:us-east-1:123456789012:service-deployment/c/web/1',
};
const arn = 'arn:aws:lambda:us-east-1:123456789012:function:check';
const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

async function served(handle: (request: IncomingMessage, body: string, response: ServerResponse) => void) {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => handle(request, body, response));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  open.push(
    () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  );
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('[BG-8] hooks over HTTP', () => {
  test('a function by the Invoke API, with its version', async () => {
    const seen: [string | undefined, unknown][] = [];
    const endpoint = await served((request, body, response) => {
      seen.push([request.url, JSON.parse(body)]);
      response.end(JSON.stringify({ hookStatus: 'IN_PROGRESS', callBackDelay: 5, hookDetails: { step: 1 } }));
    });
    const hooks = lambdaHooks({ lambdaEndpoint: `${endpoint}/` });
    expect(await hooks.call(`${arn}:live`, payload)).toEqual({
      hookStatus: 'IN_PROGRESS',
      callBackDelay: 5,
      hookDetails: { step: 1 },
    });
    await hooks.call(arn, payload);
    expect(seen).toEqual([
      ['/2015-03-31/functions/check/invocations?Qualifier=live', payload],
      ['/2015-03-31/functions/check/invocations', payload],
    ]);
  });

  test('a URL as it is, without any endpoint', async () => {
    const url = await served((_request, _body, response) => void response.end('{"hookStatus":"SUCCEEDED"}'));
    expect(await lambdaHooks({ lambdaEndpoint: undefined }).call(`${url}/check`, payload)).toEqual({
      hookStatus: 'SUCCEEDED',
    });
  });

  test.each<[string, (response: ServerResponse) => void, RegExp]>([
    ['no JSON', (response) => void response.end('ok'), /did not answer with JSON: ok/],
    ['no status', (response) => void response.end('{}'), /HookStatus must not be null/],
    [
      'another status',
      (response) => void response.end('{"hookStatus":"DONE"}'),
      /no hookStatus of SUCCEEDED, FAILED, IN_PROGRESS/,
    ],
    [
      'a bad delay',
      (response) => void response.end('{"hookStatus":"IN_PROGRESS","callBackDelay":"x"}'),
      /callBackDelay/,
    ],
    ['an HTTP error', (response) => void response.writeHead(500).end('broken'), /answered 500: broken/],
    ['an answer without end', (response) => void response.end('x'.repeat(300_000)), /larger than 262144 bytes/],
    ['silence', () => undefined, /failed: .*timeout/i],
    ['a lost connection', (response) => void response.destroy(), /failed: fetch failed/],
    [
      'a function that ended in error',
      (response) => void response.writeHead(200, { 'x-amz-function-error': 'Unhandled' }).end('{"errorMessage":"no"}'),
      /ended in error \(Unhandled\)/,
    ],
  ])('%s is no answer', async (_name, answer, expected) => {
    const url = await served((_request, _body, response) => answer(response));
    await expect(lambdaHooks({ lambdaEndpoint: url, timeoutMs: 400 }).call(arn, payload)).rejects.toThrow(expected);
  });

  test('a function without an endpoint says what to set', async () => {
    await expect(lambdaHooks({ lambdaEndpoint: undefined }).call(arn, payload)).rejects.toThrow(
      /set LONGSHORE_LAMBDA_ENDPOINT/,
    );
    expect(() => lambdaHooks({ lambdaEndpoint: 'localhost:9001' })).toThrow(/no http or https URL/);
  });
});
