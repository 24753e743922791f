import { implement, type ServiceDefinition } from '../../protocol/api/index.ts';
import type { Operations } from '../../protocol/generated/rds.ts';
import { ReconcileLoop } from '../../reconcile/index.ts';
import { deleteDBInstance, rebootDBInstance, startDBInstance, stopDBInstance } from './actions/change-state.ts';
import { createDBInstance } from './actions/create-db-instance.ts';
import { describeDBInstances } from './actions/describe-db-instances.ts';
import { describeDBEngineVersions, describeOrderableDBInstanceOptions } from './actions/engine-versions.ts';
import { modifyDBInstance } from './actions/modify-db-instance.ts';
import {
  createDBSubnetGroup,
  deleteDBSubnetGroup,
  describeDBSubnetGroups,
  modifyDBSubnetGroup,
} from './actions/subnet-groups.ts';
import { addTagsToResource, listTagsForResource, removeTagsFromResource } from './actions/tagging.ts';
import { rdsAuthorization } from './authorization.ts';
import type { RdsDeps } from './core.ts';
import { invalidInput } from './errors.ts';
import { instanceController } from './instances/controller.ts';
import { rdsLimits } from './limits.ts';
import { dbInstances } from './records/db-instance.ts';
import { endpointZones } from './records/endpoint-zone.ts';
import { subnetGroups } from './records/subnet-group.ts';

/** The tables the database must hold for this service. */
export const rdsTables = [dbInstances, endpointZones, subnetGroups] as const;

export interface RdsService {
  readonly definition: ServiceDefinition;
  /** Starts what keeps databases running; call it once the tables are open. */
  start(): void;
  stop(): void;
}

/** Amazon RDS with one engine: PostgreSQL in containers. */
export function rdsService(deps: RdsDeps): RdsService {
  const loop = new ReconcileLoop([instanceController(deps)], deps);
  return {
    definition: implement<Operations>({
      name: 'rds',
      invalid: invalidInput,
      limits: rdsLimits,
      authorization: rdsAuthorization(deps.db),
      handlers: {
        AddTagsToResource: addTagsToResource(deps),
        CreateDBInstance: createDBInstance(deps),
        CreateDBSubnetGroup: createDBSubnetGroup(deps),
        DeleteDBInstance: deleteDBInstance(deps),
        DeleteDBSubnetGroup: deleteDBSubnetGroup(deps),
        DescribeDBEngineVersions: describeDBEngineVersions(deps),
        DescribeDBInstances: describeDBInstances(deps),
        DescribeDBSubnetGroups: describeDBSubnetGroups(deps),
        DescribeOrderableDBInstanceOptions: describeOrderableDBInstanceOptions(deps),
        ListTagsForResource: listTagsForResource(deps),
        ModifyDBInstance: modifyDBInstance(deps),
        ModifyDBSubnetGroup: modifyDBSubnetGroup(deps),
        RebootDBInstance: rebootDBInstance(deps),
        RemoveTagsFromResource: removeTagsFromResource(deps),
        StartDBInstance: startDBInstance(deps),
        StopDBInstance: stopDBInstance(deps),
      },
    }),
    start: () => loop.start(),
    stop: () => loop.stop(),
  };
}
