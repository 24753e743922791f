import { EngineRefused } from '../runtime.ts';
import type { EngineNetwork, EngineNetworkSpec, NetworkEndpoint } from '../runtime.ts';

/** The bridge networks of the fake engine, and which container has which address there. */
export class FakeNetworks {
  readonly #networks = new Map<string, EngineNetworkSpec>();
  readonly #endpoints = new Map<string, readonly NetworkEndpoint[]>();

  create(spec: EngineNetworkSpec): void {
    if (this.#networks.has(spec.name)) return;
    if ([...this.#networks.values()].some(({ subnet }) => subnet === spec.subnet))
      throw new EngineRefused(403, 'Pool overlaps with other one on this address space');
    this.#networks.set(spec.name, spec);
  }

  list(): readonly EngineNetwork[] {
    return [...this.#networks.values()].map(({ name, labels }) => ({ name, labels }));
  }

  remove(name: string): boolean {
    const used = [...this.#endpoints.values()].flat().some(({ network }) => network === name);
    if (!used) this.#networks.delete(name);
    return !used;
  }

  /** A container starts with these endpoints. @returns why it cannot */
  join(container: string, endpoints: readonly NetworkEndpoint[]): string | undefined {
    const taken = [...this.#endpoints.values()].flat();
    for (const { network, address } of endpoints) {
      if (!this.#networks.has(network)) return `network ${network} not found`;
      if (taken.some((other) => other.network === network && other.address === address))
        return 'Address already in use';
    }
    this.#endpoints.set(container, endpoints);
    return undefined;
  }

  leave(container: string, network?: string): void {
    const rest = this.of(container).filter((endpoint) => network !== undefined && endpoint.network !== network);
    if (rest.length === 0) this.#endpoints.delete(container);
    else this.#endpoints.set(container, rest);
  }

  of(container: string): readonly NetworkEndpoint[] {
    return this.#endpoints.get(container) ?? [];
  }
}

/** The endpoints that a container's configuration asks for: those with an address of their own. */
export function endpointsIn(config: Readonly<Record<string, unknown>>): readonly NetworkEndpoint[] {
  const { EndpointsConfig } = (config['NetworkingConfig'] ?? {}) as {
    readonly EndpointsConfig?: Readonly<Record<string, { readonly IPAMConfig?: { readonly IPv4Address?: string } }>>;
  };
  const mac = config['MacAddress'];
  return Object.entries(EndpointsConfig ?? {}).flatMap(([network, { IPAMConfig }]) => {
    const address = IPAMConfig?.IPv4Address ?? '';
    return address === '' ? [] : [{ network, address, macAddress: typeof mac === 'string' ? mac : '' }];
  });
}
