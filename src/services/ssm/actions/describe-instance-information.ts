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

interface Filter {
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
  return [...old, ...given];
}

function fits(row: ManagedInstanceRecord, shown: InstanceInformation, { key, values }: Filter): boolean {
  const known: Readonly<Record<string, string | undefined>> = {
    InstanceIds: row.id,
    AgentVersion: row.agentVersion,
    PingStatus: shown.PingStatus,
    PlatformTypes: shown.PlatformType,
    ActivationIds: row.activationId,
    IamRole: row.iamRole,
    ResourceType: shown.ResourceType,
    // Nothing is associated with machines here.
    AssociationStatus: undefined,
  };
  if (key === 'tag-key') return row.tags.some((tag) => values.includes(tag.key));
  if (key.startsWith('tag:')) return row.tags.some((tag) => `tag:${tag.key}` === key && values.includes(tag.value));
  if (!Object.hasOwn(known, key))
    throw new ApiError(
      'InvalidFilterKey',
      `The filter key '${key}' is none of ${Object.keys(known).join(', ')}, tag:…`,
    );
  return values.includes(known[key] ?? '');
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
