import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { messageOf, type Log } from '../../kernel/index.ts';
import { runIp } from './run-ip.ts';

export interface NodeAddressesOptions {
  /** Remembers what was added, so that a process killed in between is cleaned up after. */
  readonly file: string;
  readonly log: Log;
  /** Runs `ip`; another one in tests. */
  readonly ip?: (parameters: readonly string[]) => Promise<string>;
  /** Whether this process may change addresses. */
  readonly allowed: boolean;
}

/** The addresses of load balancer nodes, on the machine's loopback device, so that tasks reach them. */
export class NodeAddresses {
  readonly #options: NodeAddressesOptions;
  readonly #ip: (parameters: readonly string[]) => Promise<string>;
  readonly #added: Set<string>;
  #said = false;

  constructor(options: NodeAddressesOptions) {
    this.#options = options;
    this.#ip = options.ip ?? runIp;
    this.#added = new Set(readList(options.file));
  }

  /** Whether the machine has an address of ours. */
  has(address: string): boolean {
    return this.#added.has(address);
  }

  /** Adds these; what cannot be added is said once and left out. */
  async add(addresses: Iterable<string>): Promise<void> {
    const wanted = [...addresses].filter((address) => !this.#added.has(address));
    if (wanted.length === 0) return;
    if (!this.#options.allowed) {
      this.#sayOnce('tasks do not reach load balancers by their addresses in subnets: this user may not add addresses');
      return;
    }
    for (const address of wanted) {
      try {
        await this.#ip(['addr', 'add', `${address}/32`, 'dev', 'lo']);
      } catch (error) {
        if (!messageOf(error).includes('File exists')) {
          this.#options.log.warn('an address of a load balancer could not be added', {
            address,
            error: messageOf(error),
          });
          continue;
        }
      }
      this.#added.add(address);
    }
    this.#write();
  }

  /** Removes all others that were added here, now or in an earlier life. */
  async keepOnly(addresses: ReadonlySet<string>): Promise<void> {
    const gone = [...this.#added].filter((address) => !addresses.has(address));
    if (gone.length === 0) return;
    for (const address of gone) {
      this.#added.delete(address);
      await this.#ip(['addr', 'del', `${address}/32`, 'dev', 'lo']).catch((error: unknown) =>
        this.#options.log.debug('an address was not removed', { address, error: messageOf(error) }),
      );
    }
    this.#write();
  }

  #sayOnce(line: string): void {
    if (!this.#said) this.#options.log.warn(line);
    this.#said = true;
  }

  #write(): void {
    mkdirSync(dirname(this.#options.file), { recursive: true, mode: 0o700 });
    writeFileSync(this.#options.file, JSON.stringify([...this.#added]));
  }
}

function readList(file: string): readonly string[] {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
  } catch {
    return []; // not there yet, or half written by a machine that lost power: then there are none to remove either
  }
}
