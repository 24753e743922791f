import { Sha256Node } from '@smithy/core/checksum';
import { HttpRequest } from '@smithy/core/transport';
import { SignatureV4 } from '@smithy/signature-v4';
import * as aws4 from 'aws4';
import { describe, expect, test } from 'vitest';
import type { Clock } from '../../kernel/index.ts';
import { ApiError } from '../api/index.ts';
import { account, secretAccessKey, sessionToken, testCredentials } from '../contract/test-server.ts';
import { SigningKeys } from './signing-keys.ts';
import { Verifier } from './verifier.ts';
import type { Audience, ReceivedRequest } from './verifier.ts';

const nowMs = Date.UTC(2026, 0, 2, 3, 4, 5);
const clock: Clock = { nowMs: () => nowMs, after: () => () => undefined };
const verifier = new Verifier({ credentials: testCredentials, clock, maxSigningKeys: 10 });
const ecs: Audience = { family: 'json', signingName: 'ecs' };

interface ToSign {
  readonly method?: string;
  readonly path?: string;
  readonly body?: string;
  readonly headers?: Record<string, string>;
  readonly accessKeyId?: string;
  readonly sessionToken?: string;
  readonly service?: string;
  readonly region?: string;
  readonly signedMs?: number;
  readonly presign?: boolean;
}

function received(method: string, url: string, headers: Readonly<Record<string, unknown>>, body = ''): ReceivedRequest {
  const [path = '', query = ''] = url.split('?');
  const pairs = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)] as const);
  return {
    method,
    path,
    query,
    headers: Object.fromEntries(pairs),
    rawHeaders: pairs.flat(),
    body: Buffer.from(body),
  };
}

