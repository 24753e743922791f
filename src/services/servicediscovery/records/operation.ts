import type { TableSpec } from '../../../store/index.ts';
import { scopeText, type Scope } from './scope.ts';

export type OperationType =
  | 'CREATE_NAMESPACE'
  | 'DELETE_NAMESPACE'
  | 'UPDATE_NAMESPACE'
  | 'UPDATE_SERVICE'
  | 'REGISTER_INSTANCE'
  | 'DEREGISTER_INSTANCE';

/**
 * What a call did. Longshore does it in the call's own transaction, which writes this record too: so an operation is never seen unfinished.
 * https://docs.aws.amazon.com/cloud-map/latest/api/API_Operation.html
 */
export interface OperationRecord extends Scope {
  readonly id: string;
  readonly type: OperationType;
  /** Ids of what it was about. */
  readonly targets: Readonly<Partial<Record<'NAMESPACE' | 'SERVICE' | 'INSTANCE', string>>>;
  readonly atMs: number;
}

export function operationKey(scope: Scope, id: string): string {
  return `/servicediscovery/operation/${scopeText(scope)}/${id}`;
}

export const operations: TableSpec<OperationRecord, 'scope'> = {
  prefix: '/servicediscovery/operation/',
  indexes: { scope: scopeText },
};
