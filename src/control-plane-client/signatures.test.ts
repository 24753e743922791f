import { createHash, createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { encodeQuery, signJsonRequest, signUpgrade } from './signatures.ts';

const credentials = { accessKeyId: 'AKIDTEST', secretAccessKey: 'secret', sessionToken: 'a token' };
const scope = { service: 'ecs', region: 'us-east-1', credentials, nowMs: Date.parse('2026-11-28T01:22:33.456Z') };
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** Signature version 4 as the specification has it, over what travelled. */
function verify(method: string, url: URL, headers: Record<string, unknown>, payload: string): void {
  const values = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]));
  const [, signed = '', given = ''] =
    /SignedHeaders=([^,]+), Signature=([0-9a-f]+)$/.exec(values.get('authorization') ?? '') ?? [];
  const query = [...url.searchParams]
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .sort()
    .join('&');
  const canonicalHeaders = signed
    .split(';')
    .map((name) => `${name}:${values.get(name) ?? ''}\n`)
    .join('');
  const canonical = [method, url.pathname, query, canonicalHeaders, signed, sha256(payload)].join('\n');
  const time = values.get('x-amz-date') ?? '';
  const place = `${time.slice(0, 8)}/us-east-1/ecs/aws4_request`;
  const key = place
    .split('/')
    .reduce<string | Buffer>((before, part) => hmac(before, part), `AWS4${credentials.secretAccessKey}`);
  expect(given).toBe(hmac(key, ['AWS4-HMAC-SHA256', time, place, sha256(canonical)].join('\n')).toString('hex'));
}

const query = {
  dockerVersion: 'DockerVersion: 20.10.24+dfsg1',
  containerInstanceArn: 'arn:aws:ecs:us-east-1:1:container-instance/a/b',
  seqNum: '1',
};

test('an upgrade is signed over the query as it travels, and says nothing of the payload', () => {
  const url = new URL(`ws://127.0.0.1:8080/acs/ws?${encodeQuery(query)}`);
  expect(url.search).toContain('DockerVersion%3A%2020.10.24%2Bdfsg1');
  const headers = signUpgrade(url, scope);
  expect(
    Object.keys(headers)
      .map((name) => name.toLowerCase())
      .sort(),
  ).toEqual(['authorization', 'host', 'x-amz-date', 'x-amz-security-token']);
  verify('GET', url, headers, '');
});

test('a TCS block covers its text', () => {
  const url = new URL(`wss://example.com/tcs/ws?${encodeQuery(query)}`);
  verify('GET', url, signUpgrade(url, scope, '{"type":"x"}'), '{"type":"x"}');
});

test('the time is the one that is given, whatever the machine has', () => {
  const url = new URL('http://127.0.0.1:4566/');
  expect(signJsonRequest(url, { target: 'T.Op', body: '{}' }, scope)['X-Amz-Date']).toBe('20261128T012233Z');
  expect(signUpgrade(url, scope)['X-Amz-Date']).toBe('20261128T012233Z');
});

test('a request is signed with its body and token', () => {
  const url = new URL('http://127.0.0.1:4566/');
  const headers = signJsonRequest(url, { target: 'T.Op', body: '{}' }, scope);
  expect(headers['X-Amz-Security-Token']).toBe('a token');
  verify('POST', url, headers, '{}');
});
