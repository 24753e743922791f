import { ApiError } from '../../../protocol/api/index.ts';
import type { InstanceInformation } from '../../../protocol/generated/ssm.ts';
import { scopeOf, type Input, type SsmDeps, type SsmHandler } from '../core.ts';
import { connectionLostMs, maxManagedPage } from '../limits.ts';
import { pageOf } from '../page.ts';
import { managedInstances, type ManagedInstanceRecord } from '../records/managed-instance.ts';
import { scopeText } from '../records/parameter.ts';

/** Machines that registered with an activation. https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DescribeInstanceInformation.html */
export function describeInstanceInformation({ db, clock }: SsmDeps): SsmHandler<'DescribeInstanceInformation'> {
  return (input, context) => {
    const filters = filtersOf(input);
    const page = pageOf(
      (request) => db.table(managedInstances).page('scope', scopeText(scopeOf(context)), request),
      input.MaxResults ?? maxManagedPage,
      input.NextToken,
    );
    const nowMs = clock.nowMs();
    return {
      InstanceInformationList: page.rows
        .map(({ row }) => ({ row, shown: shownInstance(row, nowMs) }))
        .filter(({ row, shown }) => filters.every((filter) => fits(row, shown, filter)))
        .map(({ shown }) => shown),
      ...(page.next === undefined ? {} : { NextToken: page.next }),
    };
  };
}

/** What a filter compares, by its key. */
const valueOf = {
  InstanceIds: ({ id }) => id,
  AgentVersion: ({ agentVersion }) => agentVersion,
  PingStatus: (_row, { PingStatus }) => PingStatus,
  PlatformTypes: (_row, { PlatformType }) => PlatformType,
  ActivationIds: ({ activationId }) => activationId,
  IamRole: ({ iamRole }) => iamRole,
  ResourceType: (_row, { ResourceType }) => ResourceType,
  // Nothing is associated with machines here.
  AssociationStatus: () => undefined,
} satisfies Record<string, (row: ManagedInstanceRecord, shown: InstanceInformation) => string | undefined>;
type FilterKey = keyof typeof valueOf;
const filterKeys: readonly string[] = Object.keys(valueOf);

interface Filter {
  /** One of `filterKeys`, `tag-key` or `tag:` and a key. */
  readonly key: string;
  readonly values: readonly string[];
}

function filtersOf(input: Input<'DescribeInstanceInformation'>): readonly Filter[] {
  const old = (input.InstanceInformationFilterList ?? []).map(({ key, valueSet }) => ({ key, values: valueSet }));
  const given = (input.Filters ?? []).map(({ Key, Values }) => ({ key: Key, values: Values }));
  if (old.length > 0 && given.length > 0)
    throw new ApiError(
      'InvalidInstanceInformationFilterValue',
      'You can use either Filters or InstanceInformationFilterList in a single request.',
    );
  const filters = [...old, ...given];
  for (const { key } of filters)
    if (!filterKeys.includes(key) && key !== 'tag-key' && !key.startsWith('tag:'))
      throw new ApiError('InvalidFilterKey', `The filter key '${key}' is none of ${filterKeys.join(', ')}, tag:…`);
  return filters;
}

function fits(row: ManagedInstanceRecord, shown: InstanceInformation, { key, values }: Filter): boolean {
  if (key === 'tag-key') return row.tags.some((tag) => values.includes(tag.key));
  if (key.startsWith('tag:')) return row.tags.some((tag) => `tag:${tag.key}` === key && values.includes(tag.value));
  return values.includes(valueOf[key as FilterKey](row, shown) ?? '');
}

function shownInstance(row: ManagedInstanceRecord, nowMs: number): InstanceInformation {
  return {
    InstanceId: row.id,
    PingStatus: nowMs - row.lastPingMs < connectionLostMs ? 'Online' : 'ConnectionLost',
    LastPingDateTime: row.lastPingMs,
    AgentVersion: row.agentVersion,
    PlatformType: 'Linux',
    PlatformName: row.platformName,
    PlatformVersion: row.platformVersion,
    ActivationId: row.activationId,
    IamRole: row.iamRole,
    RegistrationDate: row.registeredAtMs,
    ResourceType: 'ManagedInstance',
    ...(row.name === undefined ? {} : { Name: row.name }),
    IPAddress: row.ipAddress,
    ComputerName: row.computerName,
  };
}
