import type { TableSpec } from '../../../store/index.ts';
import type { DatabaseInterface } from '../ports.ts';
import { rdsArn, scopeText, type Scope, type Tag } from './scope.ts';

/** https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/accessing-monitoring.html */
export type InstanceState =
  | 'creating'
  | 'available'
  | 'modifying'
  | 'resetting-master-credentials'
  | 'rebooting'
  | 'stopping'
  | 'stopped'
  | 'starting'
  | 'deleting'
  | 'failed';

/** What a modification changes in the next maintenance window, or at once. */
export interface Changes {
  readonly instanceClass?: string;
  readonly storageGiB?: number;
  readonly engineVersion?: string;
  /** Goes with the version. */
  readonly image?: string;
}

/** https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBInstance.html */
export interface DBInstanceRecord extends Scope {
  /** Lower case. */
  readonly id: string;
  /** `db-` and 26 capitals and digits; never used again. */
  readonly resourceId: string;
  readonly createdAtMs: number;
  readonly state: InstanceState;
  readonly instanceClass: string;
  readonly storageGiB: number;
  readonly storageType: 'gp2' | 'gp3';
  readonly engineVersion: string;
  /** The image its container runs. */
  readonly image: string;
  readonly masterUsername: string;
  /** What PostgreSQL keeps of the master user's password; the password itself is kept nowhere. */
  readonly password: { readonly verifier: string; readonly version: number };
  /** The secret that Secrets Manager keeps for it. */
  readonly masterUserSecret?: { readonly name: string; readonly arn: string };
  /** Made at the first start. */
  readonly dbName?: string;
  readonly port: number;
  readonly subnetGroup: string;
  readonly securityGroupIds: readonly string[];
  readonly interface: DatabaseInterface;
  /** Its name: `id.zone`. */
  readonly endpointZone: string;
  /** Such as `sun:05:00-sun:06:00`. */
  readonly maintenanceWindow: string;
  readonly autoMinorVersionUpgrade: boolean;
  readonly deletionProtection: boolean;
  readonly tags: readonly Tag[];
  /** For the next maintenance window. */
  readonly pending?: Changes;
  /** How many tasks were started for it; the last one has this number. */
  readonly boots: number;
  /** Key of that task. */
  readonly taskKey?: string;
  /** A task with this number is to be replaced by a new one. */
  readonly staleBoot?: number;
  /** Starts since it last was available. */
  readonly startsInVain: number;
  readonly lastStartMs?: number;
}

export function dbInstanceKey(scope: Scope, id: string): string {
  return `/rds/db/${scopeText(scope)}/${id}`;
}

export function dbInstanceArn(row: Scope & { readonly id: string }): string {
  return rdsArn(row, `db:${row.id}`);
}

/** Of the platform's task definitions and tasks for one instance. */
export function taskFamily({ resourceId }: Pick<DBInstanceRecord, 'resourceId'>): string {
  return `rds-${resourceId.toLowerCase()}`;
}

export const dbInstances: TableSpec<DBInstanceRecord, 'scope' | 'subnetGroup' | 'family'> = {
  prefix: '/rds/db/',
  indexes: {
    scope: scopeText,
    subnetGroup: (row) => `${scopeText(row)}/${row.subnetGroup}`,
    family: taskFamily,
  },
};
