import type { ContainerSpec, PortBinding } from '../runtime.ts';

/** Host ports as Docker gives them out when none is asked for. */
const firstEphemeralPort = 32_768;
const lastEphemeralPort = 60_999;

type Asked = Readonly<Record<string, readonly { readonly HostIp?: string; readonly HostPort?: string }[]>>;

/** The port bindings of a starting container; a string is the reason why it cannot have them. */
export function bindPorts(spec: ContainerSpec, taken: readonly PortBinding[]): readonly PortBinding[] | string {
  const asked = (spec.config.HostConfig?.['PortBindings'] ?? {}) as Asked;
  const bound: PortBinding[] = [];
  const isTaken = (hostPort: number, protocol: string): boolean =>
    [...taken, ...bound].some((other) => other.hostPort === hostPort && other.protocol === protocol);
  for (const [key, bindings] of Object.entries(asked)) {
    const [port, protocol] = key.split('/');
    if (protocol !== 'tcp' && protocol !== 'udp') return `invalid port specification: ${key}`;
    for (const { HostIp, HostPort } of bindings) {
      let hostPort = Number(HostPort ?? '');
      if (hostPort === 0) {
        hostPort = firstEphemeralPort;
        while (isTaken(hostPort, protocol)) hostPort += 1;
        if (hostPort > lastEphemeralPort) return 'all ports are allocated';
      } else if (isTaken(hostPort, protocol)) return `Bind for 0.0.0.0:${hostPort} failed: port is already allocated`;
      const hostIp = HostIp === undefined || HostIp === '' ? '0.0.0.0' : HostIp;
      bound.push({ containerPort: Number(port), protocol, hostIp, hostPort });
    }
  }
  return bound;
}
