import type { TableSpec } from '../../../store/index.ts';
import { scopeText, type NetworkThing, type Scope } from './scope.ts';

/** A table of things that an account has in a region. */
export interface ScopedTable<Row extends NetworkThing> extends TableSpec<Row, 'scope'> {
  key(scope: Scope, id: string): string;
}

/** A table of things that an account has in a region, and that may belong to a VPC. */
export interface NetworkTable<Row extends NetworkThing> extends TableSpec<Row, 'scope' | 'vpc'> {
  key(scope: Scope, id: string): string;
}

/** @param kind the name in keys, such as `subnet` */
export function networkTable<Row extends NetworkThing>(
  kind: string,
  vpcOf: (row: Row) => string | undefined,
): NetworkTable<Row> {
  const prefix = `/ec2/${kind}/`;
  return {
    prefix,
    indexes: { scope: scopeText, vpc: vpcOf },
    key: (scope, id) => `${prefix}${scopeText(scope)}/${id}`,
  };
}
