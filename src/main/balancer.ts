import { join } from 'node:path';
import { NodeAddresses, startBalancer, type Balancer } from '../balancer/index.ts';
import type { Clock, Ids, Log, ServerTrust } from '../kernel/index.ts';
import { privateDirectory, readIfPresent, writePrivateFile } from '../platform/index.ts';
import { chooseDataPlane, type DataPlaneKind } from './choose-data-plane.ts';
import { balancerOwner, places } from './data-directory.ts';
import { openInstallation } from './installation.ts';
import { startNameServer } from './name-server.ts';
import { openNodePolicies } from './node-policies.ts';
import { startPrivateZones } from './private-zones.ts';
import { chosenUnderlay, type UnderlayChoice } from './underlay.ts';

export interface BalancerProcessOptions {
  /** `http://host:port` or `https://…` of the control plane. */
  readonly endpoint: string;
  /** How an `https` endpoint is verified; absent: as usual. */
  readonly trust?: ServerTrust | undefined;
  /** Of the installation: its pool credential signs, its key seals cookies. */
  readonly dataDirectory: string;
  /** Added to every listener's port; 0: none. */
  readonly portOffset: number;
  readonly dataPlane: DataPlaneKind;
  /** How other machines reach this one. */
  readonly underlay?: UnderlayChoice | undefined;
  /** Directories to look for programs in, with colons between them. */
  readonly searchPath: string;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
}

/** The installation's own credentials belong to no region. */
const region = 'us-east-1';

/** The data plane of load balancers on this machine, and the name server that knows them. */
export async function startBalancerProcess(options: BalancerProcessOptions): Promise<Balancer> {
  const { endpoint, dataDirectory, portOffset, clock, ids, log } = options;
  const installation = openInstallation(dataDirectory);
  const directory = privateDirectory(places.balancer(dataDirectory));
  const keptFile = join(directory, 'configuration.json');
  const make = await chooseDataPlane(options.dataPlane, { searchPath: options.searchPath, directory, log });
  const session = { endpoint, trust: options.trust, region, credentials: () => installation.pool, clock, ids };
  const policies = await openNodePolicies({
    ...session,
    owner: balancerOwner(dataDirectory),
    underlay: isRoot()
      ? await chosenUnderlay({ ...options.underlay, controlPlane: new URL(endpoint).hostname }, log)
      : undefined,
    log: log.with({ part: 'security groups' }),
  });
  const balancer = await startBalancer({
    ...session,
    portOffset,
    addresses: new NodeAddresses({
      file: join(directory, 'addresses.json'),
      allowed: isRoot(),
      log: log.with({ part: 'addresses' }),
    }),
    ...(policies === undefined ? {} : { policies }),
    kept: { read: () => readIfPresent(keptFile), write: (text) => writePrivateFile(keptFile, text) },
    makeDataPlane: (wiring) =>
      make({ ...wiring, cookieSecret: installation.sealingKey, clock, ids, log: log.with({ part: 'data plane' }) }),
    log,
  });
  const zones = startPrivateZones({ ...session, directory, log });
  const names = await startNameServer({
    balancer,
    privateZones: zones.names,
    portOffset,
    clock,
    log: log.with({ part: 'dns' }),
  });
  return {
    ready: balancer.ready,
    dataPlane: balancer.dataPlane,
    named: (dnsName) => balancer.named(dnsName),
    async stop() {
      names.stop();
      zones.stop();
      await balancer.stop();
    },
  };
}

function isRoot(): boolean {
  return process.platform === 'linux' && process.getuid?.() === 0;
}
