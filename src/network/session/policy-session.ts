import { messageOf } from '../../kernel/index.ts';
import { DialledSocket, websocketUrl, type Connection, type DialOptions } from '../../control-plane-client/index.ts';
import {
  networkSigningName,
  networkSocketPath,
  type NetworkReport,
  type PolicyMessage,
} from '../../network-protocol/index.ts';
import { applied, emptyPicture, NetworkFailed, noChange, wholeOf } from '../index.ts';
import type { Picture, PolicyChange, PolicyEnforcer } from '../index.ts';
import { limits } from './limits.ts';
import { Watched } from './watched.ts';

export interface PolicySessionOptions extends Omit<DialOptions, 'url' | 'service' | 'limits'> {
  /** `http://host:port` or `https://…` of the control plane. */
  readonly endpoint: string;
  readonly enforcer: PolicyEnforcer;
  /** Said at the beginning of each connection. */
  readonly first?: NetworkReport | undefined;
}

/** What is known on the present connection, until it is all that was asked for. */
interface Gathering {
  readonly connection: Connection;
  /** Interfaces that were asked for when the connection began, and not answered. */
  readonly unanswered: Set<string>;
  picture: Picture;
  /** What was gathered is enforced, or about to be: messages are changes of it. */
  complete: boolean;
}

/**
 * Keeps what the control plane says of some interfaces enforced. Nothing is forgotten when the connection ends: on the next one everything is
 * asked for again, gathered until it is whole, and then takes the place of what was enforced, in one change.
 */
export class PolicySession {
  readonly #options: PolicySessionOptions;
  readonly #socket: DialledSocket;
  readonly #watched: Watched;
  #now: Gathering | undefined;
  #work: Promise<void> = Promise.resolve();
  #why = 'there is no connection yet';

  /** @param ids interfaces that are on this machine already */
  constructor(options: PolicySessionOptions, ids: readonly string[]) {
    this.#options = options;
    this.#watched = new Watched(options.clock);
    this.#watched.add(ids);
    const url = (): URL => websocketUrl(options.endpoint, networkSocketPath);
    this.#socket = new DialledSocket(
      { ...options, url, service: networkSigningName, limits: limits.socket },
      {
        onOpen: (connection) => this.#opened(connection),
        onText: (text, connection) => this.#heard(text, connection),
        onEnd: ({ why }) => this.#ended(why || 'the connection ended'),
      },
    );
  }

  /** Is there a connection to the control plane now? */
  get connected(): boolean {
    return this.#now !== undefined;
  }

  /** From now on these are on this machine too. */
  watch(ids: readonly string[]): void {
    const fresh = this.#watched.add(ids);
    const now = this.#now;
    if (fresh.length === 0 || now === undefined) return;
    ask(now.connection, fresh, []);
  }

  /** They are not any more. */
  unwatch(ids: readonly string[]): void {
    const gone = this.#watched.remove(ids);
    const now = this.#now;
    if (gone.length === 0 || now === undefined) return;
    ask(now.connection, [], gone);
    for (const id of gone) now.unanswered.delete(id);
    this.#whole(now);
  }

  /**
   * Resolves when what may pass to and from a watched interface is enforced.
   * @throws NetworkFailed when that is not so after a bounded wait, or the control plane knows no such interface
   */
  enforced(id: string): Promise<void> {
    return this.#watched.enforced(id, (waitedMs) => {
      const { endpoint } = this.#options;
      const why = this.#now === undefined ? `no connection (${this.#why})` : 'it did not answer';
      return new NetworkFailed(
        `the security groups of ${id} did not come from the control plane at ${endpoint} within ${waitedMs} ms: ${why}`,
      );
    });
  }

  close(): void {
    this.#socket.close('stops');
    this.#watched.close(new NetworkFailed('the agent stops'));
  }

  #opened(connection: Connection): void {
    const ids = this.#watched.ids();
    const now: Gathering = { connection, unanswered: new Set(ids), picture: emptyPicture, complete: false };
    this.#now = now;
    this.#options.log.info('connected to the control plane for security groups', { interfaces: ids.length });
    if (this.#options.first !== undefined) report(connection, this.#options.first);
    ask(connection, ids, []);
    this.#whole(now);
  }

  #ended(why: string): undefined {
    if (this.#now !== undefined)
      this.#options.log.warn('no connection for security groups; what is known stays enforced', { why });
    this.#now = undefined;
    this.#why = why;
  }

  #heard(text: string, connection: Connection): void {
    const now = this.#now;
    if (now?.connection !== connection) return;
    let message: PolicyMessage;
    try {
      message = JSON.parse(text) as PolicyMessage;
    } catch (error) {
      return this.#refuse(now, error);
    }
    if (message.type !== 'policy') return; // of a newer control plane
    const change = { ...noChange, ...message, complete: false };
    if (now.complete) return this.#enforce(now, change, message.sequence);
    now.picture = applied(now.picture, change);
    for (const id of [...message.interfaces.map((one) => one.id), ...message.removedInterfaces])
      now.unanswered.delete(id);
    this.#watched.unknown(message.removedInterfaces);
    this.#whole(now, message.sequence);
  }

  /** Once everything that was asked for is there, it takes the place of what was enforced. */
  #whole(now: Gathering, sequence?: number): void {
    if (now.complete || now.unanswered.size > 0) return;
    now.complete = true;
    this.#enforce(now, wholeOf(now.picture), sequence);
    now.picture = emptyPicture; // the enforcer has it from now on
  }

  #enforce(now: Gathering, change: PolicyChange, sequence: number | undefined): void {
    const act = async (): Promise<void> => {
      if (this.#now !== now) return; // the next connection brings everything
      // What was unwatched meanwhile is nobody's here.
      const interfaces = change.interfaces.filter(({ id }) => this.#watched.has(id));
      await this.#options.enforcer.apply({ ...change, interfaces });
      now.connection.works();
      this.#watched.known(interfaces.map(({ id }) => id));
      this.#watched.unknown(change.removedInterfaces);
      if (sequence !== undefined) report(now.connection, { type: 'applied', sequence });
    };
    this.#work = this.#work.then(act).catch((error: unknown) => this.#refuse(now, error));
  }

  /** What comes after a message that is not enforced is no whole: all is asked for again. */
  #refuse(now: Gathering, error: unknown): void {
    if (this.#now !== now) return;
    this.#options.log.error(
      'security groups could not be enforced as the control plane says; asking for all of them again',
      {
        error: messageOf(error),
      },
    );
    this.#now = undefined;
    this.#why = messageOf(error);
    now.connection.drop();
  }
}

function ask(connection: Connection, add: readonly string[], remove: readonly string[]): void {
  for (let at = 0; at < Math.max(add.length, remove.length); at += limits.watchedAtOnce) {
    const part = (ids: readonly string[]): readonly string[] => ids.slice(at, at + limits.watchedAtOnce);
    report(connection, { type: 'watch', add: part(add), remove: part(remove) });
  }
}

function report(connection: Connection, message: NetworkReport): void {
  connection.send(JSON.stringify(message));
}
