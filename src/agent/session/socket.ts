import type { Clock, Ids, Log, ServerTrust } from '../../kernel/index.ts';
import {
  DialledSocket,
  encodeQuery,
  websocketUrl,
  type AwsCredentials,
  type Connection,
  type Ended,
  type ServerTime,
} from '../../control-plane-client/index.ts';
import { limits } from '../limits.ts';

export interface SocketOptions {
  /** `acs` or `tcs`, for the log. */
  readonly name: string;
  /** Asked before each dial. */
  readonly endpoint: () => Promise<string>;
  readonly trust: ServerTrust | undefined;
  readonly query: () => Readonly<Record<string, string>>;
  readonly region: string;
  readonly credentials: () => AwsCredentials;
  readonly backoff: { readonly firstMs: number; readonly longestMs: number; readonly factor: number };
  readonly onOpen: (connection: Connection) => void;
  /** @returns true when the frame counts as a sign of life */
  readonly onText: (text: string, connection: Connection) => boolean;
  readonly onClose?: () => void;
  /** The instance was deregistered. */
  readonly onInactive?: () => void;
  readonly serverTime: ServerTime;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
}

/** Close codes after which the connection is made anew at once. */
const plainCloses = [1000, 1001, 1006, 1011];
const inactive = 'InactiveInstanceException';
/** Another agent has the same identity, and has it first. */
const inUse = 'InstanceInUseException';

/**
 * One websocket of the agent's protocol: ends for silence, is renewed after half an hour, and after a plain close at once.
 * A control plane that accepts and drops at once is dialled with backoff all the same once a connection did not live for a second.
 */
export class AgentSocket {
  readonly #options: SocketOptions;
  readonly #socket: DialledSocket;

  constructor(options: SocketOptions) {
    this.#options = options;
    const { name, trust, region, credentials, serverTime, backoff, clock, ids, log } = options;
    this.#socket = new DialledSocket(
      {
        url: async () => socketUrl(await options.endpoint(), options.query()),
        trust,
        service: 'ecs',
        region,
        credentials,
        serverTime,
        limits: { ...limits.controlPlaneSocket, reconnect: backoff },
        clock,
        ids,
        log,
      },
      {
        onOpen: (connection) => {
          log.info(`${name}: connected`, { url: connection.url.origin + connection.url.pathname });
          options.onOpen(connection);
        },
        onText: (text, connection) => {
          if (options.onText(text, connection)) connection.works();
        },
        onEnd: (ended) => this.#ended(ended),
      },
    );
  }

  close(): void {
    this.#socket.close('agent stops');
  }

  /** @returns when it is dialled again, unless with backoff */
  #ended({ why, code, openMs }: Ended): number | undefined {
    const { log, name, backoff } = this.#options;
    if (code === undefined) {
      log.warn(`${name}: no endpoint to connect to, will try again`, { error: why });
      return undefined;
    }
    if (openMs !== undefined) this.#options.onClose?.();
    log.info(`${name}: connection ended`, { code, reason: why });
    const plain = openMs !== undefined && plainCloses.includes(code);
    if (why.includes(inactive) && !plain) {
      log.error(`${name}: this container instance was deregistered; restart the agent to register again`);
      this.#options.onInactive?.();
      return name === 'acs' ? limits.inactiveInstanceRetryMs : backoff.longestMs;
    }
    if (why.includes(inUse)) {
      log.error(`${name}: another agent is connected with the identity of this one, which stays away while it is`, {
        reason: why,
      });
      return backoff.longestMs;
    }
    return plain && openMs >= 1_000 ? 0 : undefined;
  }
}

/** `http` endpoints give `ws`, `https` ones `wss`; a path stays and `ws` is appended. */
export function socketUrl(endpoint: string, query: Readonly<Record<string, string>>): URL {
  const url = websocketUrl(endpoint);
  url.pathname = `${url.pathname.replace(/\/$/, '')}/ws`;
  url.search = encodeQuery(query);
  return url;
}
