import type { DBInstance, DBSubnetGroup } from '../../../protocol/generated/rds.ts';
import { present } from '../core.ts';
import { dbInstanceArn, type DBInstanceRecord } from '../records/db-instance.ts';
import { subnetGroupArn, type SubnetGroupRecord } from '../records/subnet-group.ts';
import { shownTags } from '../tags.ts';

/** Nothing answers before a database was available for the first time. */
const withoutEndpoint = ['creating', 'failed'];

/** https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBInstance.html */
export function describedInstance(row: DBInstanceRecord, group: SubnetGroupRecord | undefined): DBInstance {
  const { pending = {}, state, masterUserSecret } = row;
  return {
    DBInstanceIdentifier: row.id,
    DBInstanceClass: row.instanceClass,
    Engine: 'postgres',
    DBInstanceStatus: state,
    MasterUsername: row.masterUsername,
    AllocatedStorage: row.storageGiB,
    InstanceCreateTime: row.createdAtMs,
    BackupRetentionPeriod: 0,
    DBSecurityGroups: [],
    VpcSecurityGroups: row.securityGroupIds.map((id) => ({ VpcSecurityGroupId: id, Status: 'active' })),
    DBParameterGroups: [],
    AvailabilityZone: row.interface.availabilityZone,
    PreferredMaintenanceWindow: row.maintenanceWindow,
    PendingModifiedValues: present({
      DBInstanceClass: pending.instanceClass,
      AllocatedStorage: pending.storageGiB,
      EngineVersion: pending.engineVersion,
      MasterUserPassword: state === 'resetting-master-credentials' ? '****' : undefined,
    }),
    MultiAZ: false,
    EngineVersion: row.engineVersion,
    AutoMinorVersionUpgrade: row.autoMinorVersionUpgrade,
    ReadReplicaDBInstanceIdentifiers: [],
    LicenseModel: 'postgresql-license',
    OptionGroupMemberships: [],
    PubliclyAccessible: false,
    StorageType: row.storageType,
    DbInstancePort: 0,
    StorageEncrypted: false,
    DbiResourceId: row.resourceId,
    DomainMemberships: [],
    CopyTagsToSnapshot: false,
    MonitoringInterval: 0,
    DBInstanceArn: dbInstanceArn(row),
    IAMDatabaseAuthenticationEnabled: false,
    PerformanceInsightsEnabled: false,
    DeletionProtection: row.deletionProtection,
    AssociatedRoles: [],
    TagList: shownTags(row.tags),
    CustomerOwnedIpEnabled: false,
    NetworkType: 'IPV4',
    BackupTarget: 'region',
    DedicatedLogVolume: false,
    ...(row.dbName === undefined ? {} : { DBName: row.dbName }),
    ...(group === undefined ? {} : { DBSubnetGroup: describedSubnetGroup(group) }),
    ...(masterUserSecret === undefined
      ? {}
      : {
          MasterUserSecret: {
            SecretArn: masterUserSecret.arn,
            SecretStatus:
              state === 'resetting-master-credentials' ? 'rotating' : state === 'creating' ? 'creating' : 'active',
            KmsKeyId: 'alias/aws/secretsmanager',
          },
        }),
    ...(withoutEndpoint.includes(state)
      ? {}
      : { Endpoint: { Address: `${row.id}.${row.endpointZone}`, Port: row.port } }),
  };
}

/** https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBSubnetGroup.html */
export function describedSubnetGroup(row: SubnetGroupRecord): DBSubnetGroup {
  return {
    DBSubnetGroupName: row.name,
    DBSubnetGroupDescription: row.description,
    VpcId: row.vpcId,
    SubnetGroupStatus: 'Complete',
    Subnets: row.subnets.map(({ id, availabilityZone }) => ({
      SubnetIdentifier: id,
      SubnetAvailabilityZone: { Name: availabilityZone },
      SubnetOutpost: {},
      SubnetStatus: 'Active',
    })),
    DBSubnetGroupArn: subnetGroupArn(row),
    SupportedNetworkTypes: ['IPV4'],
  };
}
