/** A data plane alone in its process, for `balancer.ts`: an application listener on port 8001, a network listener on port 8002. */
import { NodeDataPlane } from '../src/balancer/index.ts';
import type { ListenerConfig, LoadBalancerConfig, TargetGroupConfig } from '../src/balancer-protocol/index.ts';
import { silentLog } from '../src/kernel/index.ts';
import { randomIds, systemClock } from '../src/platform/index.ts';

const [address = '', backend = ''] = process.argv.slice(2);

const group = (arn: string, protocol: 'HTTP' | 'TCP'): TargetGroupConfig => ({
  arn,
  name: arn,
  protocol,
  protocolVersion: 'HTTP1',
  algorithm: 'round_robin',
  slowStartMs: 0,
  closeOnDeregistration: false,
  preserveClientIp: false,
  proxyProtocolV2: false,
  targets: [{ id: backend, port: 8000, address: backend, state: 'registered', lastHealth: 'healthy' }],
});
const listener = (protocol: 'HTTP' | 'TCP', port: number): ListenerConfig => ({
  arn: protocol,
  protocol,
  port,
  certificates: [],
  alpnPolicy: [],
  rules: [{ arn: protocol, conditions: [], action: { type: 'forward', targetGroups: [{ arn: protocol, weight: 1 }] } }],
});
const loadBalancer: LoadBalancerConfig = {
  arn: 'bench',
  name: 'bench',
  type: 'application',
  dnsName: 'bench.elb.amazonaws.com',
  loopbackAddress: address,
  nodes: [],
  attributes: {
    crossZone: true,
    idleTimeoutMs: 60_000,
    clientKeepAliveMs: 3_600_000,
    http2: true,
    dropInvalidHeaderFields: false,
    preserveHostHeader: false,
    xffHeaderProcessing: 'append',
    xffClientPort: false,
    desyncMitigation: 'defensive',
  },
  listeners: [listener('HTTP', 8001), listener('TCP', 8002)],
};
const plane = new NodeDataPlane({
  events: { onDrained: () => undefined, onListeners: () => undefined },
  placement: { addressesOf: (one) => [{ address: one.loopbackAddress }], portOf: (port) => port },
  cookieSecret: Buffer.alloc(32),
  clock: systemClock,
  ids: randomIds,
  log: silentLog,
});
await plane.apply({
  complete: true,
  loadBalancers: [loadBalancer],
  removedLoadBalancers: [],
  targetGroups: [group('HTTP', 'HTTP'), group('TCP', 'TCP')],
  removedTargetGroups: [],
});
process.on('disconnect', () => process.exit());
process.send?.('ready');
