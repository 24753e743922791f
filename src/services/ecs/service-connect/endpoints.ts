import { Conflict } from '../../../kernel/index.ts';
import type { Database, Transaction } from '../../../store/index.ts';
import { invalidParameter } from '../errors.ts';
import type { ConnectNamespaces, InstanceRegistrar } from '../ports.ts';
import {
  connectEndpointKey,
  connectEndpoints,
  endpointsOfService,
  type ConnectEndpointRecord,
  type ServedPort,
} from '../records/connect-endpoint.ts';
import type { ConnectedEndpoints, RevisionConnect } from '../records/service-revision.ts';
import type { OfService } from '../records/service.ts';

/** Names that the tasks of one deployment can call; as many services as AWS allows in a namespace, several times over. */
export const maxKnownNames = 1_000;

export interface EndpointWriter {
  readonly db: Database;
  readonly namespaces: ConnectNamespaces;
  readonly registrar: Pick<InstanceRegistrar, 'registry'>;
}

/**
 * Writes the endpoints of a service as its new deployment has them, and looks what its tasks will be able to call: the endpoints of the namespace as they are
 * now, its own among them. What comes later is for later deployments.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-connect-concepts-deploy.html
 * @throws InvalidParameterException when somebody else has a name
 */
export function connectedEndpoints(
  tx: Transaction,
  { db, namespaces, registrar }: EndpointWriter,
  of: OfService,
  { namespaceArn, ports }: Pick<RevisionConnect, 'namespaceArn' | 'ports'>,
): ConnectedEndpoints {
  const inNamespace = endpointsIn(db, namespaceArn);
  const others = inNamespace.filter((row) => !isOf(row, of));
  refuseTakenNames(ports, others);
  const own = inNamespace.filter((row) => isOf(row, of));
  const scope = { account: of.account, region: of.region };
  const mine = ports.map((port): ConnectEndpointRecord => {
    const earlier = own.find(({ discoveryName }) => discoveryName === port.discoveryName)?.discoveryArn;
    // Somebody may have deleted the Cloud Map service while it had no instances.
    const known = earlier !== undefined && registrar.registry(scope, earlier) !== undefined ? earlier : undefined;
    if (earlier !== undefined && known === undefined) tx.delete(connectEndpoints, connectEndpointKey(earlier));
    const discoveryArn =
      known ?? newDiscovery(() => namespaces.createService(tx, scope, namespaceArn, port.discoveryName));
    const row = { ...of, ...port, namespaceArn, discoveryArn };
    tx.put(connectEndpoints, connectEndpointKey(discoveryArn), row);
    return row;
  });
  const known = [...others, ...mine].flatMap(({ names, discoveryArn }) =>
    names.map(({ dnsName, port }) => ({ dnsName, port, endpoint: discoveryArn })),
  );
  if (known.length > maxKnownNames)
    throw invalidParameter(`A namespace can have at most ${maxKnownNames} Service Connect client aliases.`);
  return { discoveryArns: mine.map(({ discoveryArn }) => discoveryArn), known };
}

export function endpointsIn(db: Database, namespaceArn: string): readonly ConnectEndpointRecord[] {
  const table = db.table(connectEndpoints);
  return [...table.keys('namespace', namespaceArn)].flatMap((key) => table.get(key)?.row ?? []);
}

function isOf(row: ConnectEndpointRecord, of: OfService): boolean {
  return endpointsOfService(row) === endpointsOfService(of);
}

function refuseTakenNames(ports: readonly ServedPort[], others: readonly ConnectEndpointRecord[]): void {
  for (const { discoveryName, names } of ports)
    for (const other of others) {
      if (other.discoveryName === discoveryName)
        throw invalidParameter(
          `The Service Connect discoveryName ${discoveryName} is used by the service ${other.service} of this namespace.`,
        );
      const same = names.find(({ dnsName, port }) =>
        other.names.some((taken) => taken.dnsName === dnsName && taken.port === port),
      );
      if (same !== undefined)
        throw invalidParameter(
          `The Service Connect client alias ${same.dnsName}:${same.port} is used by the service ${other.service} of this namespace.`,
        );
    }
}

/** A Cloud Map service of that name that ECS does not manage stays as it is. */
function newDiscovery(create: () => string): string {
  try {
    return create();
  } catch (error) {
    if (error instanceof Conflict) throw invalidParameter(error.message);
    throw error;
  }
}
