import { createHmac, hash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Clock } from '../../kernel/index.ts';
import type { ApiError, Caller, CredentialStore, ThroughEndpoint } from '../api/index.ts';
import type { Family } from '../wire/protocol.ts';
import { basicFormat, parseBasicFormat, readAuthorization } from './authorization.ts';
import type { Authorization } from './authorization.ts';
import { canonicalRequests } from './canonical.ts';
import { authFailure } from './failures.ts';
import { SigningKeys } from './signing-keys.ts';

/** How far a client's clock may be off, as AWS's message says it. */
const skewMinutes = 5;
const skewMs = skewMinutes * 60_000;
/** A region becomes part of names and keys. */
const validRegion = /^[a-z0-9-]{1,32}$/;

/** A request as it was received. */
export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
  /** Names and values in turn; headers joins equal names with a space that the signature does not have. */
  readonly rawHeaders: readonly string[];
  /** As sent: still compressed. */
  readonly body: Uint8Array;
}

/** Who a request is for and how its service words failure. */
export interface Audience {
  readonly family: Family;
  /** Undefined: any. */
  readonly signingName: string | undefined;
}

export interface Verified {
  readonly caller: Caller;
  readonly region: string;
}

export interface VerifierOptions {
  readonly credentials: CredentialStore;
  readonly clock: Clock;
  readonly maxSigningKeys: number;
  /** Absent: requests come through no endpoints. */
  readonly endpointPasses?: EndpointPasses | undefined;
}

/** Who knows what proves that a request came through a VPC endpoint. */
export interface EndpointPasses {
  /** The header that carries that proof, in small letters. Whoever passes on requests of programs takes theirs off. */
  readonly header: string;
  /** @returns undefined for a pass that proves nothing */
  open(pass: string): ThroughEndpoint | undefined;
}

/** Nothing is allowed through it. */
const unproven: ThroughEndpoint = { id: '', vpcId: '', policy: undefined };

/** Checks AWS Signature Version 4, in headers and in presigned URLs. */
export class Verifier {
  readonly #credentials: CredentialStore;
  readonly #clock: Clock;
  readonly #keys: SigningKeys;
  readonly #passes: EndpointPasses | undefined;

  constructor({ credentials, clock, maxSigningKeys, endpointPasses }: VerifierOptions) {
    this.#credentials = credentials;
    this.#passes = endpointPasses;
    this.#clock = clock;
    this.#keys = new SigningKeys(maxSigningKeys);
  }

  /** The VPC endpoint that a request came through; undefined: none. A pass that proves nothing opens nothing either. */
  throughOf(headers: IncomingHttpHeaders): ThroughEndpoint | undefined {
    if (this.#passes === undefined) return undefined;
    const pass = headers[this.#passes.header];
    return pass === undefined ? undefined : (this.#passes.open(String(pass)) ?? unproven);
  }

  /** @throws ApiError as the audience's kind of protocol words it */
  verify(request: ReceivedRequest, { family, signingName }: Audience): Verified {
    const authorization = readAuthorization(request.headers, request.query);
    if ('problem' in authorization) {
      throw authFailure(family, authorization.problem, authorization.detail || undefined);
    }
    const wrong = this.#wrongScope(authorization, signingName);
    if (wrong !== undefined) throw authFailure(family, 'mismatch', wrong);
    const expired = this.#outsideWindow(authorization);
    if (expired !== undefined) throw authFailure(family, 'expired', expired);
    const credential = this.#credentials.find(authorization.accessKeyId, authorization.sessionToken);
    if (credential === undefined) throw authFailure(family, 'unknownKey');
    if (credential === 'expired') throw authFailure(family, 'expiredToken');
    const failure = this.#checkSignature(request, authorization, credential.secretAccessKey, family);
    if (failure !== undefined) throw failure;
    return { caller: credential.caller, region: authorization.region };
  }

  #wrongScope(given: Authorization, signingName: string | undefined): string | undefined {
    if (given.terminator !== 'aws4_request') {
      return `Credential should be scoped with a valid terminator: 'aws4_request', not '${given.terminator}'.`;
    }
    if (signingName !== undefined && given.service !== signingName) {
      return `Credential should be scoped to correct service: '${signingName}'. `;
    }
    if (!validRegion.test(given.region)) return 'Credential should be scoped to a valid region. ';
    if (given.date !== given.timestamp.slice(0, 8)) {
      const from = `from '${given.timestamp}'`;
      return `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${given.date}' != '${given.timestamp.slice(0, 8)}', ${from}.`;
    }
    return undefined;
  }

  /** AWS's sentence when the signature's date is too old or too new. */
  #outsideWindow({ timestamp, expiresSeconds }: Authorization): string | undefined {
    const signedMs = parseBasicFormat(timestamp);
    const nowMs = this.#clock.nowMs();
    if (Number.isNaN(signedMs)) return `Date must be in ISO-8601 'basic format'. Got '${timestamp}'.`;
    const goodForMs = expiresSeconds === undefined ? skewMs : expiresSeconds * 1000;
    if (signedMs >= nowMs - goodForMs && signedMs <= nowMs + skewMs) return undefined;
    const now = basicFormat(nowMs);
    if (signedMs > nowMs + skewMs) {
      const latest = basicFormat(nowMs + skewMs);
      return `Signature not yet current: ${timestamp} is still later than ${latest} (${now} + ${skewMinutes} min.)`;
    }
    const earliest = basicFormat(nowMs - goodForMs);
    const allowed = expiresSeconds === undefined ? `${skewMinutes} min.` : `${expiresSeconds} sec.`;
    return `Signature expired: ${timestamp} is now earlier than ${earliest} (${now} - ${allowed})`;
  }

  #checkSignature(
    request: ReceivedRequest,
    given: Authorization,
    secretAccessKey: string,
    family: Family,
  ): ApiError | undefined {
    if (!given.signedHeaders.includes('host')) {
      return authFailure(
        family,
        'mismatch',
        "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
      );
    }
    const bodyHash = hash('sha256', request.body);
    const claimed = request.headers['x-amz-content-sha256'];
    if (typeof claimed === 'string' && /^[0-9a-f]{64}$/.test(claimed) && claimed !== bodyHash) {
      const detail = "The provided 'x-amz-content-sha256' header does not match what was computed.";
      return authFailure(family, 'mismatch', detail);
    }
    const key = this.#keys.get(secretAccessKey, given.date, given.region, given.service);
    const scope = `AWS4-HMAC-SHA256\n${given.timestamp}\n${given.date}/${given.region}/${given.service}/aws4_request\n`;
    const { method, path, query } = request;
    const { signedHeaders } = given;
    const header = headerGetter(request);
    const wanted = Buffer.from(given.signature, 'hex');
    for (const canonical of canonicalRequests({ method, path, query, signedHeaders, header, bodyHash })) {
      const signature = createHmac('sha256', key)
        .update(scope + hash('sha256', canonical))
        .digest();
      if (timingSafeEqual(signature, wanted)) return undefined;
    }
    return authFailure(family, 'mismatch');
  }
}

/** Values of headers as the signature has them. */
function headerGetter({ headers, rawHeaders }: ReceivedRequest): (name: string) => string {
  return (name) => {
    const value = headers[name];
    if (typeof value === 'string' && !value.includes(',')) return value;
    const values: string[] = [];
    for (let index = 0; index < rawHeaders.length; index += 2) {
      if (rawHeaders[index]?.toLowerCase() === name) values.push((rawHeaders[index + 1] ?? '').trim());
    }
    return values.join(',');
  };
}
