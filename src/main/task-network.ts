import type { ServerTime } from '../control-plane-client/index.ts';
import type { Clock, Ids, Log, ServerTrust } from '../kernel/index.ts';
import { openDockerBridgeNetwork, portsForTasks, type PortsForTasks } from '../network/docker-bridge/index.ts';
import type { TaskNetwork } from '../network/index.ts';
import type { Underlay } from '../network-protocol/index.ts';
import { openLinuxNetwork, type UnderlayOptions } from '../network/linux/index.ts';
import { PolicedNetwork, PolicySession } from '../network/session/index.ts';
import type { ContainerRuntime } from '../runtime/index.ts';
import { portOf } from './loopback.ts';
import { chosenUnderlay } from './underlay.ts';

export interface OpenedTaskNetwork {
  readonly network: TaskNetwork;
  /** `routed`: wired by Longshore; `engine`: a network of the engine's per subnet; `none`: awsvpc tasks are refused. */
  readonly kind: 'routed' | 'engine' | 'none';
  /** How other machines reach this one; undefined: tasks here and there do not reach each other. */
  readonly underlay?: Underlay | undefined;
  /** Nothing is looked after any more; what is wired and enforced stays. */
  close?(): void;
}

/** The task network that this process can make: its own where it has the rights and programs, else the engine's. */
export async function openTaskNetwork(options: {
  readonly owner: string;
  readonly runtime: ContainerRuntime;
  /** How others are reached; absent: not at all. */
  readonly machines?: UnderlayOptions | undefined;
  readonly log: Log;
}): Promise<OpenedTaskNetwork> {
  const { machines, log } = options;
  const routed = await openLinuxNetwork({
    ...options,
    underlay: machines && (() => chosenUnderlay(machines, log)),
  });
  if (routed.capabilities.awsvpc)
    return { network: routed, kind: 'routed', underlay: routed.underlay, close: () => routed.close() };
  const network = await openDockerBridgeNetwork({ ...options, missing: routed.capabilities.missing ?? '' });
  return { network, kind: network.capabilities.awsvpc ? 'engine' : 'none' };
}

export interface ControlPlane {
  readonly endpoint: string;
  /** How an `https` endpoint is verified; absent: as usual. */
  readonly trust?: ServerTrust | undefined;
  readonly region: string;
  readonly credentials: () => { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly serverTime?: ServerTime | undefined;
  readonly clock: Clock;
  readonly ids: Ids;
}

/** A network that enforces what the control plane says of its interfaces, where it can enforce anything; and how that ends. */
export function policed(
  network: TaskNetwork,
  { log, ...controlPlane }: ControlPlane & { readonly log: Log },
): { readonly network: TaskNetwork; close(): Promise<void> } {
  const { enforcer } = network;
  if (enforcer === undefined) return { network, close: () => Promise.resolve() };
  const found = new PolicedNetwork(network, (ids) => new PolicySession({ ...controlPlane, enforcer, log }, ids));
  return { network: found, close: () => found.close() };
}

/** Where the agent answers tasks, and in a sentence what is not as on AWS. */
export async function taskPorts(apiPort: number): Promise<PortsForTasks & { readonly limitation?: string }> {
  const ports = await portsForTasks(apiPort);
  if (ports.metadata === awsMetadataPort) return ports;
  return {
    ...ports,
    limitation: `Tasks find metadata and credentials at 169.254.170.2:${ports.metadata} (as their variables say, AWS_CONTAINER_CREDENTIALS_FULL_URI among them), because this user may not listen at port ${awsMetadataPort}; the setting net.ipv4.ip_unprivileged_port_start=${awsMetadataPort} changes that.`,
  };
}

const awsMetadataPort = 80;
const tlsDistance = 10_000;
const highestPort = 65_535;

/**
 * The port of 169.254.170.2 where tasks reach the API: the endpoint's own. A control plane that speaks TLS may listen on all addresses of this machine,
 * that one too, and tasks speak plain HTTP: then another.
 */
export function apiPortFor({ port, protocol }: Pick<URL, 'port' | 'protocol'>): number {
  const own = portOf({ port, protocol });
  if (protocol !== 'https:') return own;
  return own + tlsDistance <= highestPort ? own + tlsDistance : own - tlsDistance;
}
