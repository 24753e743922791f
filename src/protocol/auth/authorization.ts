import type { IncomingHttpHeaders } from 'node:http';
import { decode } from './canonical.ts';

/** What a request says of its own signature. */
export interface Authorization {
  readonly accessKeyId: string;
  /** The scope: yyyymmdd, region, signing name, `aws4_request`. */
  readonly date: string;
  readonly region: string;
  readonly service: string;
  readonly terminator: string;
  /** Sorted lower-case names. */
  readonly signedHeaders: readonly string[];
  /** 64 hexadecimal digits. */
  readonly signature: string;
  /** `yyyymmddThhmmssZ`. */
  readonly timestamp: string;
  readonly sessionToken: string | undefined;
  /** Presigned URLs say how long they are good for, in seconds. */
  readonly expiresSeconds: number | undefined;
}

/** Why a request has no usable Authorization: nothing at all, or parts are missing. */
export interface Unusable {
  readonly problem: 'missing' | 'incomplete';
  readonly detail: string;
}

const algorithm = 'AWS4-HMAC-SHA256';
const maximumExpiresSeconds = 7 * 24 * 3600;
const usual =
  /^AWS4-HMAC-SHA256 Credential=([^\s,/]+)\/(\d{8})\/([^\s,/]+)\/([^\s,/]+)\/([^\s,/]+), ?SignedHeaders=([^\s,]+), ?Signature=([0-9a-f]{64})$/;

/** Reads the `Authorization` header or, when there is none, the parameters of a presigned URL. */
export function readAuthorization(headers: IncomingHttpHeaders, query: string): Authorization | Unusable {
  const { authorization } = headers;
  if (authorization === undefined) return readPresigned(query);
  const timestamp = timestampOf(headers);
  const match = usual.exec(authorization);
  if (match === null || timestamp === undefined) return explain(authorization, timestamp);
  const [, accessKeyId = '', date = '', region = '', service = '', terminator = '', names = '', signature = ''] = match;
  return {
    accessKeyId,
    date,
    region,
    service,
    terminator,
    signedHeaders: names.split(';'),
    signature,
    timestamp,
    sessionToken: single(headers['x-amz-security-token']),
    expiresSeconds: undefined,
  };
}

function single(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

function timestampOf(headers: IncomingHttpHeaders): string | undefined {
  const given = single(headers['x-amz-date']);
  if (given !== undefined) return /^\d{8}T\d{6}Z$/.test(given) ? given : undefined;
  const date = Date.parse(headers.date ?? '');
  return Number.isNaN(date) ? undefined : basicFormat(date);
}

/** `yyyymmddThhmmssZ`. @param timeMs epoch milliseconds */
export function basicFormat(timeMs: number): string {
  return new Date(timeMs).toISOString().replaceAll(/[-:]|\.\d+/g, '');
}

/** Epoch milliseconds of `yyyymmddThhmmssZ`; NaN when it is no date. */
export function parseBasicFormat(text: string): number {
  if (!/^\d{8}T\d{6}Z$/.test(text)) return Number.NaN;
  const [date, time] = [text.slice(0, 8), text.slice(9, 15)];
  return Date.parse(
    `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}T${time.slice(0, 2)}:${time.slice(2, 4)}:${time.slice(4)}Z`,
  );
}

/** AWS lists everything that is missing in one message. */
function explain(authorization: string, timestamp: string | undefined): Authorization | Unusable {
  if (!authorization.startsWith(`${algorithm} `)) {
    const detail = `Authorization header requires '${algorithm}' as its algorithm.`;
    return { problem: 'incomplete', detail };
  }
  const parts = new Map<string, string>();
  for (const part of authorization.slice(algorithm.length + 1).split(',', 16)) {
    const [name = '', ...value] = part.trim().split('=');
    parts.set(name, value.join('='));
  }
  const missing = ['Credential', 'Signature', 'SignedHeaders']
    .filter((name) => (parts.get(name) ?? '') === '')
    .map((name) => `Authorization header requires '${name}' parameter.`);
  if (timestamp === undefined) {
    missing.push("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.");
  }
  const credential = parts.get('Credential') ?? '';
  if (missing.length === 0 && !/^[^/]+(\/[^/]+){4}$/.test(credential)) {
    missing.push(`Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term`);
  }
  // Parts in another order or spacing are legal: put them in the usual one and read again.
  const ordered = `${algorithm} Credential=${credential}, SignedHeaders=${parts.get('SignedHeaders')}, Signature=${parts.get('Signature')}`;
  if (missing.length > 0 || ordered === authorization || timestamp === undefined) {
    return { problem: 'incomplete', detail: missing.join(' ') || 'Authorization header is malformed.' };
  }
  return readAuthorization({ authorization: ordered, 'x-amz-date': timestamp }, '');
}

function readPresigned(query: string): Authorization | Unusable {
  if (!query.includes('X-Amz-Signature=') && !query.includes('X-Amz-Algorithm='))
    return { problem: 'missing', detail: '' };
  const fields = new Map<string, string>();
  for (const pair of query.split('&')) {
    const [name = '', ...value] = pair.split('=');
    if (name.startsWith('X-Amz-')) fields.set(name, decode(value.join('='), '+'));
  }
  const needed = ['Algorithm', 'Credential', 'Date', 'SignedHeaders', 'Signature'];
  const missing = needed.filter((name) => !fields.has(`X-Amz-${name}`));
  if (missing.length > 0) {
    const detail = missing.map((name) => `AWS query-string parameters must include 'X-Amz-${name}'.`).join(' ');
    return { problem: 'incomplete', detail };
  }
  const read = readAuthorization(
    {
      authorization: `${fields.get('X-Amz-Algorithm')} Credential=${fields.get('X-Amz-Credential')}, SignedHeaders=${fields.get('X-Amz-SignedHeaders')}, Signature=${fields.get('X-Amz-Signature')}`,
      'x-amz-date': fields.get('X-Amz-Date'),
    },
    '',
  );
  if ('problem' in read) return read;
  const sessionToken = fields.get('X-Amz-Security-Token');
  const expires = fields.get('X-Amz-Expires');
  // Without an expiry (aws4 adds none) the URL is good for as long as any other signature.
  if (expires === undefined) return { ...read, sessionToken };
  const expiresSeconds = Number(expires);
  if (!Number.isInteger(expiresSeconds) || expiresSeconds < 1 || expiresSeconds > maximumExpiresSeconds) {
    return { problem: 'incomplete', detail: `X-Amz-Expires must be between 1 and ${maximumExpiresSeconds} seconds` };
  }
  return { ...read, sessionToken, expiresSeconds };
}
