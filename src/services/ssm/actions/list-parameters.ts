import type { ParameterMetadata } from '../../../protocol/generated/ssm.ts';
import { isExpired, presentRows, scopeOf, type SsmDeps, type SsmHandler } from '../core.ts';
import { notImplemented, validationException } from '../errors.ts';
import { compiledFilters, keysByPath, keysOfDescribe } from '../filters.ts';
import { maxDescribePage, maxPathPage } from '../limits.ts';
import { pageOf } from '../page.ts';
import { parameterArn, parameters, scopeText, type ParameterRecord } from '../records/parameter.ts';
import { shownParameter } from './get-parameter.ts';

/** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParametersByPath.html */
export function getParametersByPath(deps: SsmDeps): SsmHandler<'GetParametersByPath'> {
  const { db, clock } = deps;
  return (input, context) => {
    const { Path: given } = input;
    if (!/^\/[A-Za-z0-9_.\-/]*$/.test(given))
      throw validationException(
        `The parameter path '${given}' is not valid: it begins with a slash and is divided by slashes`,
      );
    const path = given === '/' ? '/' : given.replace(/\/$/, '');
    const fits = compiledFilters(input.ParameterFilters, keysByPath);
    const value = `${scopeText(scopeOf(context))} ${path}`;
    const index = input.Recursive === true ? 'above' : 'parent';
    const page = pageOf(
      (request) => db.table(parameters).page(index, value, request),
      input.MaxResults ?? maxPathPage,
      input.NextToken,
    );
    const rows = presentRows(db);
    const nowMs = clock.nowMs();
    return {
      Parameters: page.rows
        .map(({ row }) => row)
        .filter((row) => !isExpired(row, nowMs) && fits(row))
        .map((row) => shownParameter(rows, deps, row, { version: row.latest, withDecryption: input.WithDecryption })),
      ...(page.next === undefined ? {} : { NextToken: page.next }),
    };
  };
}

/** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DescribeParameters.html */
export function describeParameters({ db, clock }: SsmDeps): SsmHandler<'DescribeParameters'> {
  return (input, context) => {
    if (input.Shared === true) throw notImplemented('Shared (parameters that other accounts share)');
    if ((input.Filters ?? []).length > 0 && (input.ParameterFilters ?? []).length > 0)
      throw validationException('You can use either Filters or ParameterFilters in a single request.');
    const old = (input.Filters ?? []).map(({ Key, Values }) => ({
      Key,
      Values,
      ...(Key === 'Name' ? { Option: 'BeginsWith' } : {}),
    }));
    const fits = compiledFilters(old.length > 0 ? old : input.ParameterFilters, keysOfDescribe);
    const page = pageOf(
      (request) => db.table(parameters).page('scope', scopeText(scopeOf(context)), request),
      input.MaxResults ?? maxDescribePage,
      input.NextToken,
    );
    const nowMs = clock.nowMs();
    return {
      Parameters: page.rows
        .map(({ row }) => row)
        .filter((row) => !isExpired(row, nowMs) && fits(row))
        .map(describedParameter),
      ...(page.next === undefined ? {} : { NextToken: page.next }),
    };
  };
}

function describedParameter(row: ParameterRecord): ParameterMetadata {
  return {
    Name: row.name,
    ARN: parameterArn(row),
    Type: row.type,
    ...(row.type === 'SecureString' ? { KeyId: 'alias/aws/ssm' } : {}),
    LastModifiedDate: row.modifiedAtMs,
    LastModifiedUser: row.modifiedBy,
    ...(row.description === undefined ? {} : { Description: row.description }),
    ...(row.allowedPattern === undefined ? {} : { AllowedPattern: row.allowedPattern }),
    Version: row.latest,
    Tier: row.tier,
    Policies: shownPolicies(row),
    DataType: 'text',
  };
}

export function shownPolicies({ expiration }: ParameterRecord): NonNullable<ParameterMetadata['Policies']> {
  return expiration === undefined
    ? []
    : [{ PolicyText: expiration.text, PolicyType: 'Expiration', PolicyStatus: 'Pending' }];
}
