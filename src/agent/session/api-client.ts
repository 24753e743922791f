import { Agent as HttpAgent, request as httpRequest, type OutgoingHttpHeaders } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { signBodiless, signJsonRequest, type ServerTime } from '../../control-plane-client/index.ts';
import type { Clock, Ids, ServerTrust } from '../../kernel/index.ts';
import { LongshoreError, Unavailable } from '../../kernel/index.ts';
import { limits } from '../limits.ts';
import { sleep } from '../sleep.ts';
import type { AwsCredentials } from './credentials.ts';

/** The service refused; `code` is the last part of its type, such as `InvalidParameterException`. */
export class ApiError extends LongshoreError {
  override readonly name = 'ApiError';
  readonly code: string;
  readonly status: number;
  constructor(code: string, status: number, message: string) {
    super(`${code}: ${message}`);
    this.code = code;
    this.status = status;
  }
}

export interface ApiClientOptions {
  /** `http://host:port` or `https://…`, where every service answers. */
  readonly endpoint: string;
  readonly trust?: ServerTrust | undefined;
  readonly region: string;
  readonly credentials: () => AwsCredentials;
  readonly userAgent: string;
  readonly serverTime: ServerTime;
  readonly clock: Clock;
  readonly ids: Ids;
}

export interface ApiCall {
  /** Signing name, such as `ecs` or `logs`. */
  readonly service: string;
  /** `<target prefix>.<Operation>` */
  readonly target: string;
  readonly input: object;
  /** Instead of the agent's own. */
  readonly credentials?: AwsCredentials;
  readonly region?: string;
  readonly timeoutMs?: number;
  /** 1: never again. */
  readonly attempts?: number;
}

/** A question of Longshore's own, without a body: `path` with its query, percent-encoded. */
export interface ApiQuestion extends Pick<ApiCall, 'service' | 'credentials' | 'region' | 'attempts'> {
  readonly path: string;
}

interface Prepared {
  readonly name: string;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: OutgoingHttpHeaders;
  readonly body: string;
  readonly timeoutMs: number;
}

const throttles =
  /Throttl|TooManyRequests|RequestLimitExceeded|LimitExceededException|ServerException|InternalFailure|ServiceUnavailable/;

/** Answers to a signature whose time is off; AWS's SDKs know these by the same names. */
const skewed =
  /^(?:AuthFailure|InvalidSignatureException|RequestExpired|RequestInTheFuture|RequestTimeTooSkewed|SignatureDoesNotMatch)$/;

/** AWS JSON 1.1 over a kept-alive connection, signed, with a bound on time and size, retried on throttling, 5xx and network faults. */
export class ApiClient {
  readonly #options: ApiClientOptions;
  readonly #url: URL;
  readonly #agent: HttpAgent | HttpsAgent;
  /** How often the time to sign with was corrected. */
  #corrections = 0;

  constructor(options: ApiClientOptions) {
    this.#options = options;
    this.#url = new URL(options.endpoint);
    const pool = { keepAlive: true, maxSockets: 64, timeout: limits.apiTimeoutMs };
    this.#agent = this.#url.protocol === 'https:' ? new HttpsAgent({ ...pool, ...options.trust }) : new HttpAgent(pool);
  }

  /** @throws ApiError when the service refuses, Unavailable when it does not answer */
  call(call: ApiCall): Promise<Record<string, unknown>> {
    return this.#repeat(call.attempts, () => this.#prepare(call));
  }

