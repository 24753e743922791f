import type { Service } from '../../protocol/generated/servicediscovery.ts';
import type { Database } from '../../store/index.ts';
import { present } from './core.ts';
import { instances } from './records/instance.ts';
import { serviceArn, type ServiceRecord } from './records/service.ts';

/** A service as the API shows it. */
export function describedService(db: Database, row: ServiceRecord): Service {
  return {
    ...summarizedService(db, row),
    NamespaceId: row.namespaceId,
    ...present({ CreatorRequestId: row.creatorRequestId }),
  };
}

/** The part of it that lists show. */
export function summarizedService(db: Database, row: ServiceRecord): Service {
  const { dns } = row;
  return {
    Id: row.id,
    Arn: serviceArn(row),
    ResourceOwner: row.account,
    CreatedByAccount: row.account,
    Name: row.name,
    Type: dns === undefined ? 'HTTP' : 'DNS_HTTP',
    InstanceCount: db.table(instances).count('service', row.id),
    CreateDate: row.createdAtMs,
    ...(dns === undefined
      ? {}
      : {
          DnsConfig: {
            NamespaceId: row.namespaceId,
            RoutingPolicy: dns.routingPolicy,
            DnsRecords: dns.records.map(({ type, ttl }) => ({ Type: type, TTL: ttl })),
          },
        }),
    ...(row.customHealth ? { HealthCheckCustomConfig: { FailureThreshold: 1 } } : {}),
    ...present({ Description: row.description }),
  };
}
