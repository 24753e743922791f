import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { Clock, Log } from '../../kernel/index.ts';
import { messageOf } from '../../kernel/index.ts';
import { limits } from '../limits.ts';
import { SharedListener } from '../metadata/shared-listener.ts';
import type { IntrospectionAnswer, IntrospectionRooms } from './introspection.ts';
import { introspect } from './introspection.ts';

export interface IntrospectionServerOptions {
  readonly rooms: IntrospectionRooms;
  /** `127.0.0.1`: who is on the machine may ask, nobody else. */
  readonly address: string;
  readonly port: number;
  readonly clock: Clock;
  readonly log: Log;
}

/** Answers introspection on the machine. Of several agents with the same port one has it, and the next takes over when it goes. */
export class IntrospectionServer {
  readonly #listener: SharedListener;
  readonly #server;

  constructor(options: IntrospectionServerOptions) {
    const { rooms, address: host, port, clock, log } = options;
    this.#server = createServer({ maxHeaderSize: limits.introspectionHeaderBytes }, (request, response) => {
      void answer(rooms, request).then(
        (said) => write(response, said),
        (error: unknown) => {
          log.error('an introspection request failed', { path: request.url, error: messageOf(error) });
          write(response, { status: 500, body: 'the agent could not answer; its log says why' });
        },
      );
    });
    this.#server.requestTimeout = limits.metadataTimeoutMs;
    this.#server.headersTimeout = limits.metadataTimeoutMs;
    this.#server.keepAliveTimeout = limits.metadataTimeoutMs;
    this.#server.maxConnections = limits.introspectionConnections;
    this.#listener = new SharedListener(this.#server, { host, port }, { clock, log, audience: 'introspection' });
  }

  start(): Promise<void> {
    return this.#listener.start();
  }

  stop(): void {
    this.#listener.stop();
    this.#server.closeAllConnections();
  }
}

async function answer(rooms: IntrospectionRooms, request: IncomingMessage): Promise<IntrospectionAnswer> {
  request.resume();
  if (request.method !== 'GET') return { status: 405, body: 'only GET is answered here' };
  const url = URL.parse(request.url ?? '/', 'http://agent');
  return url === null ? { status: 400, body: 'the path cannot be read' } : introspect(rooms, url);
}

function write(response: ServerResponse, { status, body }: IntrospectionAnswer): void {
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': bytes.length }).end(bytes);
}
