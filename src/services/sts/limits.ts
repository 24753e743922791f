import type { Limits } from '../../protocol/api/index.ts';

export const defaultRoleSeconds = 3_600;
/** Of a session of a role that another session of a role asked for. */
export const maxChainedSeconds = 3_600;
export const defaultUserSeconds = 43_200;
/** Of a session of an account's root. */
export const maxRootSeconds = 3_600;
export const maxSessionTags = 50;
export const maxPolicyArns = 10;

const tagText = '[\\p{L}\\p{Z}\\p{N}_.:\\/=+\\-@]*';
const name = '[\\w+=,.@-]*';

/** Limits by member that hold whatever the state; checked before a handler runs. */
export const stsLimits: Limits = {
  RoleArn: [20, 2_048],
  RoleSessionName: [2, 64, name],
  Name: [2, 32, name],
  ExternalId: [2, 1_224, '[\\w+=,.@:\\/-]*'],
  SourceIdentity: [2, 64, name],
  Policy: [1, 2_048],
  'AssumeRoleRequest.DurationSeconds': [900, 43_200],
  'GetSessionTokenRequest.DurationSeconds': [900, 129_600],
  'GetFederationTokenRequest.DurationSeconds': [900, 129_600],
  'Tag.Key': [1, 128, tagText],
  'Tag.Value': [0, 256, tagText],
};
