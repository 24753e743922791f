import type { Clock, Ids, Log } from '../../kernel/index.ts';
import { implement, type ServiceDefinition } from '../../protocol/api/index.ts';
import type { Operations } from '../../protocol/generated/elbv2.ts';
import { ReconcileLoop } from '../../reconcile/index.ts';
import type { Database } from '../../store/index.ts';
import { BalancerGateway } from './balancer-gateway/gateway.ts';
import { elbv2Authorization } from './authorization/index.ts';
import { presentRows, type Elbv2Deps } from './core.ts';
import { invalidInput } from './errors.ts';
import { handlersOf } from './handlers.ts';
import { elbv2Limits } from './limits.ts';
import { LoopbackAddresses } from './load-balancers/loopback-addresses.ts';
import type { LoadBalancerNames, NamedLoadBalancer, TargetRegistrar, TrafficShifting } from './offers.ts';
import type { Certificates, Network } from './ports.ts';
import { listeners } from './records/listener.ts';
import { loadBalancerArn, loadBalancers, type LoadBalancerRecord } from './records/load-balancer.ts';
import { loopbackAddressTable } from './records/loopback-address.ts';
import { targetGroups } from './records/target-group.ts';
import { targets } from './records/target.ts';
import { Registrar } from './targets/registrar.ts';
import { targetsController } from './targets/targets-controller.ts';

/** The tables the database must hold for this service. */
export const elbv2Tables = [loadBalancers, listeners, targetGroups, targets, loopbackAddressTable] as const;

/** What Elastic Load Balancing needs of the outside. */
export interface Elbv2ServiceDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly network: Network;
  readonly certificates: Certificates;
}

export interface Elbv2Service {
  readonly definition: ServiceDefinition;
  /** For services that keep targets registered and shift traffic between target groups. */
  readonly registrar: TargetRegistrar & TrafficShifting;
  /** For the name server. */
  readonly names: LoadBalancerNames;
  /** Starts the controllers and the gateway; call it once the database is open. */
  start(): void;
  /** Stops them and closes the data planes' connections. */
  stop(): void;
}

/** Elastic Load Balancing v2: application and network load balancers. */
export function elbv2Service(deps: Elbv2ServiceDeps): Elbv2Service {
  const { database: db, clock, ids, log, network, certificates } = deps;
  const gateway = new BalancerGateway({ db, clock, log, certificates });
  const registrar = new Registrar({ db, clock, network, certificates });
  const loop = new ReconcileLoop([targetsController({ db, clock })], { clock, ids, log });
  const parts: Elbv2Deps = {
    db,
    clock,
    ids,
    log,
    network,
    certificates,
    addresses: new LoopbackAddresses(db),
    states: gateway,
  };
  return {
    definition: implement<Operations>({
      name: 'elbv2',
      handlers: handlersOf(parts, registrar),
      authorization: elbv2Authorization(presentRows(db)),
      limits: elbv2Limits,
      invalid: invalidInput,
      sockets: gateway.routes,
    }),
    registrar,
    names: { find: (dnsName) => named(db, dnsName) },
    start() {
      gateway.start();
      loop.start();
    },
    stop() {
      loop.stop();
      gateway.stop();
    },
  };
}

function named(db: Database, dnsName: string): NamedLoadBalancer | undefined {
  const row: LoadBalancerRecord | undefined = db
    .table(loadBalancers)
    .page('dnsName', dnsName.toLowerCase(), { limit: 1 }).rows[0]?.row;
  return (
    row && {
      arn: loadBalancerArn(row),
      dnsName: row.dnsName,
      scheme: row.scheme,
      loopbackAddress: row.loopbackAddress,
      privateIpv4Addresses: row.zones.map(({ privateIpv4Address }) => privateIpv4Address),
    }
  );
}

/** Load balancers that use a certificate. */
export function certificateUsers(db: Database, certificateArn: string): readonly string[] {
  const table = db.table(listeners);
  const arns = new Set<string>();
  for (const key of table.keys('certificate', certificateArn)) {
    const row = table.get(key)?.row;
    if (row !== undefined) arns.add(loadBalancerArn(row.loadBalancer));
  }
  return [...arns];
}
