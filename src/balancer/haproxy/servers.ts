import type { TargetGroupConfig } from '../../balancer-protocol/index.ts';
import type { Placement } from '../data-plane.ts';
import type { Target, TargetGroup } from '../model/target-group.ts';
import type { Backend } from './configuration.ts';
import type { SecretNames } from './names.ts';

/** A target as HAProxy knows it. */
export interface Server {
  /** Address, port and what does not change while it lives, as the words after its name. */
  readonly words: string;
  /** Takes new requests; otherwise only those it has go on. */
  readonly ready: boolean;
}

/** Servers by backend and name. */
export type Servers = ReadonlyMap<string, ReadonlyMap<string, Server>>;

/** The servers that there should be now. */
export function wantedServers(
  backends: readonly Backend[],
  group: (arn: string) => TargetGroup<null> | undefined,
  more: { readonly names: SecretNames; readonly sourceOf: Placement['sourceOf'] },
): Servers {
  return new Map(backends.map((backend) => [backend.name, serversOf(backend, group(backend.groupArn), more)]));
}

function serversOf(
  { zone }: Backend,
  group: TargetGroup<null> | undefined,
  { names, sourceOf }: { readonly names: SecretNames; readonly sourceOf: Placement['sourceOf'] },
): ReadonlyMap<string, Server> {
  const servers = new Map<string, Server>();
  if (group?.config === undefined) return servers;
  const here = zone === undefined ? [] : group.eligible.filter(({ config }) => config.zone === zone);
  const eligible = new Set(here.length > 0 ? here : group.eligible);
  for (const target of group.targets.values()) {
    const words = serverWords(target, group.config, sourceOf(group.arn, target.config));
    servers.set(serverName(target, names), { words, ready: eligible.has(target) });
  }
  return servers;
}

export function serverName({ groupArn, key, config }: Target<null>, names: SecretNames): string {
  return names.server(groupArn, key, config.address);
}

function serverWords(
  { config: { address, port } }: Target<null>,
  group: TargetGroupConfig,
  source: string | undefined,
): string {
  const { protocol, proxyProtocolV2, slowStartMs, algorithm } = group;
  return [
    `${address.includes(':') ? `[${address}]` : address}:${port} weight 100`,
    // It changes only with the places that the load balancer listens on, which makes a new process.
    source === undefined ? '' : ` source ${source}`,
    protocol === 'HTTPS' || protocol === 'TLS' ? ' ssl verify none' : '',
    proxyProtocolV2 && (protocol === 'TCP' || protocol === 'TLS') ? ' send-proxy-v2' : '',
    slowStartMs > 0 && algorithm === 'round_robin' ? ` slowstart ${slowStartMs}ms` : '',
  ].join('');
}

/** The lines of a backend's servers. */
export function serverLines(servers: ReadonlyMap<string, Server> | undefined): readonly string[] {
  return [...(servers ?? [])].map(([name, { words, ready }]) => `server ${name} ${words}${ready ? '' : ' disabled'}`);
}

export interface ServerChanges {
  readonly commands: readonly string[];
  /** `backend/server` of those that are to be deleted once nothing is left to them. */
  readonly leaving: readonly string[];
}

/** What to say to HAProxy so that it knows the wanted servers instead of the known ones: what comes before what goes. */
export function serverChanges(known: Servers, wanted: Servers): ServerChanges {
  const open: string[] = [];
  const shut: string[] = [];
  const leaving: string[] = [];
  for (const [backend, servers] of wanted) {
    const before = known.get(backend);
    for (const [name, { words, ready }] of servers) {
      const was = before?.get(name);
      const path = `${backend}/${name}`;
      if (was === undefined) open.push(`add server ${path} ${words}`);
      if (ready && was?.ready !== true) open.push(`set server ${path} state ready`);
      if (!ready && was?.ready === true) shut.push(`set server ${path} state maint`);
    }
    for (const [name, { ready }] of before ?? []) {
      if (servers.has(name)) continue;
      if (ready) shut.push(`set server ${backend}/${name} state maint`);
      leaving.push(`${backend}/${name}`);
    }
  }
  return { commands: [...open, ...shut], leaving };
}
