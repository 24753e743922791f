import { createHash } from 'node:crypto';
import type { OutgoingHttpHeaders } from 'node:http';
import aws4 from 'aws4';
import type { AwsCredentials } from './credentials.ts';

export interface SigningScope {
  readonly service: string;
  readonly region: string;
  /** What the control plane's clock says, see ServerTime. */
  readonly nowMs: number;
}

/** Such as `20261128T012233Z`. */
function amzDate(nowMs: number): string {
  return new Date(nowMs).toISOString().replace(/[:-]|\.\d{3}/g, '');
}

/** Headers of a signed JSON 1.1 request. */
export function signJsonRequest(
  url: URL,
  request: { readonly target: string; readonly body: string; readonly headers?: OutgoingHttpHeaders },
  scope: SigningScope & { readonly credentials: AwsCredentials },
): OutgoingHttpHeaders {
  const signed = aws4.sign(
    {
      method: 'POST',
      path: url.pathname,
      service: scope.service,
      region: scope.region,
      body: request.body,
      headers: {
        Host: url.host,
        'Content-Type': 'application/x-amz-json-1.1',
        'X-Amz-Target': request.target,
        'X-Amz-Date': amzDate(scope.nowMs),
        ...request.headers,
      },
    },
    { ...scope.credentials },
  );
  return signed.headers ?? {};
}

/**
 * Headers of a signed websocket upgrade. The query must already be percent-encoded as RFC 3986 has it (a space is %20), so that what is
 * sent is what is signed. `payload` is signed without being sent: TCS frames carry such a block.
 */
export function signUpgrade(
  url: URL,
  scope: SigningScope & { readonly credentials: AwsCredentials },
  payload = '',
): OutgoingHttpHeaders {
  const request = {
    method: 'GET',
    path: `${url.pathname}${url.search}`,
    service: scope.service,
    region: scope.region,
    headers: {
      Host: url.host,
      'X-Amz-Date': amzDate(scope.nowMs),
      'X-Amz-Content-Sha256': createHash('sha256').update(payload).digest('hex'),
    },
    // The hash takes part in the signature, and is not a header of this protocol.
    extraHeadersToIgnore: { 'x-amz-content-sha256': true },
  };
  const { 'X-Amz-Content-Sha256': _hash, ...headers } = aws4.sign(request, { ...scope.credentials }).headers ?? {};
  return headers;
}

/** Headers of a signed request without a body. `path` must already be percent-encoded; for S3 it is signed as it is. */
export function signBodiless(
  url: URL,
  request: { readonly method: string; readonly path: string },
  scope: SigningScope & { readonly credentials: AwsCredentials },
): OutgoingHttpHeaders {
  const { service, region, credentials } = scope;
  const headers = {
    Host: url.host,
    'X-Amz-Date': amzDate(scope.nowMs),
    'X-Amz-Content-Sha256': createHash('sha256').update('').digest('hex'),
  };
  const signed = aws4.sign({ ...request, service, region, headers }, { ...credentials });
  return signed.headers ?? {};
}

/** A query in RFC 3986 encoding, keys sorted. */
export function encodeQuery(values: Readonly<Record<string, string>>): string {
  const encode = (text: string): string =>
    encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  return Object.keys(values)
    .sort()
    .map((key) => `${encode(key)}=${encode(values[key] ?? '')}`)
    .join('&');
}
