import { createSocket, type RemoteInfo, type Socket as UdpSocket } from 'node:dgram';
import { createServer, type Server, type Socket } from 'node:net';
import { decode, encode, TRUNCATED_RESPONSE, type DecodedPacket, type Packet } from 'dns-packet';
import type { Log } from '../kernel/index.ts';
import { decide, failure } from './answer.ts';
import { followed } from './follow.ts';
import type { Asker, Names } from './names.ts';
import { askUpstream, framed, type UpstreamServer } from './upstream.ts';

/** Questions that wait for another server at once; more get SERVFAIL. */
const maxForwarded = 256;
/** What a datagram may hold without EDNS. */
const maxUdpBytes = 512;
const maxConnections = 64;
const idleConnectionMs = 10_000;

export interface NameServerAddress {
  readonly host: string;
  readonly port: number;
  /** Who asks at this address. */
  readonly asker: Asker['kind'];
}

export interface NameServerOptions {
  readonly listen: readonly NameServerAddress[];
  readonly names: Names;
  /** Who is asked about other names; empty: they get SERVFAIL. */
  readonly upstream: readonly UpstreamServer[];
  readonly log: Log;
}

/** Answers questions over UDP and TCP at each of its addresses. */
export class NameServer {
  readonly #options: NameServerOptions;
  readonly #closers = new Set<() => void>();
  #forwarded = 0;

  constructor(options: NameServerOptions) {
    this.#options = options;
  }

  /**
   * Listens at all addresses; one that cannot be had does not keep the others from working.
   * @returns the addresses that could not be had, and why
   */
  async start(): Promise<readonly { readonly at: NameServerAddress; readonly problem: string }[]> {
    const tried = await Promise.all(this.#options.listen.map((at) => this.#open(at)));
    return tried.flatMap((problem, index) => {
      const at = this.#options.listen[index];
      return problem === undefined || at === undefined ? [] : [{ at, problem }];
    });
  }

  stop(): void {
    for (const close of this.#closers) close();
    this.#closers.clear();
  }

  async #open(at: NameServerAddress): Promise<string | undefined> {
    try {
      const udp = await this.#openUdp(at);
      // Both at one port, also where the system chose it.
      await this.#openTcp({ ...at, port: udp.address().port });
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  #openUdp({ host, port, asker }: NameServerAddress): Promise<UdpSocket> {
    return new Promise((resolve, reject) => {
      const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
      socket.once('error', reject);
      socket.bind(port, host, () => {
        socket.off('error', reject);
        socket.on('error', (error) => this.#options.log.warn('name server socket', { host, error: error.message }));
        this.#closers.add(() => socket.close());
        resolve(socket);
      });
      socket.on('message', (query, from) => void this.#datagram(socket, query, { from, asker }));
    });
  }

  async #datagram(
    socket: UdpSocket,
    query: Buffer,
    { from, asker }: { readonly from: RemoteInfo; readonly asker: Asker['kind'] },
  ): Promise<void> {
    const answer = await this.#answer(query, { kind: asker, address: from.address }, 'udp');
    if (answer === undefined) return;
    // The server may have stopped meanwhile, and the asker may be gone: neither is anybody's problem.
    try {
      socket.send(answer, from.port, from.address, () => undefined);
    } catch (error) {
      this.#options.log.debug('answer not sent', { error: String(error) });
    }
  }

  #openTcp({ host, port, asker }: NameServerAddress): Promise<Server> {
    return new Promise((resolve, reject) => {
      const server = createServer((socket) => this.#connection(socket, asker));
      server.maxConnections = maxConnections;
      server.once('error', reject);
      server.listen({ host, port }, () => {
        server.off('error', reject);
        server.on('error', (error) => this.#options.log.warn('name server socket', { host, error: error.message }));
        this.#closers.add(() => server.close());
        resolve(server);
      });
    });
  }

  /** Questions of one connection are answered one after another; nothing more is read meanwhile. */
  #connection(socket: Socket, kind: Asker['kind']): void {
    const close = (): void => void socket.destroy();
    this.#closers.add(close);
    socket.on('close', () => this.#closers.delete(close));
    socket.setTimeout(idleConnectionMs, close);
    socket.on('error', close);
    const asker = { kind, address: socket.remoteAddress ?? '' };
    void this.#conversation(socket, asker).catch(close);
  }

  async #conversation(socket: Socket, asker: Asker): Promise<void> {
    let got = Buffer.alloc(0);
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      got = Buffer.concat([got, chunk]);
      while (got.length >= 2 && got.length >= 2 + got.readUInt16BE(0)) {
        const query = got.subarray(2, 2 + got.readUInt16BE(0));
        got = got.subarray(2 + query.length);
        const answer = await this.#answer(query, asker, 'tcp');
        if (answer === undefined) return void socket.destroy();
        // Nothing more is read from who does not read; one who never does is let go as idle.
        if (!socket.write(framed(answer))) await drained(socket);
      }
    }
  }

  /** @returns undefined for what is no question */
  async #answer(query: Buffer, asker: Asker, transport: 'udp' | 'tcp'): Promise<Buffer | undefined> {
    const packet = readQuery(query);
    if (packet === undefined) return undefined;
    const decision = decide(packet, this.#options.names, asker);
    if ('forward' in decision) return (await this.#askOthers(query, transport)) ?? encode(failure(packet, 'SERVFAIL'));
    const ask = async (asked: Packet): Promise<Packet | undefined> => {
      const said = await this.#askOthers(encode(asked), transport);
      return said && readPacket(said);
    };
    const answer = await followed(decision.answer, { names: this.#options.names, asker, ask });
    const bytes = encode(answer);
    if (transport === 'tcp' || bytes.length <= maxUdpBytes) return bytes;
    return encode({ ...answer, answers: [], flags: (answer.flags ?? 0) | TRUNCATED_RESPONSE });
  }

  /** @returns undefined: it cannot be known now; why is the same for every question and said at start */
  async #askOthers(query: Buffer, transport: 'udp' | 'tcp'): Promise<Buffer | undefined> {
    if (this.#forwarded >= maxForwarded) return undefined;
    this.#forwarded++;
    try {
      return await askUpstream(this.#options.upstream, query, transport);
    } catch {
      return undefined;
    } finally {
      this.#forwarded--;
    }
  }
}

/** Resolves when what was written has gone out, or the connection has ended. */
function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      socket.off('drain', end).off('close', end);
      resolve();
    };
    socket.once('drain', end).once('close', end);
    if (socket.destroyed) end();
  });
}

function readQuery(bytes: Buffer): DecodedPacket | undefined {
  const packet = readPacket(bytes);
  return packet?.type === 'query' ? packet : undefined;
}

function readPacket(bytes: Buffer): DecodedPacket | undefined {
  try {
    return decode(bytes);
  } catch {
    return undefined; // anybody can send anything
  }
}
