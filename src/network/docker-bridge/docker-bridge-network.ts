import { readFile } from 'node:fs/promises';
import type { Server } from 'node:net';
import { Unsupported, messageOf } from '../../kernel/index.ts';
import type { Log } from '../../kernel/index.ts';
import { EngineRefused, EngineUnavailable } from '../../runtime/index.ts';
import type { ContainerInfo, ContainerRuntime, EngineNetworkSpec } from '../../runtime/index.ts';
import { NetworkFailed, checkOwner, checkTaskInterface } from '../index.ts';
import type {
  AttachedInterface,
  NamespaceHolder,
  NetworkCapabilities,
  PauseNetworking,
  TaskInterface,
  TaskNetwork,
} from '../index.ts';
import { liveOwners, showOwner } from '../linux/index.ts';
import { hasAddress } from './has-address.ts';
import { labels, localAddress, localNetwork, routeInTheWay, routesIn, subnetNetwork } from './names.ts';

export interface DockerBridgeOptions {
  /** This agent's name among several on the machine: letters, digits, _ and - */
  readonly owner: string;
  readonly runtime: ContainerRuntime;
  readonly log: Log;
  /** The addresses and routes of this machine, where a test has others. */
  readonly machine?: Machine;
}

export interface Machine {
  hasAddress(address: string): Promise<boolean>;
  /** `/proc/net/route` */
  routes(): Promise<string>;
}

/**
 * Task networks by the engine alone, for an agent without root.
 * @param missing why the agent cannot wire interfaces itself, a sentence
 */
export async function openDockerBridgeNetwork(
  options: DockerBridgeOptions & { readonly missing: string },
): Promise<TaskNetwork> {
  const network = new DockerBridgeNetwork({ ...options, capabilities: able(options.missing) });
  const reason = await network.whyNot();
  if (reason === undefined) return network;
  return new DockerBridgeNetwork({ ...options, capabilities: unable(options.missing, reason) });
}

/** Removes what agents of this owner made, whether or not the machine could make it now. */
export async function removeDockerBridgeNetwork(options: DockerBridgeOptions): Promise<void> {
  await new DockerBridgeNetwork({ ...options, capabilities: able('') }).destroy();
}

function able(missing: string): NetworkCapabilities {
  const lacks =
    'security groups, network ACLs and assignPublicIp=DISABLED are not enforced, tasks reach each other within a subnet of one machine only, public addresses lead nowhere, and traffic to unused addresses of the VPC may leave this machine';
  return {
    awsvpc: true,
    anyPause: false,
    missing,
    limitations: [
      `Tasks with network mode awsvpc get a Docker network per subnet: ${lacks}. The routed network, which is better, is not possible: ${missing}`,
    ],
  };
}

function unable(missing: string, reason: string): NetworkCapabilities {
  const rest = `Tasks with network mode awsvpc cannot run here, and ${localAddress} is not there for others`;
  return {
    awsvpc: false,
    anyPause: false,
    missing,
    limitations: [`${rest}: ${missing} A Docker network per subnet is not possible either: ${reason}.`],
  };
}

/**
 * A network of the engine's per subnet; a task's pause is created in it, with the address and MAC of the interface. The engine is the only
 * memory: labels of the pauses say whose interface they hold.
 */
class DockerBridgeNetwork implements TaskNetwork {
  readonly capabilities: NetworkCapabilities;
  /** The engine has no word for them. */
  readonly enforcer = undefined;
  readonly #owner: string;
  readonly #runtime: ContainerRuntime;
  readonly #machine: Machine;
  readonly #log: Log;
  #mark: Server | undefined;

  constructor(options: DockerBridgeOptions & { readonly capabilities: NetworkCapabilities }) {
    checkOwner(options.owner);
    this.#owner = options.owner;
    this.#runtime = options.runtime;
    this.#log = options.log;
    this.#machine = options.machine ?? thisMachine;
    this.capabilities = options.capabilities;
  }

  /** Tries what all tasks share. @returns why the engine's networks are of no use here; an engine that is down may still turn out able */
  async whyNot(): Promise<string | undefined> {
    try {
      await this.#makeLocal();
      return undefined;
    } catch (thrown) {
      if (thrown instanceof EngineUnavailable) return undefined;
      return messageOf(thrown);
    }
  }

  async prepare(): Promise<void> {
    if (!this.capabilities.awsvpc) return;
    await this.#makeLocal();
    this.#mark ??= await showOwner(this.#owner);
  }

  async pauseFor(wanted: TaskInterface): Promise<PauseNetworking> {
    checkTaskInterface(wanted);
    if (!this.capabilities.awsvpc) throw new Unsupported(this.capabilities.limitations.join(' '));
    await this.prepare();
    const network = subnetNetwork(wanted);
    await this.#makeSubnet(network);
    await this.#freeAddress(wanted);
    const { id, address, macAddress } = wanted;
    return {
      networkMode: network.name,
      labels: {
        [labels.interface]: id,
        [labels.address]: address,
        [labels.owner]: this.#owner,
        [labels.subnet]: network.name,
      },
      config: {
        MacAddress: macAddress,
        NetworkingConfig: { EndpointsConfig: { [network.name]: { IPAMConfig: { IPv4Address: address } } } },
      },
    };
  }

