import { connect, type ClientHttp2Session } from 'node:http2';

/** The HTTP/2 connections to one target. */
export class Http2Sessions {
  readonly #origin: string;
  readonly #open: { readonly session: ClientHttp2Session; streams: number }[] = [];
  readonly #leaving = new Set<ClientHttp2Session>();

  readonly #source: () => string | undefined;

  /** @param source the address to connect from, asked each time */
  constructor(origin: string, source: () => string | undefined) {
    this.#origin = origin;
    this.#source = source;
  }

  /** A connection with room for a stream; `done` gives the room back. */
  take(): { readonly session: ClientHttp2Session; done(): void } {
    const free = this.#open.find(
      ({ session, streams }) => !session.closed && !session.destroyed && streams < streamsOf(session),
    );
    const entry = free ?? this.#add();
    entry.streams += 1;
    let given = true;
    return {
      session: entry.session,
      done: () => {
        if (given) entry.streams -= 1;
        given = false;
      },
    };
  }

  #add(): { readonly session: ClientHttp2Session; streams: number } {
    // As AWS does, targets' certificates are not verified.
    const source = this.#source();
    const from = source === undefined ? {} : { localAddress: source };
    const session = connect(this.#origin, { rejectUnauthorized: false, ...from });
    // Requests wait for its connection, each with listeners of its own.
    session.setMaxListeners(0);
    const entry = { session, streams: 0 };
    this.#open.push(entry);
    const forget = (): void => {
      const index = this.#open.indexOf(entry);
      if (index >= 0) this.#open.splice(index, 1);
    };
    session.on('goaway', () => {
      forget();
      this.#leaving.add(session);
    });
    session.on('error', forget);
    session.on('close', () => {
      forget();
      this.#leaving.delete(session);
    });
    return entry;
  }

  /** Takes no new streams; connections end with their last one. */
  closeIdle(): void {
    for (const { session } of this.#open.splice(0)) {
      this.#leaving.add(session);
      session.close();
    }
  }

  closeAll(): void {
    this.closeIdle();
    for (const session of this.#leaving) session.destroy();
  }
}

/** Servers that have not said yet, and those without a limit, get no more than this. */
const mostStreams = 100;

function streamsOf(session: ClientHttp2Session): number {
  if (session.connecting) return mostStreams;
  return Math.min(mostStreams, session.remoteSettings.maxConcurrentStreams ?? mostStreams);
}
