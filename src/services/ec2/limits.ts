// AWS's default quotas. https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html

/** In an account and region. */
export const maxSecurityGroups = 2_500;
export const maxPrefixLists = 100;

/** In a security group, in each direction and for each of IPv4 and IPv6. */
export const maxRules = 60;

/** Of an interface. */
export const maxGroupsOfInterface = 5;

/** Rules in one request, so that no request makes work without end. */
export const maxRulesInRequest = 1_000;

/** https://docs.aws.amazon.com/vpc/latest/userguide/managed-prefix-lists.html */
export const maxPrefixListEntries = 1_000;
export const maxEntriesInRequest = 100;

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html#tag-restrictions */
export const maxTags = 50;
export const maxTagKey = 127;
export const maxTagValue = 256;
