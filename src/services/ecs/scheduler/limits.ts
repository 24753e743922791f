/** Of one request, as AWS. */
export const maxConstraints = 10;
/** Of one request, as AWS. */
export const maxStrategies = 5;
/** Container instances whose reason a placement reports. */
export const maxFailures = 1_000;
/** Different sets of fixed requirements (attributes, zones, memberOf) whose answers a pool remembers. */
export const maxRememberedRequirements = 64;
/** Attributes whose values a pool keeps in a column, for spread. */
export const maxAttributeColumns = 16;
/** Task groups whose counts a pool keeps in a column, for spread. */
export const maxGroupColumns = 128;
