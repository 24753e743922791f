import { parseArn } from '../../kernel/index.ts';
import { ApiError } from '../../protocol/api/index.ts';
import type { Input } from './core.ts';
import { notImplemented } from './errors.ts';
import type { Scope, TrailLogs } from './ports.ts';
import type { TrailRecord } from './records/trail.ts';

type Given = Omit<Input<'UpdateTrail'>, 'Name'>;

/** @throws InvalidTrailNameException */
export function checkName(name: string): void {
  const wellFormed = /^[a-zA-Z0-9][a-zA-Z0-9._-]{1,126}[a-zA-Z0-9]$/.test(name) && !/[._-]{2}/.test(name);
  if (wellFormed && !/^\d{1,3}(\.\d{1,3}){3}$/.test(name)) return;
  const rule = '3 to 128 letters, digits, periods, underscores and dashes, no two of the last three together';
  throw new ApiError('InvalidTrailNameException', `Trail name '${name}' is not valid: ${rule}, and no IP address`);
}

/** What the given settings make of a trail. @throws the exceptions of what is not valid, or not implemented */
export function changedSettings(trail: TrailRecord, given: Given, scope: Scope, logs: TrailLogs): TrailRecord {
  refuseMissingFeatures(given);
  if (given.S3BucketName !== undefined) checkBucket(given.S3BucketName);
  const changed: TrailRecord = {
    ...trail,
    bucket: given.S3BucketName ?? trail.bucket,
    includeGlobalServiceEvents: given.IncludeGlobalServiceEvents ?? trail.includeGlobalServiceEvents,
    isMultiRegion: given.IsMultiRegionTrail ?? trail.isMultiRegion,
    ...(given.S3KeyPrefix === undefined ? {} : { keyPrefix: given.S3KeyPrefix }),
  };
  if (changed.isMultiRegion && !changed.includeGlobalServiceEvents) {
    const message = 'A multi-region trail must include global service events.';
    throw new ApiError('InvalidParameterCombinationException', message);
  }
  return withLogGroup(changed, given, scope, logs);
}

/** An empty ARN takes the log group away, as on AWS. */
function withLogGroup(trail: TrailRecord, given: Given, scope: Scope, logs: TrailLogs): TrailRecord {
  const { CloudWatchLogsLogGroupArn: group, CloudWatchLogsRoleArn: role } = given;
  if (group === undefined && role === undefined) return trail;
  if (group === '') {
    const { logGroupArn: _group, logRoleArn: _role, ...rest } = trail;
    return rest;
  }
  const logGroupArn = group ?? trail.logGroupArn;
  const logRoleArn = role ?? trail.logRoleArn;
  const arn = parseArn(logGroupArn ?? '');
  const own = arn?.service === 'logs' && arn.account === scope.account && arn.region === scope.region;
  if (logGroupArn === undefined || !own || !logs.exists(logGroupArn)) {
    const message = `There is no log group ${logGroupArn ?? ''} in account ${scope.account} and region ${scope.region}`;
    throw new ApiError('InvalidCloudWatchLogsLogGroupArnException', message);
  }
  if (logRoleArn === undefined || !/^arn:[^:]+:iam::\d{12}:role\/.+$/.test(logRoleArn)) {
    const message = 'CloudWatchLogsRoleArn must be the ARN of a role when CloudWatchLogsLogGroupArn is given';
    throw new ApiError('InvalidCloudWatchLogsRoleArnException', message);
  }
  return { ...trail, logGroupArn, logRoleArn };
}

function refuseMissingFeatures(given: Given): void {
  if (given.SnsTopicName !== undefined && given.SnsTopicName !== '') throw notImplemented('SnsTopicName');
  if (given.KmsKeyId !== undefined && given.KmsKeyId !== '') throw notImplemented('KmsKeyId');
  if (given.EnableLogFileValidation === true) throw notImplemented('EnableLogFileValidation');
  if (given.IsOrganizationTrail === true) throw notImplemented('IsOrganizationTrail');
  if (given.RecursiveLogging !== undefined) throw notImplemented('RecursiveLogging');
}

function checkBucket(name: string): void {
  if (/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name)) return;
  throw new ApiError('InvalidS3BucketNameException', `Bucket name '${name}' is not valid`);
}
