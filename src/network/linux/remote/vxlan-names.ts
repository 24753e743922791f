/** The one VXLAN device of a machine, which its agents and its balancer share. */
export const vxlanDevice = 'lsx0';
/** Its table of rules. */
export const vxlanTable = 'inet longshore_vxlan';
/** Nobody's well-known port: flannel's Linux default is 8472, Docker's 4789, and these may be on the machine too. */
export const vxlanPort = 4776;
/** The network identifier. */
export const vxlanId = 76;
/** What VXLAN adds to a packet: Ethernet, VXLAN, UDP and IPv4 headers. */
export const vxlanBytes = 50;

/** Follows from a machine's address, so that no machine has to be told another's. */
export function vxlanMac(underlayAddress: string): string {
  const hex = underlayAddress.split('.').map((part) => Number(part).toString(16).padStart(2, '0'));
  return ['0a', '4c', ...hex].join(':');
}
