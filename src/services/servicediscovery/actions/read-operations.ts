import { pageOf, present, scopeOf, type SdHandler, type ServiceDiscoveryDeps } from '../core.ts';
import { operationNotFound } from '../errors.ts';
import { compiledFilters, type FilterKind } from '../filters.ts';
import { operationKey, operations, type OperationRecord } from '../records/operation.ts';
import { scopeText } from '../records/scope.ts';

/** https://docs.aws.amazon.com/cloud-map/latest/api/API_GetOperation.html */
export function getOperation({ db }: ServiceDiscoveryDeps): SdHandler<'GetOperation'> {
  return (input, context) => {
    const row = db.get(operations, operationKey(scopeOf(context), input.OperationId))?.row;
    if (row === undefined) throw operationNotFound(input.OperationId);
    return {
      Operation: {
        Id: row.id,
        OwnerAccount: row.account,
        Type: row.type,
        Status: 'SUCCESS',
        CreateDate: row.atMs,
        UpdateDate: row.atMs,
        Targets: present(row.targets) as Readonly<Record<string, string>>,
      },
    };
  };
}

const kinds: Readonly<Record<string, FilterKind<OperationRecord>>> = {
  NAMESPACE_ID: { conditions: ['EQ'], valueOf: ({ targets }) => targets.NAMESPACE },
  SERVICE_ID: { conditions: ['EQ'], valueOf: ({ targets }) => targets.SERVICE },
  STATUS: { conditions: ['EQ', 'IN'], valueOf: () => 'SUCCESS' },
  TYPE: { conditions: ['EQ', 'IN'], valueOf: ({ type }) => type },
  UPDATE_DATE: { conditions: ['BETWEEN'], valueOf: ({ atMs }) => String(atMs / 1_000) },
};

/** https://docs.aws.amazon.com/cloud-map/latest/api/API_ListOperations.html */
export function listOperations({ db }: ServiceDiscoveryDeps): SdHandler<'ListOperations'> {
  return (input, context) => {
    const fits = compiledFilters(input.Filters, kinds);
    const page = pageOf((request) => db.table(operations).page('scope', scopeText(scopeOf(context)), request), input);
    return {
      Operations: page.rows
        .map(({ row }) => row)
        .filter(fits)
        .map(({ id }) => ({ Id: id, Status: 'SUCCESS' as const })),
      ...present({ NextToken: page.next }),
    };
  };
}
