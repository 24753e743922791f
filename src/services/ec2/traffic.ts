import type { Traffic } from '../../network-protocol/index.ts';

/** Protocols that EC2 calls by name. https://www.iana.org/assignments/protocol-numbers */
export const protocolNumbers: Readonly<Record<string, number>> = { icmp: 1, tcp: 6, udp: 17, icmpv6: 58 };

/** The protocol of a record as a number. @param name as records have it */
export function protocolNumber(name: string): number | 'all' {
  return name === '-1' ? 'all' : (protocolNumbers[name] ?? Number(name));
}

/** What a rule's protocol and ports mean on the wire. For ICMP the ports are type and code; -1: any. */
export function trafficOf({
  protocol: name,
  fromPort,
  toPort,
}: {
  readonly protocol: string;
  readonly fromPort: number;
  readonly toPort: number;
}): Traffic {
  const protocol = protocolNumber(name);
  if (name === 'tcp' || name === 'udp') {
    return fromPort === -1 ? { protocol } : { protocol, ports: { from: fromPort, to: toPort } };
  }
  if ((name !== 'icmp' && name !== 'icmpv6') || fromPort === -1) return { protocol };
  return { protocol, icmp: { type: fromPort, ...(toPort === -1 ? {} : { code: toPort }) } };
}