  /** @throws ApiError when the service refuses, Unavailable when it does not answer */
  ask({ path, attempts, ...question }: ApiQuestion): Promise<Record<string, unknown>> {
    return this.#repeat(attempts, () => ({
      name: `GET ${path.split('?')[0]}`,
      method: 'GET',
      path,
      headers: signBodiless(this.#url, { method: 'GET', path }, this.#scope(question)),
      body: '',
      timeoutMs: limits.apiTimeoutMs,
    }));
  }

  /** Something of Longshore's own that is not signed. @throws ApiError when the service refuses, Unavailable when it does not answer */
  tell({ path, input }: { readonly path: string; readonly input: object }): Promise<Record<string, unknown>> {
    const body = JSON.stringify(input);
    const headers = {
      Host: this.#url.host,
      'Content-Type': 'application/json',
      'Content-Length': Buffer.byteLength(body),
      'User-Agent': this.#options.userAgent,
    };
    const timeoutMs = limits.apiTimeoutMs;
    return this.#repeat(undefined, () => ({ name: `POST ${path}`, method: 'POST', path, headers, body, timeoutMs }));
  }

  async #repeat(
    attempts: number = limits.apiAttempts,
    prepare: () => Prepared, // signed anew each time
  ): Promise<Record<string, unknown>> {
    let corrected = false;
    for (let attempt = 1; ; attempt += 1) {
      const times = this.#corrections;
      try {
        return await this.#once(prepare());
      } catch (error) {
        // Signed with a wrong time, which is known now: once more, at once.
        if (!corrected && this.#corrections !== times && error instanceof ApiError && skewed.test(error.code)) {
          corrected = true;
          continue;
        }
        if (attempt >= attempts || !isTransient(error)) throw error;
        const longestMs = Math.min(limits.apiRetryFirstMs * 2 ** attempt, limits.apiRetryLongestMs);
        await sleep(this.#options.clock, longestMs * (0.5 + this.#options.ids.fraction() / 2));
      }
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  #scope({ service, region, credentials }: Pick<ApiCall, 'service' | 'region' | 'credentials'>) {
    return {
      service,
      region: region ?? this.#options.region,
      credentials: credentials ?? this.#options.credentials(),
      nowMs: this.#options.serverTime.nowMs(),
    };
  }

  #prepare(call: ApiCall): Prepared {
    const { target, timeoutMs = limits.apiTimeoutMs } = call;
    const body = JSON.stringify(call.input);
    const signing = { target, body, headers: { 'User-Agent': this.#options.userAgent } };
    const headers = signJsonRequest(this.#url, signing, this.#scope(call));
    return { name: target, method: 'POST', path: this.#url.pathname, headers, body, timeoutMs };
  }

  #once({ name, method, path, headers, body, timeoutMs }: Prepared): Promise<Record<string, unknown>> {
    const send = this.#url.protocol === 'https:' ? httpsRequest : httpRequest;
    return new Promise((resolve, reject) => {
      const fail = (text: string): void => {
        reject(new Unavailable(`${name} at ${this.#url.origin} ${text}`));
      };
      const request = send(new URL(path, this.#url), { method, headers, agent: this.#agent }, (response) => {
        if (this.#options.serverTime.learn(response.headers.date)) this.#corrections += 1;
        const chunks: Buffer[] = [];
        let size = 0;
        response.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size > limits.apiResponseBytes) request.destroy(new Error('answered with too much'));
          else chunks.push(chunk);
        });
        response.on('error', (error) => fail(`failed: ${error.message}`));
        response.on('end', () => {
          try {
            resolve(readResponse(response.statusCode ?? 0, Buffer.concat(chunks).toString('utf8')));
          } catch (error) {
            reject(error instanceof Error ? error : new Error(String(error)));
          }
        });
      });
      const cancel = this.#options.clock.after(timeoutMs, () => {
        request.destroy(new Error(`did not answer in ${timeoutMs} ms`));
      });
      request.on('error', (error) => fail(error.message));
      request.on('close', cancel);
      request.end(body);
    });
  }
}

function readResponse(status: number, text: string): Record<string, unknown> {
  let value: Record<string, unknown> = {};
  try {
    if (text !== '') value = JSON.parse(text) as Record<string, unknown>;
  } catch {
    throw new Unavailable(`the service answered ${status} with something that is not JSON: ${text.slice(0, 200)}`);
  }
  if (status >= 200 && status < 300) return value;
  const type = textOf(value['__type']) ?? textOf(value['code']) ?? 'UnknownError';
  const code = type.slice(type.lastIndexOf('#') + 1).split(':')[0] ?? type;
  throw new ApiError(code, status, textOf(value['message']) ?? textOf(value['Message']) ?? '');
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function isTransient(error: unknown): boolean {
  if (error instanceof Unavailable) return true;
  return error instanceof ApiError && (error.status >= 500 || throttles.test(error.code));
}
