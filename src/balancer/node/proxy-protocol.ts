import { isIPv6 } from 'node:net';
import { plainAddress } from '../model/cidr.ts';

const signature = Buffer.from([0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a]);
const versionAndProxy = 0x21;
const families = { inet: 0x10, inet6: 0x20 } as const;
const transports = { tcp: 1, udp: 2 } as const;

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** The header of version 2 of the PROXY protocol (https://www.haproxy.org/download/2.9/doc/proxy-protocol.txt, 2.2). */
export function proxyProtocolHeader(transport: 'tcp' | 'udp', source: Endpoint, destination: Endpoint): Buffer {
  const from = plainAddress(source.address);
  const to = plainAddress(destination.address);
  const long = isIPv6(from) || isIPv6(to);
  const addresses = [from, to].map((address) => (long ? ipv6Bytes(address) : ipv4Bytes(address)));
  const ports = Buffer.alloc(4);
  ports.writeUInt16BE(source.port, 0);
  ports.writeUInt16BE(destination.port, 2);
  const body = Buffer.concat([...addresses, ports]);
  const fixed = Buffer.from([versionAndProxy, (long ? families.inet6 : families.inet) | transports[transport], 0, 0]);
  fixed.writeUInt16BE(body.length, 2);
  return Buffer.concat([signature, fixed, body]);
}

function ipv4Bytes(address: string): Buffer {
  return Buffer.from(address.split('.').map(Number));
}

function ipv6Bytes(address: string): Buffer {
  if (!isIPv6(address)) return Buffer.concat([Buffer.alloc(10), Buffer.from([0xff, 0xff]), ipv4Bytes(address)]);
  const [head = '', tail] = address.split('::');
  const groups = (text: string): readonly number[] =>
    text === '' ? [] : text.split(':').map((part) => parseInt(part, 16));
  const first = groups(head);
  const last = tail === undefined ? [] : groups(tail);
  const all = [...first, ...Array.from({ length: 8 - first.length - last.length }, () => 0), ...last];
  const bytes = Buffer.alloc(16);
  for (const [index, group] of all.entries()) bytes.writeUInt16BE(group, index * 2);
  return bytes;
}
