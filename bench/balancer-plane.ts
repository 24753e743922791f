/** A data plane (`node`, or the path of an HAProxy) alone in its process, for `balancer.ts`: an application listener on port 8001, a network listener on port 8002. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HaproxyDataPlane, NodeDataPlane, type NodeDataPlaneOptions } from '../src/balancer/index.ts';
import type { ListenerConfig, LoadBalancerConfig, TargetGroupConfig } from '../src/balancer-protocol/index.ts';
import { silentLog } from '../src/kernel/index.ts';
import { randomIds, systemClock } from '../src/platform/index.ts';

const [address = '', backend = '', program = 'node'] = process.argv.slice(2);
const directory = mkdtempSync(join(tmpdir(), 'longshore-bench-'));

const group = (arn: string, protocol: 'HTTP' | 'TCP'): TargetGroupConfig => ({
  arn,
  name: arn,
  protocol,
  protocolVersion: 'HTTP1',
  algorithm: 'round_robin',
  slowStartMs: 0,
  closeOnDeregistration: false,
  closeOnUnhealthy: false,
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
const options: NodeDataPlaneOptions = {
  events: { onDrained: () => undefined, onListeners: () => undefined },
  placement: {
    addressesOf: (one) => [{ address: one.loopbackAddress }],
    sourceOf: () => undefined,
    portOf: (port) => port,
  },
  cookieSecret: Buffer.alloc(32),
  clock: systemClock,
  ids: randomIds,
  log: silentLog,
};
const plane =
  program === 'node'
    ? new NodeDataPlane(options)
    : new HaproxyDataPlane({ ...options, program, directory, threads: 1 });
await plane.apply({
  complete: true,
  loadBalancers: [loadBalancer],
  removedLoadBalancers: [],
  targetGroups: [group('HTTP', 'HTTP'), group('TCP', 'TCP')],
  removedTargetGroups: [],
});
const end = (): void =>
  void plane.close().then(() => {
    rmSync(directory, { recursive: true, force: true });
    process.exit();
  });
process.on('disconnect', end);
process.on('SIGTERM', end);
process.send?.({ pid: program === 'node' ? process.pid : haproxyPid() });

/** The process that carries the traffic. */
function haproxyPid(): number {
  const found = readdirSync('/proc').find((name) => {
    try {
      return /^\d+$/.test(name) && readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(`${directory}/haproxy-`);
    } catch {
      return false; // it ended meanwhile
    }
  });
  return Number(found);
}
