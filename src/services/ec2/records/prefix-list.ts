import { networkTable } from './network-table.ts';
import type { Idempotent, NetworkThing } from './scope.ts';

/** A prefix list that a user keeps. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ManagedPrefixList.html */
export interface PrefixListRecord extends NetworkThing, Idempotent {
  readonly name: string;
  readonly addressFamily: 'IPv4' | 'IPv6';
  readonly maxEntries: number;
  /** From 1; grows when entries change. */
  readonly version: number;
  readonly entries: readonly PrefixListEntry[];
  /** It was changed since it was made. */
  readonly isModified: boolean;
}

export interface PrefixListEntry {
  readonly cidr: string;
  readonly description?: string;
}

export const prefixLists = networkTable<PrefixListRecord>('prefix-list', () => undefined);
