import type { Limits } from '../../protocol/api/index.ts';

/** https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html */
export const maxInstances = 40;
export const maxSubnetGroups = 50;
export const maxSubnetsOfGroup = 20;
export const maxTags = 50;
export const maxSecurityGroups = 5;
export const maxPageSize = 100;
/** GiB of gp2 and gp3 for PostgreSQL. */
export const storageRange = [20, 65_536] as const;

/** A container that does not come up is started again after 2, 4, 8 … seconds, at most this long. */
export const longestRestartPauseMs = 60_000;
/** A new database whose container came up in none of so many starts has failed. */
export const startsUntilFailed = 5;
/** How often a container is asked whether it is ready. */
export const readyPollMs = 500;
/** PostgreSQL writes down what it has before it ends; ECS's longest. */
export const stopTimeoutSeconds = 120;

/** Limits by member that hold whatever the state; checked before a handler runs. */
export const rdsLimits: Limits = {
  DBInstanceIdentifier: [1, 255],
  DBSubnetGroupName: [1, 255],
  DBSubnetGroupDescription: [1, 255],
  MaxRecords: [20, 100],
  Marker: [0, 255],
  Port: [1_150, 65_535],
  DBPortNumber: [1_150, 65_535],
  'Tag.Key': [1, 128],
  'Tag.Value': [0, 256],
};
