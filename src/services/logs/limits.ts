import type { Limits } from '../../protocol/api/index.ts';

const groupName = '[\\.\\-_/#A-Za-z0-9]+';
const streamName = '[^:*]*';
const identifier = '[\\w#+=/:,.@-]*';

/** Groups of one live tail. */
export const maxLiveTailGroups = 10;

/** Limits of the inputs by member name; https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_Operations.html */
export const logsLimits: Limits = {
  logGroupName: [1, 512, groupName],
  logGroupNamePrefix: [1, 512, groupName],
  logGroupNamePattern: [0, 512, '[\\.\\-_/#A-Za-z0-9]*'],
  logGroupIdentifier: [1, 2048, identifier],
  'DescribeLogGroupsRequest.logGroupIdentifiers': [1, 50],
  'StartLiveTailRequest.logGroupIdentifiers': [1, maxLiveTailGroups],
  logStreamName: [1, 512, streamName],
  logStreamNamePrefix: [1, 512, streamName],
  logStreamNames: [1, 100],
  logStreamNamePrefixes: [1, 100],
  logEvents: [1, 10_000],
  timestamp: [0, undefined],
  message: [1, undefined],
  sequenceToken: [1, undefined],
  nextToken: [1, undefined],
  'DescribeLogGroupsRequest.limit': [1, 50],
  'DescribeLogStreamsRequest.limit': [1, 50],
  'GetLogEventsRequest.limit': [1, 10_000],
  'FilterLogEventsRequest.limit': [1, 10_000],
  startTime: [0, undefined],
  endTime: [0, undefined],
  filterPattern: [0, 1024],
  logEventFilterPattern: [0, 1024],
  logEventMessages: [1, 50],
  kmsKeyId: [0, 256],
  resourceArn: [1, 1011, '[\\w+=/:,.@-]*'],
  'CreateLogGroupRequest.tags': [1, 50],
  'TagResourceRequest.tags': [1, 50],
  'TagLogGroupRequest.tags': [1, 50],
  'UntagLogGroupRequest.tags': [1, undefined],
  tagKeys: [0, 50],
};

/** Bytes of a PutLogEvents batch: the messages in UTF-8 and 26 bytes an event. */
export const maxBatchBytes = 1_048_576;
export const maxBatchSpanMs = 24 * 3_600_000;
export const maxEventAheadMs = 2 * 3_600_000;
export const maxEventAgeMs = 14 * 24 * 3_600_000;
/** Events and bytes of one answer of GetLogEvents or FilterLogEvents. */
export const maxPageEvents = 10_000;
export const maxPageBytes = 1_048_576;
export const maxDescribed = 50;
export const maxTags = 50;
/** Live tail: sessions of one account and region, their length, and what one update holds. */
export const maxLiveTails = 15;
export const liveTailMs = 3 * 3_600_000;
export const liveTailUpdateMs = 1_000;
export const maxUpdateEvents = 500;
/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
export const retentionDays: readonly number[] = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];
