import type { TableSpec } from '../../../store/index.ts';
import { scopeText, type Scope } from './scope.ts';

/** Under which name all databases of an account and region are. */
export interface EndpointZoneRecord extends Scope {
  /** Twelve letters and digits, the first a `c`; made with the first database. */
  readonly hash: string;
}

export function endpointZoneKey(scope: Scope): string {
  return `/rds/endpoint-zone/${scopeText(scope)}`;
}

/** Such as `c1a2b3c4d5e6.us-east-1.rds.amazonaws.com`. */
export function zoneName({ hash, region }: EndpointZoneRecord): string {
  return `${hash}.${region}.rds.amazonaws.com`;
}

export const endpointZones: TableSpec<EndpointZoneRecord, 'all'> = {
  prefix: '/rds/endpoint-zone/',
  indexes: { all: () => 'all' },
};
