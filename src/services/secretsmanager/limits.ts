import type { Limits } from '../../protocol/api/index.ts';

/** https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html */
export const maxValueBytes = 65_536;
export const maxPolicyBytes = 20_480;
export const maxTags = 50;
export const maxStagesOfVersion = 20;
/** AWS allows 500,000 in an account and region; a list sorts what there is, so there are fewer here. */
export const maxSecrets = 10_000;
/** Versions without a staging label go, oldest first, once there are more than this many … */
export const keptVersions = 100;
/** … and they are older than this. */
export const keptVersionMs = 24 * 60 * 60_000;
/** Most versions that one write removes, so that it fits into one transaction. */
export const maxVersionsRemovedAtOnce = 20;
/** Versions younger than a day are never removed; more than this many are refused. */
export const maxVersions = 1_000;
export const maxPageSize = 100;
export const maxBatchedValues = 20;
export const defaultRecoveryDays = 30;
export const dayMs = 24 * 60 * 60_000;
export const maxPasswordLength = 4_096;

/** Limits by member that hold whatever the state; checked before a handler runs. */
export const secretsManagerLimits: Limits = {
  SecretId: [1, 2_048],
  Name: [1, 512],
  Description: [0, 2_048],
  ClientRequestToken: [32, 64],
  VersionId: [32, 64],
  MoveToVersionId: [32, 64],
  RemoveFromVersionId: [32, 64],
  VersionStage: [1, 256],
  VersionStages: [1, maxStagesOfVersion],
  SecretString: [1, maxValueBytes],
  ResourcePolicy: [1, maxPolicyBytes],
  'Tag.Key': [1, 128],
  'Tag.Value': [0, 256],
  SecretIdList: [1, maxBatchedValues],
  Filters: [0, 10],
  PasswordLength: [1, maxPasswordLength],
  ExcludeCharacters: [0, 4_096],
  'ListSecretsRequest.MaxResults': [1, maxPageSize],
  'ListSecretVersionIdsRequest.MaxResults': [1, maxPageSize],
  'BatchGetSecretValueRequest.MaxResults': [1, maxBatchedValues],
  NextToken: [1, 4_096],
};
