export type { Scope } from '../../../kernel/index.ts';

export interface Tag {
  readonly key: string;
  readonly value: string;
}

/** Account that owns what Longshore runs for itself, such as the hidden pool of FARGATE capacity. No client can sign for it with default credentials. */
export const platformAccount = '000000000000';
/** Cluster of the platform account whose container instances are FARGATE capacity, whatever account and region a task is of. */
export const fargatePoolCluster = 'fargate';
/** Region of the platform account's records. */
export const platformRegion = 'us-east-1';
