import type { ClusterConfiguration, ClusterSetting } from '../../../protocol/generated/ecs.ts';
import { invalidParameter, notImplemented } from '../errors.ts';
import type { ClusterRecord } from '../records/cluster.ts';

type Settings = ClusterRecord['settings'];

const insightsValues = ['enabled', 'disabled', 'enhanced'];

/**
 * The settings of a cluster after a request: what it gives replaces, what it leaves out stays.
 * @throws InvalidParameterException for an unknown setting or value, or one given twice
 */
export function mergedSettings(present: Settings, given: readonly ClusterSetting[]): Settings {
  const byName = new Map(present.map((setting) => [setting.name, setting]));
  const seen = new Set<string>();
  for (const { name, value } of given) {
    if (name !== 'containerInsights') throw invalidParameter('Setting name should be one of [containerInsights]');
    if (value === undefined || !insightsValues.includes(value)) {
      throw invalidParameter(
        `containerInsights should be one of [${insightsValues.join(',')}], but was ${value ?? 'null'}`,
      );
    }
    if (seen.has(name)) throw invalidParameter(`Setting ${name} was specified more than once`);
    seen.add(name);
    byName.set(name, { name, value });
  }
  return [...byName.values()];
}

/**
 * The configuration as it will be kept: what ECS Exec does with sessions.
 * @throws InvalidParameterException when its parts contradict one another; UnsupportedFeatureException for managed storage keys
 */
export function checkedConfiguration(given: ClusterConfiguration): ClusterConfiguration {
  const { executeCommandConfiguration: exec, managedStorageConfiguration: storage } = given;
  if (storage?.kmsKeyId !== undefined || storage?.fargateEphemeralStorageKmsKeyId !== undefined) {
    throw notImplemented('Encryption of task storage with a KMS key (managedStorageConfiguration)');
  }
  if (exec === undefined) return {};
  const { logging = 'DEFAULT', logConfiguration: log } = exec;
  if (logging === 'OVERRIDE' && log === undefined) {
    throw invalidParameter('A logConfiguration must be specified when executeCommandConfiguration logging is OVERRIDE');
  }
  if (logging !== 'OVERRIDE' && log !== undefined) {
    throw invalidParameter(
      `A logConfiguration cannot be specified when executeCommandConfiguration logging is ${logging}`,
    );
  }
  if (log !== undefined && log.cloudWatchLogGroupName === undefined && log.s3BucketName === undefined) {
    throw invalidParameter('A logConfiguration needs a cloudWatchLogGroupName or an s3BucketName');
  }
  return { executeCommandConfiguration: { ...exec, logging } };
}
