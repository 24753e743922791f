import { messageOf } from '../../../kernel/index.ts';
import type { Log } from '../../../kernel/index.ts';
import {
  applied,
  checkPolicy,
  emptyPicture,
  forgotten,
  guarded,
  NetworkFailed,
  type Picture,
  type PolicyChange,
  type PolicyEnforcer,
  type WiredInterface,
} from '../../index.ts';
import { nft, run } from '../commands.ts';
import type { Key } from './objects.ts';
import { fitsOneLine, NftProcess } from './nft-process.ts';
import { changeCommands, deleteCommands, freshCommands, touchedBy, type PolicyTable } from './script.ts';

/** Changes that wait for their turn; each is a message of the control plane or a task that ended. */
const mostWaiting = 10_000;

export interface TableEnforcerOptions {
  readonly table: PolicyTable;
  /** What this owner has wired on the machine. */
  wired(): Promise<readonly WiredInterface[]>;
  readonly log: Log;
}

/**
 * A table of rules of one owner's. It stays in force while its owner is away, and is written anew as a whole by the first change after a
 * start. Each table judges only packets of its own interfaces, and a packet must pass them all, so owners need not know of each other.
 */
export class TableEnforcer implements PolicyEnforcer {
  readonly #options: TableEnforcerOptions;
  readonly #nft = new NftProcess();
  #picture: Picture = emptyPicture;
  /** Is the table in the kernel what the picture says? Not before the first whole change. */
  #inForce = false;
  #started = false;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #rewrites = 0;

  constructor(options: TableEnforcerOptions) {
    this.#options = options;
  }

  /** How often the whole table was written. */
  get rewrites(): number {
    return this.#rewrites;
  }

  /** Is what may pass to and from this interface enforced? */
  enforces(id: string): boolean {
    return this.#started && this.#picture.interfaces.has(id);
  }

  apply(change: PolicyChange): Promise<void> {
    return this.#inTurn(async () => {
      checkPolicy(change);
      if (!change.complete && !this.#started)
        throw new NetworkFailed('a change of security groups came before all of them');
      const before = this.#picture;
      const after = applied(before, change, change.complete ? await this.#options.wired() : []);
      if (change.complete) await this.#rewrite(after);
      else await this.#move(after, touchedBy(change, { before, after }));
      this.#started = true;
    });
  }

  /**
   * Closes interfaces that nothing is known of until a change names them. Before the first whole change the table of an earlier process is left in force;
   * where there is none, one is made.
   */
  guard(wired: readonly WiredInterface[]): Promise<void> {
    return this.#inTurn(async () => {
      if (!this.#inForce && (await this.#isThere())) return;
      const before = this.#picture;
      const after = guarded(before, wired);
      const displaced = wired.flatMap(({ address }) => before.holders.get(address) ?? []);
      if (after !== before || !this.#inForce)
        await this.#move(
          after,
          [...wired.map(({ id }) => id), ...displaced].map((id): Key => `interface/${id}`),
        );
    });
  }

  /** Takes interfaces out that are wired no longer. */
  forget(ids: readonly string[]): Promise<void> {
    return this.#inTurn(async () => {
      const after = forgotten(this.#picture, ids);
      if (after !== this.#picture)
        await this.#move(
          after,
          ids.map((id): Key => `interface/${id}`),
        );
    });
  }

  /** Writes the table again, which somebody may have flushed; without a picture it is left as an earlier process made it. */
  restore(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#started) await this.#rewrite(this.#picture);
    });
  }

  /** Removes the table. */
  destroy(): Promise<void> {
    return this.#inTurn(async () => {
      this.#nft.close();
      await nft(text(deleteCommands(this.#options.table.name)));
      this.#picture = emptyPicture;
      this.#started = false;
      this.#inForce = false;
    });
  }

  /** Ends without a change of what is enforced. */
  close(): void {
    this.#nft.close();
  }

  async #isThere(): Promise<boolean> {
    return (await run('nft', ['list', 'tables', 'inet'])).includes(`table inet ${this.#options.table.name}\n`);
  }

  async #move(after: Picture, keys: readonly Key[]): Promise<void> {
    const commands = changeCommands(this.#options.table, { before: this.#picture, after }, keys);
    if (!this.#inForce || !fitsOneLine(commands)) return this.#rewrite(after);
    try {
      if (commands.length > 0) await this.#nft.run(commands);
      this.#picture = after;
    } catch (thrown) {
      // Somebody flushed the table, or nft was killed: then nobody knows what is in force.
      const { table, log } = this.#options;
      log.warn('writing the rules of security groups anew', { table: table.name, why: messageOf(thrown) });
      this.#inForce = false;
      await this.#rewrite(after);
    }
  }

  async #rewrite(after: Picture): Promise<void> {
    await nft(text(freshCommands(this.#options.table, after)));
    this.#picture = after;
    this.#inForce = true;
    this.#rewrites += 1;
  }

  /** One after the other, also after one that failed. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    if (this.#waiting >= mostWaiting)
      return Promise.reject(
        new NetworkFailed(`${mostWaiting} changes of security groups wait already; nft is too slow`),
      );
    this.#waiting += 1;
    const turn = this.#last.then(work).finally(() => (this.#waiting -= 1));
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}

function text(commands: readonly string[]): string {
  return commands.map((command) => `${command}\n`).join('');
}