const signers = {
  aws4(given: ToSign): ReceivedRequest {
    const { method = 'POST', path = '/', body = '', headers = {}, service = 'ecs', region = 'us-east-1' } = given;
    const timestamp = new Date(given.signedMs ?? nowMs).toISOString().replaceAll(/[-:]|\.\d+/g, '');
    const [bare, query] = path.split('?');
    const signedPath = given.presign
      ? `${bare}?${query === undefined ? '' : `${query}&`}X-Amz-Date=${timestamp}&X-Amz-Expires=900`
      : path;
    const request = {
      method,
      host: 'localhost:4566',
      path: signedPath,
      body,
      service,
      region,
      signQuery: given.presign === true,
      headers: { Host: 'localhost:4566', ...(given.presign ? {} : { 'X-Amz-Date': timestamp }), ...headers },
    };
    const credentials = {
      accessKeyId: given.accessKeyId ?? 'AKIDTEST',
      secretAccessKey,
      ...(given.sessionToken === undefined ? {} : { sessionToken: given.sessionToken }),
    };
    const signed = aws4.sign(request, credentials);
    return received(method, signed.path ?? '', signed.headers ?? {}, body);
  },

  async smithy(given: ToSign): Promise<ReceivedRequest> {
    const { method = 'POST', path = '/', body = '', headers = {}, service = 'ecs', region = 'us-east-1' } = given;
    const url = new URL(path, 'http://localhost:4566');
    const signer = new SignatureV4({
      service,
      region,
      sha256: Sha256Node,
      credentials: {
        accessKeyId: given.accessKeyId ?? 'AKIDTEST',
        secretAccessKey,
        ...(given.sessionToken === undefined ? {} : { sessionToken: given.sessionToken }),
      },
    });
    const request = new HttpRequest({
      method,
      protocol: 'http:',
      hostname: 'localhost',
      path: path.split('?')[0] ?? '/',
      query: Object.fromEntries(url.searchParams),
      headers: { host: 'localhost:4566', ...headers },
      body,
    });
    const signingDate = new Date(given.signedMs ?? nowMs);
    const signed = given.presign
      ? await signer.presign(request, { signingDate, expiresIn: 900 })
      : await signer.sign(request, { signingDate });
    const query = Object.entries(signed.query ?? {}).map(
      ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`,
    );
    const target = query.length === 0 ? signed.path : `${signed.path}?${query.join('&')}`;
    return received(method, target, signed.headers, body);
  },
};

function failure(
  request: ReceivedRequest,
  audience: Audience = ecs,
): { code: string; message: string; status: number } {
  try {
    verifier.verify(request, audience);
  } catch (thrown) {
    if (thrown instanceof ApiError) return { code: thrown.code, message: thrown.message, status: thrown.status };
    throw thrown;
  }
  throw new Error('the signature was accepted');
}

const mismatch = /^The request signature we calculated does not match the signature you provided\./;

describe.each(Object.entries(signers))('signed by %s', (_name, sign) => {
  test.each<{ name: string; given: ToSign }>([
    { name: 'a JSON request', given: { body: '{"a":"é"}', headers: { 'content-type': 'application/x-amz-json-1.1' } } },
    { name: 'a session token', given: { accessKeyId: 'ASIATEST', sessionToken } },
    {
      name: 'an ARN in the path',
      given: { method: 'GET', path: '/tags/arn%3Aaws%3Aecs%3Aus-east-1%3A1%3Atask%2Fa%20b' },
    },
    { name: 'a query with odd characters', given: { method: 'GET', path: '/x?b=%2F%20%2B%3D&a=2&a1=~*()' } },
    { name: 'spaces in a header', given: { headers: { 'x-amz-meta': '  two   words  ' } } },
    { name: 'a date four minutes old', given: { signedMs: nowMs - 4 * 60_000 } },
    { name: 'a presigned URL', given: { method: 'GET', path: '/?Action=GetCallerIdentity', presign: true } },
    {
      name: 'a presigned URL with a session token',
      given: { method: 'GET', path: '/?Action=A', presign: true, accessKeyId: 'ASIATEST', sessionToken },
    },
    {
      name: 'a presigned URL ten minutes old',
      given: { method: 'GET', path: '/', presign: true, signedMs: nowMs - 600_000 },
    },
  ])('accepts $name', async ({ given }) => {
    const { caller, region } = verifier.verify(await sign(given), ecs);
    expect({ account: caller.account, region }).toEqual({ account, region: 'us-east-1' });
  });

  test.each<{ name: string; given: ToSign; want: object }>([
    {
      name: 'an unknown key',
      given: { accessKeyId: 'AKIDNOBODY' },
      want: { code: 'UnrecognizedClientException', message: 'The security token included in the request is invalid.' },
    },
    {
      name: 'a temporary key without its token',
      given: { accessKeyId: 'ASIATEST' },
      want: { code: 'UnrecognizedClientException' },
    },
    {
      name: 'an expired token',
      given: { accessKeyId: 'ASIAOLD', sessionToken },
      want: { code: 'ExpiredTokenException', message: 'The security token included in the request is expired' },
    },
    {
      name: 'another service',
      given: { service: 'ec2' },
      want: { code: 'InvalidSignatureException', message: "Credential should be scoped to correct service: 'ecs'. " },
    },
    {
      name: 'a date six minutes old',
      given: { signedMs: nowMs - 360_000 },
      want: {
        code: 'InvalidSignatureException',
        message: 'Signature expired: 20260102T025805Z is now earlier than 20260102T025905Z (20260102T030405Z - 5 min.)',
      },
    },
    {
      name: 'a date six minutes ahead',
      given: { signedMs: nowMs + 360_000 },
      want: {
        message:
          'Signature not yet current: 20260102T031005Z is still later than 20260102T030905Z (20260102T030405Z + 5 min.)',
      },
    },
    {
      name: 'a presigned URL that is too old',
      given: { method: 'GET', path: '/', presign: true, signedMs: nowMs - 90_000_000 },
      want: { code: 'InvalidSignatureException', message: expect.stringMatching(/^Signature expired: /) },
    },
  ])('refuses $name', async ({ given, want }) => {
    expect(failure(await sign(given))).toMatchObject({ status: 400, ...want });
  });

  test.each<{ name: string; change: (request: ReceivedRequest) => ReceivedRequest }>([
    { name: 'the body', change: (request) => ({ ...request, body: Buffer.from('{"b":1}') }) },
    { name: 'the method', change: (request) => ({ ...request, method: 'PUT' }) },
    { name: 'the path', change: (request) => ({ ...request, path: '/other' }) },
    { name: 'the query', change: (request) => ({ ...request, query: 'a=1' }) },
    {
      name: 'a signed header',
      change: (request) => ({ ...request, headers: { ...request.headers, host: 'elsewhere' } }),
    },
    {
      name: 'the signature',
      change: (request) => {
        const authorization = String(request.headers.authorization).replace(/.$/, (end) => (end === '0' ? '1' : '0'));
        return { ...request, headers: { ...request.headers, authorization } };
      },
    },
  ])('refuses a request after $name changed', async ({ change }) => {
    const request = await sign({ body: '{"a":1}' });
    expect(failure(change(request))).toMatchObject({ code: 'InvalidSignatureException', status: 400 });
  });
});

test.each([
  { family: 'json', code: 'InvalidSignatureException', status: 400, message: mismatch },
  { family: 'rest', code: 'InvalidSignatureException', status: 403, message: mismatch },
  { family: 'query', code: 'SignatureDoesNotMatch', status: 403, message: mismatch },
  { family: 'ec2', code: 'AuthFailure', status: 401, message: /^AWS was not able to validate/ },
] as const)('words a wrong signature for $family', ({ family, code, status, message }) => {
  const request = signers.aws4({ body: 'a' });
  const found = failure({ ...request, body: Buffer.from('b') }, { family, signingName: 'ecs' });
  expect(found).toEqual({ code, status, message: expect.stringMatching(message) });
});

test.each([
  { family: 'json', code: 'MissingAuthenticationTokenException', status: 400 },
  { family: 'rest', code: 'MissingAuthenticationTokenException', status: 403 },
  { family: 'query', code: 'MissingAuthenticationToken', status: 403 },
  { family: 'ec2', code: 'MissingParameter', status: 400 },
] as const)('words a missing signature for $family', ({ family, code, status }) => {
  expect(failure(received('POST', '/', { host: 'x' }), { family, signingName: undefined })).toMatchObject({
    code,
    status,
  });
});

test('lists everything an incomplete header lacks', () => {
  const request = received('POST', '/', { authorization: 'AWS4-HMAC-SHA256 SignedHeaders=host' });
  expect(failure(request)).toEqual({
    code: 'IncompleteSignatureException',
    status: 400,
    message:
      "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. " +
      "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.",
  });
});

test('refuses a signature that leaves the host out', () => {
  const request = signers.aws4({});
  const authorization = String(request.headers.authorization).replace('host;', '');
  expect(failure({ ...request, headers: { ...request.headers, authorization } })).toMatchObject({
    message: "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
  });
});

test('reads the parts of the header in any order', () => {
  const request = signers.aws4({ body: 'a' });
  const [, parts = ''] = /^AWS4-HMAC-SHA256 (.*)$/.exec(String(request.headers.authorization)) ?? [];
  const authorization = `AWS4-HMAC-SHA256 ${parts.split(', ').toReversed().join(',')}`;
  expect(verifier.verify({ ...request, headers: { ...request.headers, authorization } }, ecs).region).toBe('us-east-1');
});

test('takes a presigned URL without an expiry for five minutes', () => {
  const sign = (signedMs: number): ReceivedRequest => {
    const path = `/?Action=A&X-Amz-Date=${new Date(signedMs).toISOString().replaceAll(/[-:]|\.\d+/g, '')}`;
    const credentials = { accessKeyId: 'AKIDTEST', secretAccessKey };
    const signed = aws4.sign({ method: 'GET', host: 'h', path, service: 'ecs', signQuery: true }, credentials);
    return received('GET', signed.path ?? '', { host: 'h' });
  };
  expect(verifier.verify(sign(nowMs - 240_000), ecs).region).toBe('us-east-1');
  expect(failure(sign(nowMs - 360_000)).message).toMatch(/^Signature expired/);
});

test('joins equal headers as the signature does', () => {
  const request = signers.aws4({ headers: { 'x-amz-meta': 'one,two' } });
  const rawHeaders = Object.entries(request.headers)
    .filter(([name]) => name !== 'x-amz-meta')
    .flatMap(([name, value]) => [name, String(value)]);
  const twice = { ...request, rawHeaders: [...rawHeaders, 'X-Amz-Meta', 'one', 'X-Amz-Meta', 'two'] };
  expect(verifier.verify({ ...twice, headers: { ...request.headers, 'x-amz-meta': 'one, two' } }, ecs)).toBeDefined();
});

test.each([
  '/acs/ws?agentHash=a8b3e7d3&agentVersion=1.105.1&clusterArn=default&containerInstanceArn=arn%3Aaws%3Aecs%3Aus-east-1%3A123456789012%3Acontainer-instance%2Fdefault%2F0123456789abcdef0123456789abcdef&dockerVersion=DockerVersion%3A+20.10.24%2Bdfsg1&protocolVersion=2&sendCredentials=true&seqNum=1',
  '/tcs/ws?agentHash=5847274a&agentVersion=1.82.4&cluster=default&containerInstance=arn%3Aaws%3Aecs%3Aus-east-1%3A123456789012%3Acontainer-instance%2Fdefault%2F0123456789abcdef0123456789abcdef&dockerVersion=20.10.24%2Bdfsg1',
])("accepts the ECS agent's websocket URL, signed with %%20 and sent with +: %s", (url) => {
  const signed = signers.aws4({ method: 'GET', path: url.replaceAll('+', '%20') });
  const onTheWire = { ...signed, query: url.split('?')[1] ?? '' };
  expect(verifier.verify(onTheWire, ecs).caller.accessKeyId).toBe('AKIDTEST');
});

test('remembers only so many signing keys', () => {
  const keys = new SigningKeys(3);
  const first = keys.get('secret', '20260101', 'us-east-1', 'ecs');
  for (let region = 0; region < 10; region++) keys.get('secret', '20260101', `region-${region}`, 'ecs');
  expect(keys.size).toBe(3);
  expect(keys.get('secret', '20260101', 'us-east-1', 'ecs')).toEqual(first);
});
