import type { ConnectFigures, ProxyUpdate, TaskConnect } from '../../connect-protocol/index.ts';
import { Endpoint } from './endpoint.ts';
import { EndpointServer } from './endpoint-server.ts';
import { Endpoints } from './endpoints.ts';

export interface Listening {
  readonly address: string;
  readonly port: number;
  /** The port of the proxy that stands for it. */
  readonly at: number;
}

/** The proxy of one task: listens where its containers call endpoints, and where it takes connections for them. */
export class ConnectProxy {
  readonly #connect: TaskConnect;
  readonly #endpoints = new Endpoints();
  readonly #ingress: readonly Endpoint[];
  readonly #servers: EndpointServer[] = [];

  constructor(connect: TaskConnect) {
    this.#connect = connect;
    this.#ingress = connect.ingress.map(
      ({ port, containerPort, ...config }) =>
        new Endpoint(
          { id: `ingress:${port}`, hosts: [{ id: 'task', address: '127.0.0.1', port: containerPort }], ...config },
          Date.now,
        ),
    );
  }

  /** Listens for every name at a port of `address`, and at the ingress ports. @returns what stands where @throws Error where a port is taken */
  async listen(address: string): Promise<readonly Listening[]> {
    const listening: Listening[] = [];
    for (const { endpoint, address: named, port } of this.#connect.listeners) {
      const server = this.#server(() => this.#endpoints.get(endpoint));
      listening.push({ address: named, port, at: await server.listen(address, 0) });
    }
    for (const [index, { port }] of this.#connect.ingress.entries())
      await this.#server(() => this.#ingress[index]).listen('0.0.0.0', port);
    return listening;
  }

  #server(endpoint: () => Endpoint | undefined): EndpointServer {
    const server = new EndpointServer(endpoint);
    this.#servers.push(server);
    return server;
  }

  /** Resolves when nothing is in flight to hosts that left. */
  update(update: ProxyUpdate): Promise<void> {
    return this.#endpoints.apply(update);
  }

  get figures(): readonly ConnectFigures[] {
    return [...this.#endpoints.figures, ...this.#ingress.map(({ figures }) => figures)];
  }

  async close(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.close()));
  }
}
