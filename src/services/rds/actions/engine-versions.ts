import { listPage, scopeOf, type RdsDeps, type RdsHandler } from '../core.ts';
import { classNames } from '../instances/classes.ts';
import { majorVersion } from '../instances/engine-version.ts';
import { refuseUnknown } from '../instances/given.ts';
import { storageRange } from '../limits.ts';
import type { PostgresImage } from '../ports.ts';

function matching(images: readonly PostgresImage[], version: string | undefined): readonly PostgresImage[] {
  const byVersion = new Map(images.map((image) => [image.version, image]));
  return [...byVersion.values()].filter(
    (image) => version === undefined || image.version === version || majorVersion(image.version) === version,
  );
}

/** The versions of the images at hand. https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBEngineVersions.html */
export function describeDBEngineVersions({ images }: RdsDeps): RdsHandler<'DescribeDBEngineVersions'> {
  return async (input) => {
    refuseUnknown(input, [
      'Engine',
      'EngineVersion',
      'DBParameterGroupFamily',
      'DefaultOnly',
      'IncludeAll',
      'MaxRecords',
      'Marker',
    ]);
    const { Engine: engine = 'postgres', EngineVersion: version, DBParameterGroupFamily: family } = input;
    const all = engine === 'postgres' ? matching(await images(), version) : [];
    const ofFamily = all.filter((image) => family === undefined || family === `postgres${majorVersion(image.version)}`);
    const { items, next } = listPage(
      input.DefaultOnly === true ? ofFamily.slice(0, 1) : ofFamily,
      (image) => image.version,
      input,
    );
    return {
      DBEngineVersions: items.map(({ version: own }) => ({
        Engine: 'postgres',
        EngineVersion: own,
        MajorEngineVersion: majorVersion(own),
        DBParameterGroupFamily: `postgres${majorVersion(own)}`,
        DBEngineDescription: 'PostgreSQL',
        DBEngineVersionDescription: `PostgreSQL ${own}`,
        ValidUpgradeTarget: [],
        SupportsLogExportsToCloudwatchLogs: false,
        SupportsReadReplica: false,
        SupportedFeatureNames: [],
        Status: 'available',
        SupportsParallelQuery: false,
        SupportsGlobalDatabases: false,
      })),
      ...next,
    };
  };
}

/** https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeOrderableDBInstanceOptions.html */
export function describeOrderableDBInstanceOptions({
  images,
  network,
}: RdsDeps): RdsHandler<'DescribeOrderableDBInstanceOptions'> {
  return async (input, context) => {
    refuseUnknown(input, ['Engine', 'EngineVersion', 'DBInstanceClass', 'Vpc', 'MaxRecords', 'Marker']);
    const found =
      input.Engine === 'postgres' && input.Vpc !== false ? matching(await images(), input.EngineVersion) : [];
    const names = classNames.filter((name) => input.DBInstanceClass === undefined || name === input.DBInstanceClass);
    const zones = network.defaultSubnets(scopeOf(context)).map(({ availabilityZone }) => ({ Name: availabilityZone }));
    const [least, most] = storageRange;
    const options = found.flatMap(({ version }) =>
      names.flatMap((name) =>
        ['gp2', 'gp3'].map((storage) => ({
          Engine: 'postgres',
          EngineVersion: version,
          DBInstanceClass: name,
          LicenseModel: 'postgresql-license',
          AvailabilityZones: zones,
          MultiAZCapable: false,
          ReadReplicaCapable: false,
          Vpc: true,
          SupportsStorageEncryption: false,
          StorageType: storage,
          SupportsIops: false,
          SupportsEnhancedMonitoring: false,
          SupportsIAMDatabaseAuthentication: false,
          SupportsPerformanceInsights: false,
          MinStorageSize: least,
          MaxStorageSize: most,
          SupportedNetworkTypes: ['IPV4'],
        })),
      ),
    );
    const nameOf = (option: (typeof options)[number]): string =>
      `${option.EngineVersion}/${option.DBInstanceClass}/${option.StorageType}`;
    const { items, next } = listPage(options, nameOf, input);
    return { OrderableDBInstanceOptions: items, ...next };
  };
}
