import { writeFile } from 'node:fs/promises';
import type { ElasticNetworkInterface, PayloadTask } from '../../agent-protocol/index.ts';
import type { Log } from '../../kernel/index.ts';
import { messageOf } from '../../kernel/index.ts';
import type { TaskInterface, TaskNetwork } from '../../network/index.ts';
import type { Pause, PausePool } from './pause-pool.ts';

/** The interface of an awsvpc task as the network port takes it. @throws Error when it is missing or incomplete */
export function interfaceOf(task: PayloadTask): TaskInterface {
  const eni = task.elasticNetworkInterfaces?.[0];
  if (eni === undefined) throw new Error('the task uses awsvpc and came without a network interface');
  const [gateway = '', prefix = ''] = eni.subnetGatewayIpv4Address.split('/');
  return {
    id: eni.ec2Id,
    macAddress: eni.macAddress,
    address: primaryAddress(eni),
    prefixLength: Number(prefix),
    gateway,
    vpcPrefixes: task.longshore?.vpcPrefixes ?? [],
  };
}

export function primaryAddress(eni: ElasticNetworkInterface): string {
  const primary = eni.ipv4Addresses.find((address) => address.primary) ?? eni.ipv4Addresses[0];
  if (primary === undefined) throw new Error(`network interface ${eni.ec2Id} has no IPv4 address`);
  return primary.privateAddress;
}

/** A pause for the task's interface: any that is ready, or one made for it where the network asks for that. */
export async function takePause(
  { pauses, network }: { readonly pauses: PausePool; readonly network: TaskNetwork },
  task: PayloadTask,
): Promise<Pause> {
  const networking = await network.pauseFor(interfaceOf(task));
  return networking === undefined ? pauses.take() : pauses.makeFor(networking, nameSettings(task));
}

/**
 * The task's own name, as the engine writes it when it makes a container. Names of others are the engine's to resolve: nobody could answer at
 * the VPC's name server.
 */
function nameSettings(task: PayloadTask): Readonly<Record<string, unknown>> {
  const eni = task.elasticNetworkInterfaces?.[0];
  if (eni === undefined) return {};
  const { privateDnsName: name = '', domainName = [] } = eni;
  return {
    ...(name === '' ? {} : { ExtraHosts: [`${name}:${primaryAddress(eni)}`] }),
    ...(domainName.length === 0 ? {} : { DnsSearch: domainName }),
  };
}

/** What an awsvpc task finds in /etc/hosts: itself, and the names of Service Connect, which lead to its proxy. */
export function hostsText(task: PayloadTask): string {
  const eni = task.elasticNetworkInterfaces?.[0];
  const name = eni?.privateDnsName ?? '';
  const own = eni === undefined || name === '' ? [] : [`${primaryAddress(eni)} ${name}`];
  const { listeners = [] } = task.longshore?.serviceConnect ?? {};
  const connected = new Set(listeners.map(({ address, dnsName }) => `${address} ${dnsName}`));
  return `${['127.0.0.1 localhost', ...own, ...connected].join('\n')}\n`;
}

/** What it finds in resolv.conf; empty when neither its interface nor the agent names a server. */
export function resolvText(task: PayloadTask, otherwise: readonly string[]): string {
  const { domainNameServers = [], domainName = [] } = task.elasticNetworkInterfaces?.[0] ?? {};
  const servers = domainNameServers.length > 0 ? domainNameServers : otherwise;
  if (servers.length === 0) return '';
  const search = domainName.length > 0 ? [`search ${domainName.join(' ')}`] : [];
  return `${[...servers.map((server) => `nameserver ${server}`), ...search].join('\n')}\n`;
}

/**
 * Writes the task's own line into /etc/hosts, and the name servers the interface came with into resolv.conf. Both files are the pause's;
 * its containers share them. Only possible where the agent sees the pause's files, which is where it wires interfaces.
 */
export async function writeNameFiles(task: PayloadTask, pause: Pause, log: Log): Promise<void> {
  const eni = task.elasticNetworkInterfaces?.[0];
  if (eni === undefined) return;
  const etc = `/proc/${pause.pid}/root/etc`;
  try {
    await writeFile(`${etc}/hosts`, hostsText(task));
    const resolv = resolvText(task, []);
    if (resolv !== '') await writeFile(`${etc}/resolv.conf`, resolv);
  } catch (error) {
    log.warn("the task's own name could not be written into /etc/hosts", { task: task.arn, error: messageOf(error) });
  }
}
