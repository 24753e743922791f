import { randomUUID } from 'node:crypto';
import * as http from 'node:http';
import { onTestFinished } from 'vitest';
import type { Clock, Ids, Log, LogFields } from '../../kernel/index.ts';
import type { Authorizer, CallRecorder, CredentialStore, ServiceDefinition } from '../api/index.ts';
import { createServer } from '../http/server.ts';
import type { ServerLimits } from '../http/limits.ts';

/** Real time: these tests run against real sockets. */
export const realClock: Clock = {
  nowMs: () => Date.now(),
  after: (delayMs, run) => {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};

export const testIds: Ids = {
  hex: (length) => randomUUID().replaceAll('-', '').slice(0, length),
  uuid: () => randomUUID(),
  fraction: () => 0.5,
};

export const account = '123456789012';
export const secretAccessKey = 'secret/with+odd=characters';
export const sessionToken = 'token/with+odd==characters';

/** `AKIDTEST` without a token, `ASIATEST` with one, `ASIAOLD` with an expired one. */
export const testCredentials: CredentialStore = {
  find(accessKeyId, token) {
    const caller = { account, accessKeyId, arn: `arn:aws:iam::${account}:root` };
    if (accessKeyId === 'AKIDTEST' && token === undefined) return { secretAccessKey, caller };
    if (accessKeyId === 'ASIATEST' && token === sessionToken) return { secretAccessKey, caller };
    return accessKeyId === 'ASIAOLD' ? 'expired' : undefined;
  },
};

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: LogFields;
}

/** A log that keeps its lines. */
export function recordingLog(lines: LogLine[], base: LogFields = {}): Log {
  const write =
    (level: LogLine['level']) =>
    (message: string, fields: LogFields = {}): void => {
      lines.push({ level, message, fields: { ...base, ...fields } });
    };
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    with: (fields) => recordingLog(lines, { ...base, ...fields }),
  };
}

export interface TestServer {
  readonly port: number;
  readonly url: string;
  readonly log: readonly LogLine[];
  readonly stop: () => Promise<void>;
}

/** A server on a free loopback port; stopped when the test is over. */
export async function startTestServer(
  services: readonly ServiceDefinition[],
  options: {
    readonly limits?: Partial<ServerLimits>;
    readonly clock?: Clock;
    readonly authorizer?: Authorizer;
    readonly recorder?: CallRecorder;
    health?: () => { status: string };
  } = {},
): Promise<TestServer> {
  const log: LogLine[] = [];
  const server = createServer({
    host: '127.0.0.1',
    port: 0,
    services,
    credentials: testCredentials,
    clock: options.clock ?? realClock,
    ids: testIds,
    log: recordingLog(log),
    ...(options.authorizer === undefined ? {} : { authorizer: options.authorizer }),
    ...(options.recorder === undefined ? {} : { recorder: options.recorder }),
    health: options.health ?? (() => ({ status: 'ok' })),
    limits: { stopTimeoutMs: 300, ...options.limits },
  });
  const { port } = await server.start();
  onTestFinished(() => server.stop());
  return { port, url: `http://127.0.0.1:${port}`, log, stop: () => server.stop() };
}

export interface PlainAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** Sends one request as it is. */
export function sendPlain(
  port: number,
  options: { method?: string; path?: string; headers?: http.OutgoingHttpHeaders; body?: string | Uint8Array },
): Promise<PlainAnswer> {
  return new Promise((resolve, reject) => {
    const { method = 'POST', path = '/', headers = {}, body } = options;
    const request = http.request({ host: '127.0.0.1', port, method, path, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString('utf8'),
        }),
      );
    });
    request.on('error', reject);
    request.end(body);
  });
}
