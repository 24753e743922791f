import { changedTrail, neededTrail, presentRows, type CloudTrailCore, type CloudTrailHandler } from '../core.ts';
import { trailKey, trails } from '../records/trail.ts';

export function startLogging(core: CloudTrailCore): CloudTrailHandler<'StartLogging'> {
  return ({ Name: name }, { account, region }) =>
    core.database
      .transact((tx) => {
        const trail = changedTrail(tx, { account, region }, name);
        if (trail.isLogging) return;
        tx.put(trails, trailKey(trail, trail.name), { ...trail, isLogging: true, startedAtMs: core.clock.nowMs() });
      })
      .then(() => ({}));
}

export function stopLogging(core: CloudTrailCore): CloudTrailHandler<'StopLogging'> {
  return ({ Name: name }, { account, region }) =>
    core.database
      .transact((tx) => {
        const trail = changedTrail(tx, { account, region }, name);
        if (!trail.isLogging) return;
        tx.put(trails, trailKey(trail, trail.name), { ...trail, isLogging: false, stoppedAtMs: core.clock.nowMs() });
      })
      .then(() => ({}));
}

/** Says that nothing goes to the bucket, and how the last delivery to the log group went. */
export function getTrailStatus({ database, deliveries }: CloudTrailCore): CloudTrailHandler<'GetTrailStatus'> {
  return ({ Name: name }, { account, region }) => {
    const trail = neededTrail(presentRows(database), { account, region }, name);
    const { isLogging, startedAtMs, stoppedAtMs, bucket } = trail;
    const { deliveredAtMs, error } = deliveries.of(trail);
    return {
      IsLogging: isLogging,
      ...(startedAtMs === undefined
        ? {}
        : {
            LatestDeliveryError: `Longshore has no Amazon S3: nothing is delivered to the bucket ${bucket}`,
            StartLoggingTime: startedAtMs,
          }),
      ...(stoppedAtMs === undefined ? {} : { StopLoggingTime: stoppedAtMs }),
      ...(deliveredAtMs === undefined ? {} : { LatestCloudWatchLogsDeliveryTime: deliveredAtMs }),
      ...(error === undefined ? {} : { LatestCloudWatchLogsDeliveryError: error }),
    };
  };
}
