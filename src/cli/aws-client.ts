import { request } from 'node:http';
import { request as secureRequest } from 'node:https';
import aws4 from 'aws4';
import { LongshoreError, Unavailable, type ServerTrust } from '../kernel/index.ts';

export interface AwsClientOptions {
  /** Such as `http://127.0.0.1:4566`. */
  readonly endpoint: string;
  /** How an `https` endpoint is verified; absent: as usual. */
  readonly trust?: ServerTrust;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** The service refused. */
export class AwsRefused extends LongshoreError {
  override readonly name = 'AwsRefused';
}

const timeoutMs = 30_000;
const maxAnswerBytes = 16 * 1024 * 1024;
const targetPrefixes = { ecs: 'AmazonEC2ContainerServiceV20141113', logs: 'Logs_20140328' } as const;
const queryVersions = { ec2: '2016-11-15', iam: '2010-05-08' } as const;

/** A small signed client, for what the command line itself asks of a Longshore. */
export class AwsClient {
  readonly #options: AwsClientOptions;
  readonly #url: URL;

  constructor(options: AwsClientOptions) {
    this.#options = options;
    this.#url = new URL(options.endpoint);
  }

  /**
   * An operation in AWS JSON 1.1. The caller knows what it answers with.
   * @throws AwsRefused with the service's code and message, Unavailable when nothing answers
   */
  async json<Answer>(service: keyof typeof targetPrefixes, operation: string, input: object): Promise<Answer> {
    const text = await this.#send(service, JSON.stringify(input), {
      'Content-Type': 'application/x-amz-json-1.1',
      'X-Amz-Target': `${targetPrefixes[service]}.${operation}`,
    });
    return JSON.parse(text) as Answer;
  }

  /** An operation of a service that speaks the query protocol. @returns the XML of the answer */
  query(
    service: keyof typeof queryVersions,
    action: string,
    parameters: Readonly<Record<string, string>> = {},
  ): Promise<string> {
    const body = new URLSearchParams({ Action: action, Version: queryVersions[service], ...parameters }).toString();
    return this.#send(service, body, { 'Content-Type': 'application/x-www-form-urlencoded; charset=utf-8' });
  }

  /** A request that is Longshore's own. The caller knows what it answers with. */
  async own<Answer>(service: string, path: string, query: Readonly<Record<string, string>>): Promise<Answer> {
    const { region, endpoint: _endpoint, trust, ...keys } = this.#options;
    const target = `${path}?${new URLSearchParams(query).toString().replaceAll('+', '%20')}`;
    const signed = aws4.sign({ method: 'GET', path: target, service, region, headers: { Host: this.#url.host } }, keys);
    const sent = { method: 'GET', path: target, body: '', headers: signed.headers ?? {}, trust };
    return JSON.parse(await send(this.#url, sent)) as Answer;
  }

  #send(service: string, body: string, headers: Readonly<Record<string, string>>): Promise<string> {
    const { region, endpoint: _endpoint, trust, ...keys } = this.#options;
    const signed = aws4.sign(
      { method: 'POST', path: '/', service, region, body, headers: { Host: this.#url.host, ...headers } },
      keys,
    );
    return send(this.#url, { method: 'POST', path: '/', body, headers: signed.headers ?? {}, trust });
  }
}

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly body: string;
  readonly headers: NonNullable<aws4.Request['headers']>;
  readonly trust: ServerTrust | undefined;
}

function send(url: URL, { method, path, body, headers, trust }: Sent): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => reject(new Unavailable(`${url.href} does not answer: ${error.message}`));
    // A connection of its own each time: nothing is left open that could keep the process alive.
    const start = url.protocol === 'https:' ? secureRequest : request;
    const call = start(url, { method, path, headers, agent: false, timeout: timeoutMs, ...trust });
    call.on('timeout', () => call.destroy(new Error(`no answer in ${timeoutMs} ms`)));
    call.on('error', fail);
    call.on('response', (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > maxAnswerBytes) call.destroy(new Error(`the answer is larger than ${maxAnswerBytes} bytes`));
        else chunks.push(chunk);
      });
      response.on('error', fail);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        if (response.statusCode === 200) resolve(text);
        else reject(refusal(response.statusCode ?? 0, text));
      });
    });
    call.end(body);
  });
}

/** The code and message of an error, from JSON or from EC2's XML. */
export function refusal(status: number, text: string): AwsRefused {
  const code = /<Code>([^<]*)<\/Code>/.exec(text)?.[1] ?? /"__type"\s*:\s*"(?:[^"#]*#)?([^"]*)"/.exec(text)?.[1];
  const message = /<Message>([^<]*)<\/Message>/.exec(text)?.[1] ?? /"message"\s*:\s*"([^"]*)"/i.exec(text)?.[1];
  return new AwsRefused(`${code ?? `HTTP ${status}`}: ${message ?? text.slice(0, 200)}`);
}
