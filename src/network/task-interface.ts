import { InvalidArgument } from '../kernel/index.ts';
import type { TaskInterface } from './network.ts';

/**
 * Checks an interface before any of it becomes part of a command: ids, addresses and prefixes only.
 * @throws InvalidArgument naming the interface and the value
 */
export function checkTaskInterface(wanted: TaskInterface): void {
  const { id, address, gateway, macAddress, prefixLength, vpcPrefixes } = wanted;
  checkInterfaceId(id);
  for (const text of [address, gateway]) if (!isAddress(text)) refuse(id, 'an IPv4 address', text);
  for (const text of vpcPrefixes) if (!isPrefix(text)) refuse(id, 'an IPv4 prefix', text);
  if (vpcPrefixes.length === 0) refuse(id, 'a list of VPC prefixes', '');
  if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(macAddress)) refuse(id, 'a MAC address', macAddress);
  if (!isLength(prefixLength)) refuse(id, 'a prefix length', String(prefixLength));
}

/** @throws InvalidArgument when it is not like `eni-0123456789abcdef0` */
export function checkInterfaceId(id: string): void {
  if (!/^eni-[0-9a-f]{12,32}$/.test(id)) {
    throw new InvalidArgument(`"${id}" is not an interface id such as eni-0123456789abcdef0`);
  }
}

/** The name under which one of several agents uses a machine. */
export function checkOwner(owner: string): void {
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(owner)) {
    throw new InvalidArgument(`"${owner}" is not a network owner: letters, digits, _ and -, at most 64`);
  }
}

function refuse(id: string, what: string, text: string): never {
  throw new InvalidArgument(`interface ${id}: "${text}" is not ${what}`);
}

export function isAddress(text: string): boolean {
  const parts = text.split('.');
  return parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255);
}

function isPrefix(text: string): boolean {
  const [address = '', length = ''] = text.split('/');
  return isAddress(address) && /^\d{1,2}$/.test(length) && isLength(Number(length));
}

function isLength(length: number): boolean {
  return Number.isInteger(length) && length >= 8 && length <= 32;
}
