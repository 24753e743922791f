import type { DescribeSecretResponse, SecretListEntry } from '../../protocol/generated/secretsmanager.ts';
import { secretArn, type RotationRecord, type SecretRecord } from './records/secret.ts';
import { shownTags } from './tags.ts';
import { stagesById } from './versions.ts';

function rotation(record: RotationRecord | undefined): Partial<SecretListEntry> {
  if (record === undefined) return {};
  const { enabled, lambdaArn, automaticallyAfterDays, duration, scheduleExpression } = record;
  return {
    RotationEnabled: enabled,
    RotationLambdaARN: lambdaArn,
    RotationRules: {
      ...(automaticallyAfterDays === undefined ? {} : { AutomaticallyAfterDays: automaticallyAfterDays }),
      ...(duration === undefined ? {} : { Duration: duration }),
      ...(scheduleExpression === undefined ? {} : { ScheduleExpression: scheduleExpression }),
    },
  };
}

function common(row: SecretRecord): Omit<SecretListEntry, 'SecretVersionsToStages'> {
  return {
    ARN: secretArn(row),
    Name: row.name,
    ...(row.description === undefined ? {} : { Description: row.description }),
    ...rotation(row.rotation),
    LastChangedDate: row.changedAtMs,
    ...(row.accessedAtMs === undefined ? {} : { LastAccessedDate: row.accessedAtMs }),
    // The date of the DeleteSecret; the answer of that tells when it goes.
    ...(row.deletedAtMs === undefined ? {} : { DeletedDate: row.deletedAtMs }),
    ...(row.tags.length === 0 ? {} : { Tags: shownTags(row.tags) }),
    ...(row.owningService === undefined ? {} : { OwningService: row.owningService }),
    CreatedDate: row.createdAtMs,
  };
}

export function describedSecret(row: SecretRecord): DescribeSecretResponse {
  const stages = stagesById(row.versions);
  return { ...common(row), ...(Object.keys(stages).length === 0 ? {} : { VersionIdsToStages: stages }) };
}

export function listedSecret(row: SecretRecord): SecretListEntry {
  const stages = stagesById(row.versions);
  return { ...common(row), ...(Object.keys(stages).length === 0 ? {} : { SecretVersionsToStages: stages }) };
}
