import { messageOf, type Cancel, type Clock, type Log } from '../../kernel/index.ts';
import type { NamesMessage } from '../../names-protocol/index.ts';
import { firstOf, type Names } from '../names.ts';
import { KnownZones } from './known-zones.ts';
import { vpcNames } from './vpc-names.ts';
import { zoneNames } from './zone-names.ts';

/** Where one text outlives the process. */
interface KeptText {
  /** undefined: nothing was kept. */
  read(): string | undefined;
  /** Whole or not at all, even over a crash. */
  write(text: string): void;
}

export interface CloudMapNamesOptions {
  readonly kept: KeptText;
  /** Whose names they are; another control plane's are not answered. */
  readonly endpoint: string;
  readonly clock: Clock;
  readonly log: Log;
  /** A random number in [0, 1). */
  readonly fraction: () => number;
}

const version = 1;
/** How long changes are gathered before they are kept for the next start. */
const keepMs = 2_000;

/** The names of VPCs, EC2's and Cloud Map's, as the control plane said last, also while it is away, and from what was kept when this process starts while it is away. */
export class CloudMapNames {
  readonly names: Names;
  readonly #options: CloudMapNamesOptions;
  readonly #known = new KnownZones();
  #cancelWrite: Cancel | undefined;

  constructor(options: CloudMapNamesOptions) {
    this.#options = options;
    this.names = firstOf([vpcNames(this.#known), zoneNames(this.#known, options.fraction)]);
    this.#readKept();
  }

  /** A new connection begins. */
  connected(): void {
    this.#known.forgetParts();
  }

  /** What a message says is at work from now on. */
  take(message: unknown): void {
    if (!isNames(message)) return; // of a newer control plane
    if (!this.#known.take(message)) return;
    this.#cancelWrite ??= this.#options.clock.after(keepMs, () => this.#write());
  }

  close(): void {
    if (this.#cancelWrite === undefined) return;
    this.#cancelWrite();
    this.#write();
  }

  #readKept(): void {
    const { kept, endpoint, log } = this.#options;
    try {
      const text = kept.read();
      const found = text === undefined ? {} : (JSON.parse(text) as Record<string, unknown>);
      const { names } = found;
      if (found['version'] === version && found['endpoint'] === endpoint && isNames(names)) this.#known.take(names);
    } catch (error) {
      log.warn('the names of before cannot be read; they wait for the control plane', { error: messageOf(error) });
    }
  }

  #write(): void {
    this.#cancelWrite = undefined;
    const { kept, endpoint, log } = this.#options;
    try {
      kept.write(JSON.stringify({ version, endpoint, names: this.#known.whole() }));
    } catch (error) {
      log.warn('the names are not kept for the next start', { error: messageOf(error) });
    }
  }
}

function isNames(message: unknown): message is NamesMessage {
  if (typeof message !== 'object' || message === null) return false;
  const { type, zones, removedZones, services, removedServices } = message as Partial<NamesMessage>;
  return type === 'names' && [zones, removedZones, services, removedServices].every((list) => Array.isArray(list));
}
