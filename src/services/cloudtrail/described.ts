import type { Operations } from '../../protocol/generated/cloudtrail.ts';
import { trailArn, type EventSelector, type TrailRecord } from './records/trail.ts';

/** What CreateTrail and UpdateTrail answer. */
export function describedSettings(trail: TrailRecord) {
  return {
    Name: trail.name,
    S3BucketName: trail.bucket,
    ...(trail.keyPrefix === undefined ? {} : { S3KeyPrefix: trail.keyPrefix }),
    IncludeGlobalServiceEvents: trail.includeGlobalServiceEvents,
    IsMultiRegionTrail: trail.isMultiRegion,
    TrailARN: trailArn(trail),
    LogFileValidationEnabled: false,
    ...(trail.logGroupArn === undefined ? {} : { CloudWatchLogsLogGroupArn: trail.logGroupArn }),
    ...(trail.logRoleArn === undefined ? {} : { CloudWatchLogsRoleArn: trail.logRoleArn }),
    IsOrganizationTrail: false,
  };
}

export function describedTrail(trail: TrailRecord): NonNullable<Operations['GetTrail']['output']['Trail']> {
  return {
    ...describedSettings(trail),
    HomeRegion: trail.region,
    HasCustomEventSelectors: trail.selectors !== undefined,
    HasInsightSelectors: false,
  };
}

const everything: EventSelector = { readWriteType: 'All', includeManagementEvents: true, excludedSources: [] };

export function describedSelectors(trail: TrailRecord) {
  return {
    TrailARN: trailArn(trail),
    EventSelectors: (trail.selectors ?? [everything]).map((selector) => ({
      ReadWriteType: selector.readWriteType,
      IncludeManagementEvents: selector.includeManagementEvents,
      DataResources: [],
      ExcludeManagementEventSources: selector.excludedSources,
    })),
  };
}
