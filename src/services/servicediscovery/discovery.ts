import type { InstanceRecord } from './records/instance.ts';

export type HealthFilter = 'HEALTHY' | 'UNHEALTHY' | 'ALL' | 'HEALTHY_OR_ELSE_ALL';

export interface DiscoveryQuery {
  /** All must match. */
  readonly required: Readonly<Record<string, string>>;
  /** Where instances match these as well, only those are answered; where none does, these do not count. */
  readonly optional: Readonly<Record<string, string>>;
  /** Without a health check it does not count. */
  readonly health: HealthFilter;
}

/** Which instances DiscoverInstances answers. Pure. https://docs.aws.amazon.com/cloud-map/latest/api/API_DiscoverInstances.html */
export function discovered(
  all: readonly InstanceRecord[],
  customHealth: boolean,
  query: DiscoveryQuery,
): readonly InstanceRecord[] {
  const wanted = all.filter((row) => matches(row, query.required));
  const better =
    Object.keys(query.optional).length === 0 ? wanted : wanted.filter((row) => matches(row, query.optional));
  const chosen = better.length > 0 ? better : wanted;
  return customHealth ? byHealth(chosen, query.health) : chosen;
}

function byHealth(rows: readonly InstanceRecord[], filter: HealthFilter): readonly InstanceRecord[] {
  if (filter === 'ALL') return rows;
  if (filter !== 'HEALTHY_OR_ELSE_ALL') return rows.filter(({ health }) => health === filter);
  const healthy = rows.filter(({ health }) => health === 'HEALTHY');
  return healthy.length > 0 ? healthy : rows;
}

function matches({ attributes }: InstanceRecord, wanted: Readonly<Record<string, string>>): boolean {
  return Object.entries(wanted).every(([key, value]) => attributes[key] === value);
}
