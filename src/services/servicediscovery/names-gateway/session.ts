import type { NamesMessage, NameService, NameVpc, NameZone } from '../../../names-protocol/index.ts';
import type { Cancel, Clock } from '../../../kernel/index.ts';
import type { Socket } from '../../../protocol/api/index.ts';
import { gatewayLimits } from './limits.ts';

/** What is sent, as it is at that moment; by the key of its record. */
export interface NamesSource {
  vpcKeys(): Iterable<string>;
  zoneKeys(): Iterable<string>;
  serviceKeys(): Iterable<string>;
  vpc(key: string): NameVpc | undefined;
  zone(key: string): NameZone | undefined;
  service(key: string): NameService | undefined;
}

const nothing = { zones: [], removedZones: [], services: [], removedServices: [] } as const;

/**
 * One name server's connection: everything first, then what changed. Changes of one turn go together; while the name server does not keep up, changes wait
 * and become one.
 */
export class NamesSession {
  readonly #socket: Socket;
  readonly #source: NamesSource;
  readonly #clock: Clock;
  readonly #dirtyVpcs = new Set<string>();
  readonly #dirtyZones = new Set<string>();
  readonly #dirtyServices = new Set<string>();
  /** Ids that the name server was told of, by key: what is gone is named when it was. */
  readonly #known = new Map<string, string>();
  #whole = true;
  #cancel: Cancel | undefined;
  #closed = false;

  constructor(socket: Socket, source: NamesSource, clock: Clock) {
    this.#socket = socket;
    this.#source = source;
    this.#clock = clock;
  }

  /** @param onEnd called once */
  open(onEnd: () => void): void {
    this.#socket.listen({
      // It has nothing to say.
      onText: () => this.close(1008, 'name servers send nothing'),
      onClose: () => {
        this.#closed = true;
        this.#cancel?.();
        onEnd();
      },
    });
    for (const key of this.#source.vpcKeys()) this.#dirtyVpcs.add(key);
    for (const key of this.#source.zoneKeys()) this.#dirtyZones.add(key);
    for (const key of this.#source.serviceKeys()) this.#dirtyServices.add(key);
    this.#send();
  }

  vpcChanged(key: string): void {
    this.#dirtyVpcs.add(key);
    this.#sendSoon(0);
  }

  zoneChanged(key: string): void {
    this.#dirtyZones.add(key);
    this.#sendSoon(0);
  }

  serviceChanged(key: string): void {
    this.#dirtyServices.add(key);
    this.#sendSoon(0);
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }

  #sendSoon(delayMs: number): void {
    if (this.#closed || this.#cancel !== undefined) return;
    this.#cancel = this.#clock.after(delayMs, () => {
      this.#cancel = undefined;
      this.#send();
    });
  }

  #send(): void {
    while (this.#whole || this.#dirtyVpcs.size + this.#dirtyZones.size + this.#dirtyServices.size > 0) {
      if (this.#closed) return;
      if (this.#socket.bufferedBytes > gatewayLimits.bufferedBytes) return this.#sendSoon(gatewayLimits.retryMs);
      const message = this.#next();
      if (message !== undefined) this.#socket.send(JSON.stringify(message));
    }
  }

  #next(): NamesMessage | undefined {
    const vpcs = take(this.#dirtyVpcs, this.#known, (key) => this.#source.vpc(key), Infinity);
    const zones = take(this.#dirtyZones, this.#known, (key) => this.#source.zone(key), Infinity);
    const services = take(
      this.#dirtyServices,
      this.#known,
      (key) => this.#source.service(key),
      gatewayLimits.instancesInMessage,
    );
    const changes = {
      zones: zones.present,
      removedZones: zones.removed,
      services: services.present,
      removedServices: services.removed,
      ...(vpcs.present.length === 0 ? {} : { vpcs: vpcs.present }),
      ...(vpcs.removed.length === 0 ? {} : { removedVpcs: vpcs.removed }),
    };
    const more = this.#dirtyServices.size > 0;
    if (this.#whole) {
      this.#whole = more;
      return { ...nothing, type: 'names', whole: more ? 'more' : 'last', ...changes };
    }
    const some = Object.values(changes).some((list) => list.length > 0);
    return some ? { type: 'names', ...changes } : undefined;
  }
}

/** Renders what changed, up to about `most` instances. */
function take<Thing extends NameVpc | NameZone | NameService>(
  dirty: Set<string>,
  known: Map<string, string>,
  render: (key: string) => Thing | undefined,
  most: number,
): { readonly present: readonly Thing[]; readonly removed: readonly string[] } {
  const found: Thing[] = [];
  const removed: string[] = [];
  let instances = 0;
  for (const key of dirty) {
    if (instances >= most) break;
    dirty.delete(key);
    const thing = render(key);
    const id = known.get(key);
    if (thing !== undefined) {
      found.push(thing);
      known.set(key, thing.id);
      instances += 'instances' in thing ? thing.instances.length + 1 : 1;
    } else if (id !== undefined) {
      known.delete(key);
      removed.push(id);
    }
  }
  return { present: found, removed };
}
