import type { Limits } from '../../protocol/api/index.ts';

/** Items in one page of every ECS list, and the default. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListTasks.html */
export const maxPageSize = 100;
/** Names or ARNs in one Describe call. */
export const maxDescribed = 100;
/** Tags on one resource. */
export const maxTags = 50;
export const maxTagKeyLength = 128;
export const maxTagValueLength = 256;
/** A clientToken is remembered this long. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/ECS_Idempotency.html */
export const clientTokenLifeMs = 24 * 60 * 60 * 1000;
export const maxClientTokenLength = 64;
/** A nextToken longer than this is not one of ours and is not decoded. */
export const maxPageTokenLength = 4096;

/** Quotas of task definitions. https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html */
export const maxContainersPerDefinition = 10;
export const maxDefinitionBytes = 64 * 1024;
export const maxDefinitionsPerDelete = 10;
/** Custom attributes on one container instance. */
export const maxAttributesPerInstance = 10;
/** Attributes in one PutAttributes or DeleteAttributes call. */
export const maxAttributesPerCall = 10;
/** Capacity providers of one cluster. */
export const maxCapacityProvidersPerCluster = 20;

/** Limits by member that hold whatever the state; checked before a handler runs. The messages about references are the handlers'. */
export const ecsLimits: Limits = {
  clientToken: [0, maxClientTokenLength, '[!-~]*'],
};
