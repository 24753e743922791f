import type { PayloadContainer, PayloadTask } from '../../agent-protocol/index.ts';
import type { NetworkBinding } from '../engine/index.ts';
import { portRangeText, readPortRange } from '../hooks/host-port-ranges.ts';
import type { PortBinding } from '../../runtime/index.ts';

type Mapping = PayloadContainer['portMappings'][number];

/**
 * What the control plane is told of a container's ports: what the engine bound in bridge mode, the ports themselves in host mode, nothing in
 * the others. A mapping of a range is one binding. Pure.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_NetworkBinding.html
 */
export function networkBindings(
  mode: PayloadTask['networkMode'],
  mappings: readonly Mapping[],
  bound: readonly PortBinding[],
): readonly NetworkBinding[] {
  if (mode === 'host')
    return mappings.map(({ containerPort = 0, protocol }) => {
      return { bindIP: '0.0.0.0', containerPort, hostPort: containerPort, protocol };
    });
  if (mode !== 'bridge') return [];
  const ports = bound.filter(({ hostIp }) => hostIp !== '::');
  const ranges = mappings.flatMap((mapping) => {
    const range = readPortRange(mapping.containerPortRange ?? '');
    return range === undefined ? [] : [{ ...range, protocol: mapping.protocol }];
  });
  const inRange = (port: PortBinding): boolean =>
    ranges.some(
      ({ first, last, protocol }) =>
        protocol === port.protocol && port.containerPort >= first && port.containerPort <= last,
    );
  const single = ports
    .filter((port) => !inRange(port))
    .map(({ hostIp: bindIP, containerPort, hostPort, protocol }) => ({ bindIP, containerPort, hostPort, protocol }));
  const ofRanges = ranges.flatMap(({ first, last, protocol }): NetworkBinding[] => {
    const [from, to] = [first, last].map((wanted) =>
      ports.find((port) => port.protocol === protocol && port.containerPort === wanted),
    );
    if (from === undefined || to === undefined) return [];
    const hostPortRange = portRangeText({ first: from.hostPort, last: to.hostPort });
    return [{ bindIP: from.hostIp, containerPortRange: portRangeText({ first, last }), hostPortRange, protocol }];
  });
  return [...single, ...ofRanges];
}
