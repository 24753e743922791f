import { livingSecret, scopeOf, type Input, type SecretsHandler, type SecretsManagerDeps } from '../core.ts';
import { invalidParameter, invalidRequest, notImplemented } from '../errors.ts';
import { secretArn, secrets, type RotationRecord } from '../records/secret.ts';
import { current, pending, versionWith } from '../versions.ts';

/**
 * Keeps a rotation as a record. There is no Lambda to rotate by, so what would rotate now is refused.
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotateSecret.html
 */
export function rotateSecret({ db, clock }: SecretsManagerDeps): SecretsHandler<'RotateSecret'> {
  return async (input, context) => {
    if (input.ExternalSecretRotationMetadata !== undefined || input.ExternalSecretRotationRoleArn !== undefined)
      throw notImplemented('Rotation of managed external secrets');
    const { result } = await db.transact((tx) => {
      const { key, row } = livingSecret(tx, scopeOf(context), input.SecretId);
      const rotation = askedRotation(input, row.rotation);
      if (input.RotateImmediately !== false)
        throw notImplemented(
          'Rotation by a Lambda function (RotateImmediately=false keeps the schedule as a record, PutSecretValue changes the value)',
        );
      tx.put(secrets, key, { ...row, rotation, changedAtMs: clock.nowMs() });
      return row;
    });
    const version = versionWith(result.versions, current)?.id;
    return { ARN: secretArn(result), Name: result.name, ...(version === undefined ? {} : { VersionId: version }) };
  };
}

function askedRotation(input: Input<'RotateSecret'>, present: RotationRecord | undefined): RotationRecord {
  const lambdaArn = input.RotationLambdaARN ?? present?.lambdaArn;
  if (lambdaArn === undefined) throw invalidRequest('No Lambda rotation function ARN is associated with this secret.');
  const rules = input.RotationRules;
  if (rules === undefined) {
    if (present === undefined) throw invalidRequest('RotationRules are needed to schedule a rotation.');
    return { ...present, lambdaArn, enabled: true };
  }
  const { AutomaticallyAfterDays: days, ScheduleExpression: schedule, Duration: duration } = rules;
  if ((days === undefined) === (schedule === undefined))
    throw invalidParameter('RotationRules take either AutomaticallyAfterDays or ScheduleExpression.');
  if (days !== undefined && (days < 1 || days > 1_000))
    throw invalidParameter(`AutomaticallyAfterDays is between 1 and 1000, but is ${days}`);
  return {
    enabled: true,
    lambdaArn,
    ...(days === undefined ? {} : { automaticallyAfterDays: days }),
    ...(duration === undefined ? {} : { duration }),
    ...(schedule === undefined ? {} : { scheduleExpression: schedule }),
  };
}

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CancelRotateSecret.html */
export function cancelRotateSecret({ db, clock }: SecretsManagerDeps): SecretsHandler<'CancelRotateSecret'> {
  return async (input, context) => {
    const { result } = await db.transact((tx) => {
      const { key, row } = livingSecret(tx, scopeOf(context), input.SecretId);
      if (row.rotation !== undefined)
        tx.put(secrets, key, { ...row, rotation: { ...row.rotation, enabled: false }, changedAtMs: clock.nowMs() });
      return row;
    });
    const version = versionWith(result.versions, pending)?.id;
    return { ARN: secretArn(result), Name: result.name, ...(version === undefined ? {} : { VersionId: version }) };
  };
}