  /** The pause came with its interface: this makes sure that it is the right one. */
  async attach(wanted: TaskInterface, { id }: NamespaceHolder): Promise<void> {
    checkTaskInterface(wanted);
    if (!this.capabilities.awsvpc) throw new Unsupported(this.capabilities.limitations.join(' '));
    const holder = await this.#runtime.inspect(id);
    const has = holder === undefined ? 'nothing: it is gone' : shown(holder, subnetNetwork(wanted).name);
    const needs = `${wanted.id} ${wanted.address} ${wanted.macAddress.toLowerCase()}`;
    if (has !== needs) throw new NetworkFailed(`container ${id} has not the interface it needs, ${needs}, but ${has}`);
  }

  async detach({ id }: Pick<TaskInterface, 'id' | 'address'>): Promise<void> {
    for (const holder of await this.#runtime.list({ [labels.interface]: id }))
      await this.#runtime.disconnect(holder.labels[labels.subnet] ?? '', holder.id);
  }

  async list(): Promise<readonly AttachedInterface[]> {
    const holders = await this.#holders({ [labels.owner]: this.#owner });
    return holders.map((holder) => ({
      id: holder.labels[labels.interface] ?? '',
      address: holder.labels[labels.address] ?? '',
    }));
  }

  async destroy(): Promise<void> {
    for (const { id, labels: of } of await this.#runtime.list({ [labels.owner]: this.#owner }))
      await this.#runtime.disconnect(of[labels.subnet] ?? '', id);
    await closed(this.#mark);
    this.#mark = undefined;
    // One that lives may be about to start a task in a network that looks unused.
    if ((await liveOwners()).some(({ owner }) => owner !== this.#owner)) return;
    const subnets = await this.#runtime.listNetworks({ [labels.network]: 'subnet' });
    const left: string[] = [];
    for (const { name } of subnets) if (!(await this.#runtime.removeNetwork(name))) left.push(name);
    if (left.length > 0) this.#log.info('networks that others still use stay', { networks: left.join(' ') });
    if (left.length > 0) return;
    for (const { name } of await this.#runtime.listNetworks({ [labels.network]: 'local' }))
      await this.#runtime.removeNetwork(name);
  }

  async #makeLocal(): Promise<void> {
    try {
      await this.#runtime.createNetwork(localNetwork);
    } catch (thrown) {
      throw explained(thrown, localNetwork);
    }
    if (await this.#machine.hasAddress(localAddress)) return;
    throw new NetworkFailed(
      `the engine's networks are not on this machine: its network ${localNetwork.name} did not bring ${localAddress} here (a rootless engine, or one in a virtual machine?)`,
    );
  }

  async #makeSubnet(network: EngineNetworkSpec): Promise<void> {
    const route = routeInTheWay(routesIn(await this.#machine.routes()), network);
    if (route !== undefined)
      throw new NetworkFailed(
        `the subnet ${network.subnet} cannot be used on this machine: it already routes ${route.destination}/${route.length} through ${route.device}. Use a VPC with another CIDR block, or remove the network that has it`,
      );
    try {
      await this.#runtime.createNetwork(network);
    } catch (thrown) {
      throw explained(thrown, network);
    }
  }

  /** An interface moves with its task; an address that another one has is kept. */
  async #freeAddress(wanted: TaskInterface): Promise<void> {
    for (const holder of await this.#holders({ [labels.address]: wanted.address })) {
      const other = holder.labels[labels.interface];
      if (other !== wanted.id) throw new NetworkFailed(`address ${wanted.address} belongs to ${other}`);
      await this.#runtime.disconnect(holder.labels[labels.subnet] ?? '', holder.id);
    }
  }

  /** Running pauses with these labels whose interface is still theirs. */
  async #holders(wanted: Readonly<Record<string, string>>): Promise<readonly ContainerInfo[]> {
    const running = (await this.#runtime.list(wanted)).filter(({ status }) => status === 'running');
    const infos = await Promise.all(running.map(({ id }) => this.#runtime.inspect(id)));
    return infos.filter(
      (info): info is ContainerInfo =>
        info?.networks.some(({ network }) => network === info.labels[labels.subnet]) ?? false,
    );
  }
}

const thisMachine: Machine = {
  hasAddress,
  routes: () => readFile('/proc/net/route', 'utf8'),
};

/** The interface that a pause has in a network. */
function shown(holder: ContainerInfo, name: string): string {
  const endpoint = holder.networks.find(({ network }) => network === name);
  if (endpoint === undefined) return `none in ${name}`;
  return `${holder.labels[labels.interface]} ${endpoint.address} ${endpoint.macAddress.toLowerCase()}`;
}

/** The engine refuses a prefix that another of its networks has. */
function explained(thrown: unknown, network: EngineNetworkSpec): unknown {
  if (!(thrown instanceof EngineRefused)) return thrown;
  return new NetworkFailed(
    `the engine makes no network ${network.name} for ${network.subnet}: ${thrown.message}. "docker network ls" shows which of its networks has the prefix`,
    { cause: thrown },
  );
}

function closed(server: Server | undefined): Promise<void> {
  return new Promise((resolve) => (server === undefined ? resolve() : server.close(() => resolve())));
}
