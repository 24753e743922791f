import type { NameService, NamesMessage, NameVpc, NameZone } from '../../names-protocol/index.ts';

/** What a name server knows of VPCs and their private namespaces: the last whole state, and the changes since. */
export class KnownZones {
  readonly #vpcs = new Map<string, NameVpc>();
  readonly #zones = new Map<string, NameZone>();
  readonly #services = new Map<string, NameService>();
  /** By name, the oldest first. */
  #zonesByName = new Map<string, readonly NameZone[]>();
  /** By zone's id, then by name. */
  #servicesByName = new Map<string, Map<string, NameService>>();
  /** Parts of a whole that has not all come. */
  #parts: NamesMessage[] = [];

  /** @returns whether what is known may be different now */
  take(message: NamesMessage): boolean {
    if (message.whole === 'more') {
      this.#parts.push(message);
      return false;
    }
    const parts = [...this.#parts, message];
    this.#parts = [];
    if (message.whole === 'last') {
      this.#vpcs.clear();
      this.#zones.clear();
      this.#services.clear();
    }
    for (const part of parts) this.#merge(part);
    this.#index();
    return true;
  }

  /** A new connection begins: what came of the last one's whole is void. */
  forgetParts(): void {
    this.#parts = [];
  }

  /** All of it, as a message that says so. */
  whole(): NamesMessage {
    return {
      type: 'names',
      whole: 'last',
      zones: [...this.#zones.values()],
      removedZones: [],
      services: [...this.#services.values()],
      removedServices: [],
      ...(this.#vpcs.size === 0 ? {} : { vpcs: [...this.#vpcs.values()] }),
    };
  }

  get vpcs(): Iterable<NameVpc> {
    return this.#vpcs.values();
  }

  get zones(): Iterable<NameZone> {
    return this.#zones.values();
  }

  zonesNamed(name: string): readonly NameZone[] {
    return this.#zonesByName.get(name) ?? [];
  }

  service(zoneId: string, name: string): NameService | undefined {
    return this.#servicesByName.get(zoneId)?.get(name);
  }

  servicesOf(zoneId: string): Iterable<NameService> {
    return this.#servicesByName.get(zoneId)?.values() ?? [];
  }

  #merge({ zones, removedZones, services, removedServices, vpcs = [], removedVpcs = [] }: NamesMessage): void {
    for (const id of removedVpcs) this.#vpcs.delete(id);
    for (const vpc of vpcs) this.#vpcs.set(vpc.id, vpc);
    for (const id of removedZones) this.#zones.delete(id);
    for (const id of removedServices) this.#services.delete(id);
    for (const zone of zones) this.#zones.set(zone.id, zone);
    for (const service of services) this.#services.set(service.id, service);
  }

  #index(): void {
    this.#zonesByName = new Map();
    for (const zone of this.#zones.values())
      this.#zonesByName.set(zone.name, [...(this.#zonesByName.get(zone.name) ?? []), zone]);
    this.#servicesByName = new Map();
    for (const service of this.#services.values()) {
      const named = this.#servicesByName.get(service.zoneId) ?? new Map<string, NameService>();
      named.set(service.name, service);
      this.#servicesByName.set(service.zoneId, named);
    }
  }
}
