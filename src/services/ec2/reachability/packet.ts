import type { AclEntry, Traffic } from '../../../network-protocol/index.ts';
import { parsePrefix } from '../addresses.ts';

/** What is sent: TCP or UDP to a port, or an ICMP echo request. */
export interface Packet {
  /** IANA's number. */
  readonly protocol: number;
  /** The port it goes to. */
  readonly port?: number;
  readonly icmp?: { readonly type: number; readonly code: number };
}

export function isOfTraffic(packet: Packet, { protocol, ports, icmp }: Traffic): boolean {
  if (protocol !== 'all' && protocol !== packet.protocol) return false;
  if (ports !== undefined && (packet.port === undefined || packet.port < ports.from || packet.port > ports.to)) {
    return false;
  }
  if (icmp === undefined) return true;
  return packet.icmp?.type === icmp.type && (icmp.code === undefined || icmp.code === packet.icmp.code);
}

/** Whether all of a block is in another. */
export function isWithin(inner: string, outer: string): boolean {
  const [a, b] = [parsePrefix(inner), parsePrefix(outer)];
  const size = 2 ** (32 - b.length);
  return a.length >= b.length && Math.floor(a.first / size) === Math.floor(b.first / size);
}

/** The ports that answers go to: those that Linux opens connections from. https://docs.aws.amazon.com/vpc/latest/userguide/custom-network-acl.html#nacl-ephemeral-ports */
const answerPorts = { from: 32_768, to: 60_999 };

/** Whether a network ACL lets a packet to or from a block pass: the first entry that matches decides. */
export function aclLetsPass(entries: readonly AclEntry[], block: string, packet: Packet): boolean {
  return entries.find((entry) => isOfTraffic(packet, entry) && isWithin(block, entry.cidr))?.allow === true;
}

/** Whether a network ACL lets the answers to a packet pass, to whichever port they go. */
export function aclLetsAnswersPass(entries: readonly AclEntry[], block: string, packet: Packet): boolean {
  return answersTo(entries, packet).every((answer) => aclLetsPass(entries, block, answer));
}

/** An answer to each port at which another entry may decide. */
function answersTo(entries: readonly AclEntry[], { protocol, icmp }: Packet): readonly Packet[] {
  if (icmp !== undefined) return [{ protocol, icmp: { type: icmp.type === 8 ? 0 : icmp.type, code: icmp.code } }];
  const borders = entries.flatMap(({ ports }) => (ports === undefined ? [] : [ports.from, ports.to + 1]));
  const inside = borders.filter((port) => port > answerPorts.from && port <= answerPorts.to);
  return [answerPorts.from, ...inside].map((port) => ({ protocol, port }));
}

const names: Readonly<Record<number, string>> = { 1: 'ICMP echo requests', 6: 'TCP', 17: 'UDP' };

export function packetText({ protocol, port }: Packet): string {
  const name = names[protocol] ?? `protocol ${protocol}`;
  return port === undefined ? name : `${name} to port ${port}`;
}
