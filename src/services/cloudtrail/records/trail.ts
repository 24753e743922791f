import { formatArn, parseArn } from '../../../kernel/index.ts';
import type { TableSpec } from '../../../store/index.ts';
import type { Scope } from '../ports.ts';

export interface Tag {
  readonly key: string;
  readonly value: string;
}

export interface EventSelector {
  readonly readWriteType: 'All' | 'ReadOnly' | 'WriteOnly';
  readonly includeManagementEvents: boolean;
  readonly excludedSources: readonly string[];
}

/** https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_Trail.html */
export interface TrailRecord extends Scope {
  readonly name: string;
  /** Recorded only: nothing is delivered there. */
  readonly bucket: string;
  readonly keyPrefix?: string;
  readonly logGroupArn?: string;
  readonly logRoleArn?: string;
  readonly includeGlobalServiceEvents: boolean;
  readonly isMultiRegion: boolean;
  readonly isLogging: boolean;
  readonly startedAtMs?: number;
  readonly stoppedAtMs?: number;
  /** Absent: never set, so everything. */
  readonly selectors?: readonly EventSelector[];
  readonly tags: readonly Tag[];
}

export function trailKey({ account, region }: Scope, name: string): string {
  return `/cloudtrail/trail/${account}/${region}/${name}`;
}

export function trailArn({ account, region, name }: Pick<TrailRecord, 'account' | 'region' | 'name'>): string {
  return formatArn('cloudtrail', region, account, `trail/${name}`);
}

/** What a name or ARN means to a caller of this scope. */
export function namedTrail(scope: Scope, text: string): Scope & { readonly name: string } {
  const arn = parseArn(text);
  if (arn?.service !== 'cloudtrail' || !arn.resource.startsWith('trail/')) return { ...scope, name: text };
  return { account: arn.account, region: arn.region, name: arn.resource.slice('trail/'.length) };
}

export const trails: TableSpec<TrailRecord, 'account' | 'region'> = {
  prefix: '/cloudtrail/trail/',
  indexes: { account: ({ account }) => account, region: ({ account, region }) => `${account}/${region}` },
};
