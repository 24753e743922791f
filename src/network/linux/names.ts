import { InvalidArgument } from '../../kernel/index.ts';
import { checkInterfaceId, checkTaskInterface } from '../index.ts';
import type { TaskInterface } from '../index.ts';

/** All host ends of task interfaces start like this; rules match on it. */
export const interfacePrefix = 'lsv';
/** The kernel takes 15 characters. */
const interfaceNameLength = 15;

/** What marks addresses of `lo` as made here. */
export const addressLabel = 'lo:longshore';
/** The number that marks routes as made here (any that no routing daemon uses). */
export const routeProtocol = '76';

/** The same of routes to tasks on other machines. */
export const remoteProtocol = '77';

/** Where the agent answers tasks: metadata and credentials, and the VPC's name server. */
export const localServices = ['169.254.170.2', '169.254.169.253'] as const;

/** The host end's name, from the random digits of `eni-…`. */
export function interfaceName(id: string): string {
  checkInterfaceId(id);
  return interfacePrefix + id.slice(interfacePrefix.length - interfaceNameLength);
}

/** What is remembered of an interface, in the kernel itself: it is the alias of the host end. */
export interface InterfaceRecord {
  readonly owner: string;
  readonly id: string;
  readonly address: string;
  readonly gateway: string;
  readonly vpcPrefixes: readonly string[];
}

/** The kernel keeps 255 characters. */
const maxAliasLength = 255;

export function aliasOf(record: InterfaceRecord): string {
  const { owner, id, address, gateway, vpcPrefixes } = record;
  const alias = ['longshore', owner, id, address, gateway, '', vpcPrefixes.join(',')].join(':');
  if (alias.length > maxAliasLength)
    throw new InvalidArgument(`the VPC of ${id} has too many prefixes: ${vpcPrefixes.join(', ')}`);
  return alias;
}

/** Undefined for an alias that is not one of ours. */
export function recordOf(alias: string): InterfaceRecord | undefined {
  // Before the prefixes stood, in earlier versions, whether the task may leave the VPC.
  const [mark, owner, id, address, gateway, , prefixes] = alias.split(':');
  if (mark !== 'longshore' || !owner || !id || !address || !gateway || !prefixes) return undefined;
  return { owner, id, address, gateway, vpcPrefixes: prefixes.split(',') };
}

/** @throws InvalidArgument for anything that may not become part of a command */
export function recordFor(owner: string, wanted: TaskInterface): InterfaceRecord {
  checkTaskInterface(wanted);
  const { id, address, gateway, vpcPrefixes } = wanted;
  return { owner, id, address, gateway, vpcPrefixes };
}
