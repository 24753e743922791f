import type { TableSpec } from '../../../store/index.ts';
import { scopeText, type Scope } from './scope.ts';

export type CustomHealth = 'HEALTHY' | 'UNHEALTHY';

/** https://docs.aws.amazon.com/cloud-map/latest/api/API_Instance.html */
export interface InstanceRecord extends Scope {
  readonly serviceId: string;
  readonly id: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Of services with a custom health check. */
  readonly health?: CustomHealth;
  readonly creatorRequestId?: string;
  /** The operation that registered it; absent where a service such as ECS did. */
  readonly operationId?: string;
}

export function instanceKey(scope: Scope, serviceId: string, id: string): string {
  return `/servicediscovery/instance/${scopeText(scope)}/${serviceId}/${id}`;
}

export const instances: TableSpec<InstanceRecord, 'service'> = {
  prefix: '/servicediscovery/instance/',
  // Ids are unique over all accounts.
  indexes: { service: ({ serviceId }) => serviceId },
};
