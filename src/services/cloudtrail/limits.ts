/** https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html */
export const retentionMs = 90 * 24 * 60 * 60 * 1_000;
export const maxLookupResults = 50;
/** Read for one LookupEvents at most, in pages; what was found until then is answered with a NextToken. */
export const maxLookupBytes = 8 * 1024 ** 2;
export const lookupPageBytes = 512 * 1024;
export const lookupPageEvents = 1_000;

/** https://docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html */
export const maxTrailsPerRegion = 5;
export const maxTags = 50;
export const maxEventSelectors = 5;
export const maxListed = 1_000;

/** https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html */
export const maxFieldLength = 100 * 1024;
export const maxTextLength = 1_024;

/** Events that wait to be written; more are dropped. */
export const maxQueuedEvents = 20_000;
/** Bytes of their JSON. */
export const maxQueuedBytes = 32 * 1024 ** 2;
/** Whose part of an event is remembered. */
export const maxRememberedCallers = 1_000;
/** Read-only calls are dropped first: they get this part of the queue. */
export const readOnlyShare = 0.5;
/** From an event to the beginning of its being written. */
export const flushDelayMs = 25;
/** JSON is gathered in pieces of memory of this size, and appended at once: with what an event adds it fits a frame of the archive and a batch of PutLogEvents. */
export const chunkBytes = 768 * 1024;
/** Pieces of memory that are used again. */
export const keptChunks = 4;
/** Between two lines of the log about dropped calls, at least. */
export const dropWarningMs = 10_000;
export const expireEveryMs = 60 * 60 * 1_000;
