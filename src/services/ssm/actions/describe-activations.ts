import type { Activation } from '../../../protocol/generated/ssm.ts';
import { ApiError } from '../../../protocol/api/index.ts';
import { scopeOf, type Input, type SsmDeps, type SsmHandler } from '../core.ts';
import { maxManagedPage } from '../limits.ts';
import { pageOf } from '../page.ts';
import { activations, type ActivationRecord } from '../records/activation.ts';
import { scopeText } from '../records/parameter.ts';

/** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DescribeActivations.html */
export function describeActivations({ db, clock }: SsmDeps): SsmHandler<'DescribeActivations'> {
  return (input, context) => {
    const page = pageOf(
      (request) => db.table(activations).page('scope', scopeText(scopeOf(context)), request),
      input.MaxResults ?? maxManagedPage,
      input.NextToken,
    );
    const nowMs = clock.nowMs();
    return {
      ActivationList: page.rows
        .map(({ row }) => row)
        .filter((row) => fits(row, input.Filters ?? []))
        .map((row) => shownActivation(row, nowMs)),
      ...(page.next === undefined ? {} : { NextToken: page.next }),
    };
  };
}

function fits(row: ActivationRecord, filters: NonNullable<Input<'DescribeActivations'>['Filters']>): boolean {
  const values = { ActivationIds: row.id, DefaultInstanceName: row.defaultInstanceName, IamRole: row.iamRole };
  return filters.every(({ FilterKey, FilterValues = [] }) => {
    if (FilterKey === undefined) throw new ApiError('InvalidFilter', 'A filter needs a FilterKey.');
    return FilterValues.includes(values[FilterKey] ?? '');
  });
}

function shownActivation(row: ActivationRecord, nowMs: number): Activation {
  return {
    ActivationId: row.id,
    ...(row.description === undefined ? {} : { Description: row.description }),
    ...(row.defaultInstanceName === undefined ? {} : { DefaultInstanceName: row.defaultInstanceName }),
    IamRole: row.iamRole,
    RegistrationLimit: row.registrationLimit,
    RegistrationsCount: row.registrationsCount,
    ExpirationDate: row.expiresAtMs,
    Expired: row.expiresAtMs <= nowMs,
    CreatedDate: row.createdAtMs,
    Tags: row.tags.map(({ key, value }) => ({ Key: key, Value: value })),
  };
}
