import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { messageOf, type ServerTrust } from '../../kernel/index.ts';
import { callWayPath, readCalledService } from '../../agent-protocol/index.ts';
import { ApiForward } from '../calls/api-forward.ts';
import { CallWaysOfMachine, OwnCallWays, type CallWayApi } from '../calls/call-way-source.ts';
import { CallWays } from '../calls/call-ways.ts';
import { WayKeeper } from '../calls/way-keeper.ts';
import { limits } from '../limits.ts';
import type { MetadataOptions } from '../options.ts';
import type { EcsApi } from '../session/ecs-api.ts';
import type { TaskParts } from '../tasks/parts.ts';
import type { TaskTable } from '../tasks/task-table.ts';
import { Neighbours, sourceHeader, unknownHere } from './neighbours.ts';
import { RateLimit } from './rate-limit.ts';
import type { MetadataAnswer, MetadataRequest, MetadataRooms } from './routes.ts';
import { answerMetadata, unknownCredentials } from './routes.ts';
import { SharedListener } from './shared-listener.ts';

export interface MetadataServerOptions {
  readonly parts: TaskParts;
  readonly table: TaskTable;
  readonly api: EcsApi;
  readonly metadata: MetadataOptions;
  readonly endpoint: string;
  readonly trust: ServerTrust | undefined;
  /** Undefined: calls of programs get through whatever their tasks' networks are. */
  readonly callWays: CallWayApi | undefined;
  readonly availabilityZone?: string;
}

/** Metadata and credentials for tasks, at an address that all agents of this machine share, and the way to the API. */
export class MetadataServer {
  readonly #options: MetadataServerOptions;
  readonly #rooms: MetadataRooms;
  readonly #neighbours: Neighbours;
  readonly #rate = new RateLimit();
  readonly #own: Server;
  readonly #ownWays: OwnCallWays;
  readonly #listeners: SharedListener[] = [];

  constructor(options: MetadataServerOptions) {
    this.#options = options;
    const { parts, table, api, metadata, availabilityZone } = options;
    const { region, instanceArn } = parts.place;
    this.#rooms = {
      table,
      credentials: parts.credentials,
      api,
      region,
      containerInstanceArn: instanceArn,
      ...(availabilityZone === undefined ? {} : { availabilityZone }),
    };
    this.#neighbours = new Neighbours(metadata.runDir, instanceArn, parts.clock);
    this.#own = this.#server((request, response) => this.#forNeighbour(request, response));
    const around = { clock: parts.clock, log: parts.log };
    const shared = this.#server((request, response) => this.#forTask(request, response));
    this.#listeners.push(new SharedListener(shared, { host: metadata.address, port: metadata.port }, around));
    this.#ownWays = new OwnCallWays(table, options.callWays);
    if (metadata.apiPort !== undefined) {
      const at = { host: metadata.address, port: metadata.apiPort };
      this.#listeners.push(new SharedListener(this.#forward(region).server, at, around));
    }
  }

  async start(): Promise<void> {
    const { log } = this.#options.parts;
    const path = await this.#neighbours.prepare();
    await new Promise<void>((resolve) => {
      this.#own.once('error', (error) => {
        log.error('other agents of this machine cannot ask this one', { path, error: messageOf(error) });
        resolve();
      });
      this.#own.listen(path, resolve);
    });
    await Promise.all(this.#listeners.map((listener) => listener.start()));
  }

  #forward(region: string): ApiForward {
    const { parts, endpoint, trust } = this.#options;
    const ways = new CallWays(new CallWaysOfMachine(this.#ownWays, this.#neighbours), parts);
    return new ApiForward({ endpoint, trust, region, keeper: new WayKeeper(ways, parts.clock), log: parts.log });
  }

  stop(): void {
    for (const listener of this.#listeners) listener.stop();
    this.#own.close();
    this.#own.closeAllConnections();
  }

  #server(handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>): Server {
    const server = createServer((request, response) => {
      handle(request, response).catch((error: unknown) => {
        this.#options.parts.log.error('a metadata request failed', { path: request.url, error: messageOf(error) });
        write(response, { status: 500, body: 'the agent could not answer; its log says why' });
      });
    });
    server.requestTimeout = limits.metadataTimeoutMs;
    server.headersTimeout = limits.metadataTimeoutMs;
    server.keepAliveTimeout = limits.metadataTimeoutMs;
    return server;
  }

  async #forTask(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const source = addressOf(request.socket.remoteAddress);
    if (!this.#rate.take(source, this.#options.parts.clock.nowMs())) {
      response.writeHead(429, { 'Content-Type': 'text/plain' }).end('Too Many Requests\n');
      return;
    }
    const asked = await readRequest(request, source);
    if (asked === undefined) return write(response, { status: 413, body: 'the request is too large' });
    const answer = (await answerMetadata(this.#rooms, asked)) ?? (await this.#neighbours.ask(asked)) ?? unknown(asked);
    if (asked.path.includes('/credentials')) this.#audit(asked, answer);
    write(response, answer);
  }

  async #forNeighbour(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = await readRequest(request, String(request.headers[sourceHeader] ?? ''));
    if (asked === undefined) return write(response, { status: 413, body: 'the request is too large' });
    const answer = asked.path === callWayPath ? this.#callWay(asked) : answerMetadata(this.#rooms, asked);
    write(response, (await answer) ?? { status: unknownHere, body: null });
  }

  /** Another agent forwards a call that may be of a task of this one. */
  async #callWay({ source, query }: MetadataRequest): Promise<MetadataAnswer | undefined> {
    const to = readCalledService(query.get('to') ?? '');
    if (to === undefined) return { status: 400, body: 'no such service' };
    try {
      const body = await this.#ownWays.ask(source, to);
      return body === undefined ? undefined : { status: 200, body };
    } catch (error) {
      return { status: 503, body: messageOf(error) };
    }
  }

  /** Who asked for credentials, and with what result; never the credentials nor the whole id. */
  #audit(asked: MetadataRequest, answer: MetadataAnswer): void {
    this.#options.parts.log.info('credentials asked for', { source: asked.source, status: answer.status });
  }
}

function unknown(asked: MetadataRequest): MetadataAnswer {
  if (asked.path.includes('/credentials')) return unknownCredentials;
  const id = asked.path.split('/')[2] ?? '';
  const status = asked.path.startsWith('/v4/') || asked.path.startsWith('/api/') ? 404 : 400;
  return { status, body: `unable to get the task's metadata for '${id}': no such task is on this machine` };
}

async function readRequest(request: IncomingMessage, source: string): Promise<MetadataRequest | undefined> {
  const url = new URL(request.url ?? '/', 'http://metadata');
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limits.metadataBodyBytes) return undefined;
    chunks.push(chunk);
  }
  return {
    method: request.method ?? 'GET',
    path: url.pathname.replace(/\/+$/, '') || '/',
    query: url.searchParams,
    body: Buffer.concat(chunks).toString('utf8'),
    source,
  };
}

function addressOf(remote: string | undefined): string {
  return (remote ?? '').replace(/^::ffff:/, '');
}

function write(response: ServerResponse, answer: MetadataAnswer): void {
  if (response.headersSent) return;
  const body = Buffer.from(JSON.stringify(answer.body));
  response.writeHead(answer.status, { 'Content-Type': 'application/json', 'Content-Length': body.length }).end(body);
}
