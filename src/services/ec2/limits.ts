// AWS's default quotas. https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html

/** In an account and region. */
export const maxVpcs = 5;
export const maxInternetGateways = 5;
export const maxElasticIps = 5;
export const maxNetworkInterfaces = 5_000;
export const maxGatewayEndpoints = 20;
export const maxSecurityGroups = 2_500;
export const maxPrefixLists = 100;
/** Longshore's own: AWS counts TiB. */
export const maxVolumes = 5_000;
export const maxSnapshots = 10_000;
export const maxSnapshotDescription = 255;

/** Of a VPC. */
export const maxCidrs = 5;
export const maxSubnets = 200;
export const maxRouteTables = 200;
export const maxNetworkAcls = 200;
export const maxInterfaceEndpoints = 50;

/** In an availability zone. */
export const maxNatGateways = 5;

/** In a route table, without the local ones. */
export const maxRoutes = 500;

/** In a network ACL and direction, with the last one, which refuses everything. */
export const maxAclEntries = 20;

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
/** Things that one CreateTags or DeleteTags may name. */
export const maxTaggedThings = 1_000;

/** How long a deleted NAT gateway is shown, and how many of an account and region. */
export const deletedNatGatewayShownMs = 3_600_000;
export const maxDeletedNatGateways = 100;

/** White space counted. https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html */
export const maxEndpointPolicyCharacters = 20_480;
