import type { NameInstance, NameService, NameZone } from '../../../names-protocol/index.ts';
import type { Database } from '../../../store/index.ts';
import { present } from '../core.ts';
import type { Vpcs } from '../ports.ts';
import { instances, type InstanceRecord } from '../records/instance.ts';
import type { NamespaceRecord } from '../records/namespace.ts';
import type { ServiceRecord } from '../records/service.ts';

/** Undefined: nothing of it is resolved. */
export function renderZone(vpcs: Vpcs, row: NamespaceRecord | undefined): NameZone | undefined {
  if (row?.zone === undefined) return undefined;
  const { id, name, zone } = row;
  return { id, name: name.toLowerCase(), cidrs: vpcs.cidrs(row, zone.vpcId) ?? [], soaTtl: zone.soaTtl };
}

/** Undefined: it has no DNS records. */
export function renderService(db: Database, row: ServiceRecord | undefined): NameService | undefined {
  if (row?.dns === undefined) return undefined;
  const table = db.table(instances);
  const found = [...table.keys('service', row.id)].flatMap((key) => table.get(key)?.row ?? []);
  return {
    id: row.id,
    zoneId: row.namespaceId,
    name: row.name.toLowerCase(),
    routingPolicy: row.dns.routingPolicy,
    records: row.dns.records,
    instances: found.map(renderInstance),
  };
}

function renderInstance({ id, attributes, health }: InstanceRecord): NameInstance {
  const {
    AWS_INSTANCE_IPV4: ipv4,
    AWS_INSTANCE_IPV6: ipv6,
    AWS_INSTANCE_CNAME: cname,
    AWS_INSTANCE_PORT: port,
  } = attributes;
  return {
    id: id.toLowerCase(),
    healthy: health !== 'UNHEALTHY',
    ...present({ ipv4, ipv6, cname, port: port === undefined ? undefined : Number(port) }),
  };
}
