import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { signBodiless, type ServerTime } from '../../control-plane-client/index.ts';
import type { Clock, ServerTrust } from '../../kernel/index.ts';
import { messageOf } from '../../kernel/index.ts';
import { limits } from '../limits.ts';
import type { AwsCredentials } from '../session/credentials.ts';

export type ObjectOperation = 'GetBucketLocation' | 'HeadObject' | 'GetObject';

/** S3 refused, or did not answer; the text is the AWS SDK's of this failure. */
export class ObjectFailure extends Error {}

export interface ObjectQuestion {
  readonly operation: ObjectOperation;
  readonly bucket: string;
  /** Of HeadObject and GetObject. */
  readonly key?: string;
}

/** Where environment files come from; the credentials sign every question, so the server decides what may be read. */
export interface ObjectSource {
  /** @returns what the answer holds @throws ObjectFailure */
  ask(
    question: ObjectQuestion,
    as: { readonly credentials: AwsCredentials; readonly region: string },
  ): Promise<Uint8Array>;
}

interface Answer {
  readonly status: number;
  readonly requestId: string;
  readonly body: Buffer;
}

/** S3 at the control plane's endpoint, in path style. What fails on the way is tried once more, as the SDK does. */
export class ObjectClient implements ObjectSource {
  readonly #url: URL;
  readonly #trust: ServerTrust | undefined;
  readonly #clock: Clock;
  readonly #serverTime: ServerTime;

  constructor({
    endpoint,
    trust,
    clock,
    serverTime,
  }: {
    readonly endpoint: string;
    readonly trust?: ServerTrust | undefined;
    readonly clock: Clock;
    readonly serverTime: ServerTime;
  }) {
    this.#url = new URL(endpoint);
    this.#trust = trust;
    this.#clock = clock;
    this.#serverTime = serverTime;
  }

  async ask(
    question: ObjectQuestion,
    as: { readonly credentials: AwsCredentials; readonly region: string },
  ): Promise<Uint8Array> {
    const { operation } = question;
    for (let attempt = 1; ; attempt += 1) {
      let reason: string;
      try {
        const { status, requestId, body } = await this.#send(question, as);
        if (status >= 200 && status < 300) return body;
        reason = `https response error StatusCode: ${status}, RequestID: ${requestId}, HostID: , api error ${errorOf(status, body)}`;
        if (status < 500 || status === 501) attempt = limits.objectAttempts;
      } catch (error) {
        reason = `request send failed, ${messageOf(error)}`;
      }
      if (attempt >= limits.objectAttempts) throw new ObjectFailure(`operation error S3: ${operation}, ${reason}`);
    }
  }

  #send(
    { operation, bucket, key = '' }: ObjectQuestion,
    as: { readonly credentials: AwsCredentials; readonly region: string },
  ): Promise<Answer> {
    const send = this.#url.protocol === 'https:' ? httpsRequest : httpRequest;
    const method = operation === 'HeadObject' ? 'HEAD' : 'GET';
    const path =
      operation === 'GetBucketLocation'
        ? `/${encodeURIComponent(bucket)}?location`
        : `/${[bucket, ...key.split('/')].map(encodeSegment).join('/')}`;
    const headers = signBodiless(
      this.#url,
      { method, path },
      { ...as, service: 's3', nowMs: this.#serverTime.nowMs() },
    );
    const { hostname, port, protocol } = this.#url;
    return new Promise((resolve, reject) => {
      const request = send({ ...this.#trust, protocol, hostname, port, method, path, headers }, (response) => {
        resolve(wholeAnswer(response));
      });
      const cancel = this.#clock.after(limits.objectTimeoutMs, () => {
        request.destroy(new Error('context deadline exceeded'));
      });
      request.on('error', reject);
      request.on('close', cancel);
      request.end();
    });
  }
}

async function wholeAnswer(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > limits.environmentFileBytes)
      throw new Error(`the answer has more than ${limits.environmentFileBytes} bytes`);
    chunks.push(chunk);
  }
  const { statusCode: status = 0, headers } = response;
  return { status, requestId: String(headers['x-amzn-requestid'] ?? ''), body: Buffer.concat(chunks) };
}

/** Answers to HEAD have no body: then the status says what there is to say. */
const withoutBody: Readonly<Record<number, string>> = { 403: 'Forbidden: Forbidden', 404: 'NotFound: Not Found' };

function errorOf(status: number, body: Buffer): string {
  const text = body.toString('utf8');
  const [, code] = /<Code>([^<]*)<\/Code>/.exec(text) ?? [];
  const [, message = ''] = /<Message>([^<]*)<\/Message>/.exec(text) ?? [];
  if (code === undefined) return withoutBody[status] ?? `UnknownError: UnknownError`;
  return `${code}: ${message.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')}`;
}

function encodeSegment(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}
