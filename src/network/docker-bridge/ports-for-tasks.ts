import { readFile } from 'node:fs/promises';

const metadataPort = 80;
/** Where Amazon's agent listens, too. */
const metadataPortWithoutRights = 51_679;
const apiPortWithoutRights = 51_680;
const netBindService = 10;

export interface PortsForTasks {
  readonly metadata: number;
  readonly api: number;
}

/**
 * The ports of 169.254.170.2 that this process may listen at: those every ECS machine has where it may, else others.
 * @param apiPort of the control plane's endpoint, kept where it may be
 */
export async function portsForTasks(apiPort: number): Promise<PortsForTasks> {
  return choosePorts(apiPort, await lowestPort());
}

/** @param lowest the lowest port that may be listened at */
export function choosePorts(apiPort: number, lowest: number): PortsForTasks {
  return {
    metadata: metadataPort >= lowest ? metadataPort : metadataPortWithoutRights,
    api: apiPort >= lowest ? apiPort : apiPortWithoutRights,
  };
}

/** 0 with CAP_NET_BIND_SERVICE, else what the machine sets. */
async function lowestPort(): Promise<number> {
  const status = await readFile('/proc/self/status', 'utf8');
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? '0'}`);
  if (((effective >> BigInt(netBindService)) & 1n) === 1n) return 0;
  return Number(await readFile('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8'));
}
