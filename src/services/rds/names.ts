import type { NameService, NameZone } from '../../names-protocol/index.ts';
import type { Database } from '../../store/index.ts';
import { dbInstances } from './records/db-instance.ts';
import { endpointZones, zoneName } from './records/endpoint-zone.ts';

/** As RDS answers. */
const ttl = 5;

/** Names of databases, for whoever tells name servers. */
export interface DatabaseNames {
  zoneKeys(): Iterable<string>;
  serviceKeys(): Iterable<string>;
  zone(key: string): NameZone | undefined;
  service(key: string): NameService | undefined;
  /** @returns how to stop */
  onChange(listener: (change: { readonly kind: 'zone' | 'service'; readonly key: string }) => void): () => void;
}

/** The endpoints of databases: everybody may look them up, and gets private addresses. */
export function databaseNames(db: Database): DatabaseNames {
  const zones = db.table(endpointZones);
  const instances = db.table(dbInstances);
  return {
    zoneKeys: () => zones.keys('all', 'all'),
    *serviceKeys() {
      for (const value of instances.values('scope')) yield* instances.keys('scope', value);
    },
    zone(key) {
      const row = zones.get(key)?.row;
      return row && { id: `rds-${row.hash}`, name: zoneName(row), cidrs: [], everywhere: true, soaTtl: ttl };
    },
    service(key) {
      const row = instances.get(key)?.row;
      if (row === undefined) return undefined;
      const { id, resourceId, endpointZone } = row;
      return {
        id: resourceId,
        zoneId: `rds-${endpointZone.slice(0, endpointZone.indexOf('.'))}`,
        name: id,
        routingPolicy: 'WEIGHTED',
        records: [{ type: 'A', ttl }],
        instances: [{ id, healthy: true, ipv4: row.interface.privateIpv4Address }],
      };
    },
    onChange(listener) {
      const stopZones = zones.onChange(({ key }) => listener({ kind: 'zone', key }));
      const stopInstances = instances.onChange(({ key, before, after }) => {
        if (before === undefined || after === undefined) listener({ kind: 'service', key });
      });
      return () => {
        stopZones();
        stopInstances();
      };
    },
  };
}
