import type { Limits } from '../../protocol/api/index.ts';

/** https://docs.aws.amazon.com/cloud-map/latest/dg/cloud-map-limits.html */
export const maxNamespaces = 50;
export const maxServicesPerNamespace = 1_000;
export const maxInstancesPerService = 1_000;
export const maxInstanceAttributes = 30;
export const maxServiceAttributes = 30;
/** Keys and values of an instance together. */
export const maxAttributeCharacters = 5_000;
export const maxTags = 200;
/** Operations of an account and region that are kept; the oldest go. */
export const maxOperations = 10_000;
export const defaultPage = 100;
export const defaultDiscovered = 100;
export const maxDiscovered = 1_000;

const ttl = [0, 2_147_483_647] as const;
const page = [1, 100] as const;
const id = [0, 64] as const;
const instanceId = [0, 64, '^[0-9a-zA-Z_/:.@-]+$'] as const;
const label = '([a-zA-Z0-9_][a-zA-Z0-9_-]{0,61}[a-zA-Z0-9_]|[a-zA-Z0-9])';

/** Limits by member that hold whatever the state; checked before a handler runs. */
export const serviceDiscoveryLimits: Limits = {
  'CreateHttpNamespaceRequest.Name': [0, 1_024, '^[!-~]{1,1024}$'],
  'CreatePrivateDnsNamespaceRequest.Name': [0, 253, '^[!-~]{1,253}$'],
  'CreatePrivateDnsNamespaceRequest.Vpc': id,
  'CreateServiceRequest.Name': [1, 127, `^${label}([.]${label})*$`],
  CreatorRequestId: id,
  UpdaterRequestId: id,
  Description: [0, 1_024],
  'SOA.TTL': ttl,
  'SOAChange.TTL': ttl,
  'DnsRecord.TTL': ttl,
  'HealthCheckCustomConfig.FailureThreshold': [1, 10],
  'RegisterInstanceRequest.InstanceId': instanceId,
  'DeregisterInstanceRequest.InstanceId': id,
  'GetInstancesHealthStatusRequest.Instances': [1, 100],
  'GetInstancesHealthStatusRequest.MaxResults': page,
  'ListNamespacesRequest.MaxResults': page,
  'ListServicesRequest.MaxResults': page,
  'ListInstancesRequest.MaxResults': page,
  'ListOperationsRequest.MaxResults': page,
  'DiscoverInstancesRequest.MaxResults': [1, maxDiscovered],
  'DiscoverInstancesRequest.NamespaceName': [0, 1_024, '^[!-~]{1,1024}$'],
  'DiscoverInstancesRequest.ServiceName': [1, 127, `^${label}([.]${label})*$`],
  'DiscoverInstancesRevisionRequest.NamespaceName': [0, 1_024, '^[!-~]{1,1024}$'],
  'DiscoverInstancesRevisionRequest.ServiceName': [1, 127, `^${label}([.]${label})*$`],
  'DeleteServiceAttributesRequest.Attributes': [1, maxServiceAttributes],
  'TagResourceRequest.Tags': [0, maxTags],
  'UntagResourceRequest.TagKeys': [0, maxTags],
  'Tag.Key': [1, 128],
  'Tag.Value': [0, 256],
};
