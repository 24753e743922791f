import type { Namespace } from '../../../protocol/generated/servicediscovery.ts';
import {
  neededNamespace,
  pageOf,
  present,
  presentRows,
  scopeOf,
  type SdHandler,
  type ServiceDiscoveryDeps,
} from '../core.ts';
import { compiledFilters, type FilterKind } from '../filters.ts';
import { namespaceArn, namespaces, type NamespaceRecord } from '../records/namespace.ts';
import { scopeText } from '../records/scope.ts';

/** https://docs.aws.amazon.com/cloud-map/latest/api/API_GetNamespace.html */
export function getNamespace({ db }: ServiceDiscoveryDeps): SdHandler<'GetNamespace'> {
  return (input, context) => {
    const row = neededNamespace(presentRows(db), scopeOf(context), input.Id);
    return { Namespace: { ...described(row), ...present({ CreatorRequestId: row.creatorRequestId }) } };
  };
}

const kinds: Readonly<Record<string, FilterKind<NamespaceRecord>>> = {
  TYPE: { conditions: ['EQ'], valueOf: typeOf },
  NAME: { conditions: ['EQ', 'BEGINS_WITH'], valueOf: ({ name }) => name },
  HTTP_NAME: { conditions: ['EQ', 'BEGINS_WITH'], valueOf: ({ name }) => name },
  // Nothing is shared between accounts.
  RESOURCE_OWNER: { conditions: ['EQ'], valueOf: () => 'SELF' },
};

/** https://docs.aws.amazon.com/cloud-map/latest/api/API_ListNamespaces.html */
export function listNamespaces({ db }: ServiceDiscoveryDeps): SdHandler<'ListNamespaces'> {
  return (input, context) => {
    const fits = compiledFilters(input.Filters, kinds);
    const page = pageOf((request) => db.table(namespaces).page('scope', scopeText(scopeOf(context)), request), input);
    return {
      // Filters choose among the rows of a page: one may have fewer than asked for, or none, and still be followed by another.
      Namespaces: page.rows
        .map(({ row }) => row)
        .filter(fits)
        .map(described),
      ...present({ NextToken: page.next }),
    };
  };
}

function typeOf({ zone }: NamespaceRecord): 'HTTP' | 'DNS_PRIVATE' {
  return zone === undefined ? 'HTTP' : 'DNS_PRIVATE';
}

function described(row: NamespaceRecord): Namespace {
  return {
    Id: row.id,
    Arn: namespaceArn(row),
    ResourceOwner: row.account,
    Name: row.name,
    Type: typeOf(row),
    ServiceCount: row.services,
    Properties: {
      ...(row.zone === undefined
        ? {}
        : { DnsProperties: { HostedZoneId: row.zone.hostedZoneId, SOA: { TTL: row.zone.soaTtl } } }),
      HttpProperties: { HttpName: row.name },
    },
    CreateDate: row.createdAtMs,
    ...present({ Description: row.description }),
  };
}
