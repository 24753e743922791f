import type { Limits } from '../../protocol/api/index.ts';

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
export const quotas = {
  usersPerAccount: 5_000,
  groupsPerAccount: 300,
  rolesPerAccount: 1_000,
  instanceProfilesPerAccount: 1_000,
  policiesPerAccount: 1_500,
  versionsPerPolicy: 5,
  groupsPerUser: 10,
  accessKeysPerUser: 2,
  attachedPolicies: 10,
  tags: 50,
} as const;

export const defaultPageSize = 100;
export const minSessionSeconds = 3_600;
export const maxSessionSeconds = 43_200;
/** Compiled policies of callers, and session policies, that are remembered; then all are forgotten. */
export const maxRememberedIdentities = 10_000;

const name = '[\\w+=,.@-]+';
const path = '(/)|(/[!-~]+/)';
const tagText = '[\\p{L}\\p{Z}\\p{N}_.:\\/=+\\-@]*';
const arn: readonly [number, number] = [20, 2_048];
const document: readonly [number, number] = [1, 131_072];

/** Limits by member that hold whatever the state; checked before a handler runs. */
export const iamLimits: Limits = {
  UserName: [1, 128, name],
  'CreateUserRequest.UserName': [1, 64, name],
  'UpdateUserRequest.NewUserName': [1, 64, name],
  GroupName: [1, 128, name],
  NewGroupName: [1, 128, name],
  RoleName: [1, 64, name],
  InstanceProfileName: [1, 128, name],
  PolicyName: [1, 128, name],
  Path: [1, 512, path],
  NewPath: [1, 512, path],
  PathPrefix: [1, 512, '/[!-~]*'],
  PolicyArn: arn,
  PolicySourceArn: arn,
  PermissionsBoundary: arn,
  PolicyDocument: document,
  AssumeRolePolicyDocument: document,
  AccessKeyId: [16, 128, '[\\w]+'],
  VersionId: [undefined, undefined, 'v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?'],
  MaxItems: [1, 1_000],
  Marker: [1, 8_192],
  Description: [undefined, 1_000],
  MaxSessionDuration: [minSessionSeconds, maxSessionSeconds],
  AWSServiceName: [1, 128, name],
  CustomSuffix: [1, 64, name],
  DeletionTaskId: [1, 1_000],
  'Tag.Key': [1, 128, tagText],
  'Tag.Value': [0, 256, tagText],
};
