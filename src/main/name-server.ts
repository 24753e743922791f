import type { Balancer } from '../balancer/index.ts';
import {
  firstOf,
  machineNameServers,
  NameServer,
  prefixedEndpoint,
  type NameRecord,
  type Names,
} from '../dns/index.ts';
import type { Cancel, Clock, Log } from '../kernel/index.ts';
import { hostNameServer, nameServerPort } from './name-server-places.ts';

/** Where tasks ask, as in every VPC. The agent's network puts it on this machine. */
const taskAddress = '169.254.169.253';
/** Where the API is inside tasks. */
const taskEndpoint = '169.254.170.2';
/** How often the tasks' address is tried while it is not there, such as before the agent has started. */
const retryMs = 2_000;
/** As Elastic Load Balancing answers. */
const ttl = 60;
const ownZones = /\.elb(?:\.[a-z0-9-]+)?\.amazonaws\.com$/;

export interface RunningNameServer {
  stop(): void;
}

/**
 * Answers for load balancers, private names and Cloud Map's private namespaces: tasks at the VPC's address, programs on this machine at a loopback address. Neither being possible
 * (port 53 needs rights) is said once and stops nothing else.
 */
export async function startNameServer(options: {
  readonly balancer: Pick<Balancer, 'named'>;
  /** EC2's private names and Cloud Map's. */
  readonly privateZones: Names;
  /** Added to port 53 for programs on this machine. */
  readonly portOffset: number;
  readonly clock: Clock;
  readonly log: Log;
}): Promise<RunningNameServer> {
  const { balancer, privateZones, portOffset, clock, log } = options;
  const names = firstOf([loadBalancerNames(balancer), prefixedEndpoint(taskEndpoint), privateZones]);
  const upstream = machineNameServers(new Set([taskAddress, hostNameServer]));
  const host = new NameServer({
    listen: [{ host: hostNameServer, port: nameServerPort + portOffset, asker: 'host' }],
    names,
    upstream,
    log,
  });
  for (const { at, problem } of await host.start())
    log.warn('Longshore names are not answered on this machine', { address: at.host, port: at.port, problem });
  const tasks = new TaskNameServer({ names, upstream, clock, log });
  await tasks.start();
  return {
    stop() {
      host.stop();
      tasks.stop();
    },
  };
}

class TaskNameServer {
  readonly #options: Omit<ConstructorParameters<typeof NameServer>[0], 'listen'> & { readonly clock: Clock };
  #server: NameServer | undefined;
  #cancel: Cancel = () => undefined;
  #stopped = false;
  #said = '';

  constructor(options: Omit<ConstructorParameters<typeof NameServer>[0], 'listen'> & { readonly clock: Clock }) {
    this.#options = options;
  }

  /** Resolves after the first attempt. */
  async start(): Promise<void> {
    if (this.#stopped) return;
    const server = new NameServer({
      ...this.#options,
      listen: [{ host: taskAddress, port: nameServerPort, asker: 'task' }],
    });
    const [refused] = await server.start();
    if (refused === undefined) {
      this.#server = server;
      if (this.#stopped) server.stop();
      return;
    }
    server.stop();
    if (refused.problem !== this.#said)
      this.#options.log.debug('names are not answered for tasks yet', { problem: refused.problem });
    this.#said = refused.problem;
    this.#cancel = this.#options.clock.after(retryMs, () => void this.start());
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
    this.#server?.stop();
  }
}

/** A name of a load balancer is its addresses in its subnets for a task, its loopback address for a program on the machine. */
export function loadBalancerNames(balancer: Pick<Balancer, 'named'>): Names {
  return {
    lookup(name, asker) {
      if (!ownZones.test(name)) return undefined;
      const found = balancer.named(name);
      if (found === undefined) return [];
      const addresses =
        asker.kind === 'host'
          ? [found.loopbackAddress]
          : found.nodes.map(({ privateIpv4Address }) => privateIpv4Address);
      return addresses.map((data): NameRecord => ({ type: 'A', data, ttl }));
    },
  };
}
