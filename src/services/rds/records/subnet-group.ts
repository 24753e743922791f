import type { TableSpec } from '../../../store/index.ts';
import { rdsArn, scopeText, type Scope, type Tag } from './scope.ts';

/** https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBSubnetGroup.html */
export interface SubnetGroupRecord extends Scope {
  /** Lower case. */
  readonly name: string;
  readonly description: string;
  readonly vpcId: string;
  readonly subnets: readonly { readonly id: string; readonly availabilityZone: string }[];
  readonly tags: readonly Tag[];
}

export function subnetGroupKey(scope: Scope, name: string): string {
  return `/rds/subnet-group/${scopeText(scope)}/${name}`;
}

export function subnetGroupArn(row: Scope & { readonly name: string }): string {
  return rdsArn(row, `subgrp:${row.name}`);
}

export const subnetGroups: TableSpec<SubnetGroupRecord, 'scope'> = {
  prefix: '/rds/subnet-group/',
  indexes: { scope: scopeText },
};
