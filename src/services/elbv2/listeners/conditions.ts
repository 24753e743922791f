import type { RuleCondition as GivenCondition } from '../../../protocol/generated/elbv2.ts';
import { notImplemented, validationError } from '../errors.ts';
import { maxConditionValuesPerRule, maxWildcardsPerRule } from '../limits.ts';
import type { ConditionRecord } from '../records/listener.ts';

const fields = [
  'host-header',
  'path-pattern',
  'http-header',
  'http-request-method',
  'query-string',
  'source-ip',
] as const;
type Field = (typeof fields)[number];

/** Each rule may have one of these, and any number of the others. */
const singleFields: readonly Field[] = ['http-request-method', 'host-header', 'path-pattern', 'source-ip'];
const maxValueLength = 128;
const maxNameLength = 40;
const wildcards = /(?<!\\)[*?]/g;

/** The config that each field has beside `Values`, by its member. */
const configs: Readonly<Record<Field, keyof GivenCondition>> = {
  'host-header': 'HostHeaderConfig',
  'path-pattern': 'PathPatternConfig',
  'http-header': 'HttpHeaderConfig',
  'http-request-method': 'HttpRequestMethodConfig',
  'query-string': 'QueryStringConfig',
  'source-ip': 'SourceIpConfig',
};

/**
 * The conditions of a rule.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html
 * @throws ValidationError
 */
export function readConditions(given: readonly GivenCondition[]): readonly ConditionRecord[] {
  if (given.length === 0) throw validationError('A condition must be specified');
  const conditions = given.map(readCondition);
  for (const field of singleFields) {
    if (conditions.filter((one) => one.field === field).length > 1) {
      throw validationError(`A rule can only have one '${field}' condition`);
    }
  }
  const values = conditions.reduce((sum, { values }) => sum + values.length, 0);
  if (values > maxConditionValuesPerRule) {
    throw validationError(`A rule can only have '${maxConditionValuesPerRule}' condition values`);
  }
  const used = conditions.reduce((sum, condition) => sum + wildcardsOf(condition), 0);
  if (used > maxWildcardsPerRule)
    throw validationError(`A rule can only have '${maxWildcardsPerRule}' condition wildcards`);
  return conditions;
}

function wildcardsOf(condition: ConditionRecord): number {
  if (condition.field === 'source-ip' || condition.field === 'http-request-method') return 0;
  const texts =
    condition.field === 'query-string'
      ? condition.values.map(({ key = '', value }) => `${key} ${value}`)
      : condition.values;
  return texts.reduce((sum, text) => sum + (text.match(wildcards)?.length ?? 0), 0);
}

function readCondition(given: GivenCondition): ConditionRecord {
  const field = fieldOf(given);
  const config = given[configs[field]];
  const alien = fields.find((one) => one !== field && given[configs[one]] !== undefined);
  if (alien !== undefined) throw validationError(`A '${field}' condition cannot have a ${configs[alien]}`);
  const hasRegex = typeof config === 'object' && 'RegexValues' in config && config.RegexValues !== undefined;
  if (given.RegexValues !== undefined || hasRegex)
    throw notImplemented('A condition with regular expressions (RegexValues)');
  if (given.Values !== undefined && config !== undefined) {
    throw validationError(`A '${field}' condition can only have one of Values and ${configs[field]}`);
  }
  if (given.Values !== undefined && given.Values.length > 1) {
    throw validationError(
      `A '${field}' condition can only have one value in Values; use ${configs[field]} for several`,
    );
  }
  return given.Values === undefined ? configured(field, given) : plain(field, given.Values);
}

/** Without `Field`, the config says which it is. */
function fieldOf(given: GivenCondition): Field {
  if (given.Field === undefined) {
    const found = fields.find((one) => given[configs[one]] !== undefined);
    if (found === undefined) throw validationError('A condition field must be specified');
    return found;
  }
  const field = fields.find((one) => one === given.Field);
  if (field === undefined)
    throw validationError(`Condition field '${given.Field}' must be one of '[${fields.join(', ')}]'`);
  return field;
}

function plain(field: Field, values: readonly string[]): ConditionRecord {
  if (field !== 'host-header' && field !== 'path-pattern') {
    throw validationError(`A '${field}' condition must have a ${configs[field]}`);
  }
  return { field, values: field === 'host-header' ? checkedHosts(values) : checkedPaths(values), plain: true };
}

function configured(field: Field, given: GivenCondition): ConditionRecord {
  switch (field) {
    case 'host-header':
      return { field, values: checkedHosts(given.HostHeaderConfig?.Values) };
    case 'path-pattern':
      return { field, values: checkedPaths(given.PathPatternConfig?.Values) };
    case 'http-header':
      return {
        field,
        name: checkedHeaderName(given.HttpHeaderConfig?.HttpHeaderName),
        values: checkedValues(field, given.HttpHeaderConfig?.Values),
      };
    case 'http-request-method':
      return { field, values: checkedMethods(given.HttpRequestMethodConfig?.Values) };
    case 'query-string':
      return { field, values: checkedQuery(given.QueryStringConfig?.Values) };
    case 'source-ip':
      return { field, values: checkedSources(given.SourceIpConfig?.Values) };
  }
}

function checkedValues(field: Field, given: readonly string[] | undefined): readonly string[] {
  if (given === undefined || given.length === 0)
    throw validationError(`A condition value must be specified for '${field}'`);
  for (const value of given) {
    if (value === '') throw validationError(`A condition value of '${field}' cannot be empty`);
    if (value.length > maxValueLength) {
      throw validationError(`Condition value '${value}' cannot be longer than '${maxValueLength}' characters`);
    }
  }
  return given;
}

function checkedHosts(given: readonly string[] | undefined): readonly string[] {
  const values = checkedValues('host-header', given);
  for (const value of values) {
    if (!/^[A-Za-z0-9\-.*?]+$/.test(value))
      throw validationError(`Condition value '${value}' contains a character that is not valid`);
    if (value !== '*' && !value.includes('.') && !/[*?]/.test(value)) {
      throw validationError(`Condition value '${value}' must contain at least one '.' character`);
    }
  }
  return values;
}

function checkedPaths(given: readonly string[] | undefined): readonly string[] {
  const values = checkedValues('path-pattern', given);
  for (const value of values) {
    if (!/^[A-Za-z0-9_\-.$/~"'@:+&*?!(),;=%#[\]]+$/.test(value)) {
      throw validationError(`Condition value '${value}' contains a character that is not valid`);
    }
  }
  return values;
}

function checkedHeaderName(given: string | undefined): string {
  if (given === undefined || given === '')
    throw validationError("An 'http-header' condition must have a HttpHeaderName");
  if (given.length > maxNameLength) {
    throw validationError(`HTTP header name '${given}' cannot be longer than '${maxNameLength}' characters`);
  }
  if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(given)) throw validationError(`HTTP header name '${given}' is not valid`);
  if (given.toLowerCase() === 'host') {
    throw validationError("An 'http-header' condition cannot name the host header; use a 'host-header' condition");
  }
  return given;
}

function checkedMethods(given: readonly string[] | undefined): readonly string[] {
  const values = checkedValues('http-request-method', given);
  for (const value of values) {
    if (!/^[A-Z\-_]{1,40}$/.test(value)) {
      throw validationError(`HTTP request method '${value}' can have up to 40 of the characters A-Z, '-' and '_'`);
    }
  }
  return values;
}

function checkedQuery(
  given: readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[] | undefined,
): readonly { readonly key?: string; readonly value: string }[] {
  if (given === undefined || given.length === 0)
    throw validationError("A condition value must be specified for 'query-string'");
  return given.map(({ Key, Value }) => {
    checkedValues('query-string', [Value ?? '', ...(Key === undefined ? [] : [Key])]);
    return { ...(Key === undefined ? {} : { key: Key }), value: Value ?? '' };
  });
}

const ipv4Cidr = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)\/(?:3[0-2]|[12]?\d)$/;
const ipv6Cidr = /^[0-9A-Fa-f:]*:[0-9A-Fa-f:]*\/(?:12[0-8]|1[01]\d|\d?\d)$/;

function checkedSources(given: readonly string[] | undefined): readonly string[] {
  const values = checkedValues('source-ip', given);
  for (const value of values) {
    if (!ipv4Cidr.test(value) && !isIpv6Cidr(value)) throw validationError(`'${value}' is not a valid CIDR block`);
  }
  return values;
}

/** Groups of up to four digits, eight of them or fewer around one `::`. */
function isIpv6Cidr(value: string): boolean {
  if (!ipv6Cidr.test(value)) return false;
  const [address = ''] = value.split('/');
  const halves = address.split('::');
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
  const isWhole = groups.every((group) => /^[0-9A-Fa-f]{1,4}$/.test(group));
  return isWhole && (halves.length === 1 ? groups.length === 8 : halves.length === 2 && groups.length <= 7);
}

/** A condition as the API shows it: `Values` as well where one value was given the old or the new way. */
export function describedCondition(condition: ConditionRecord): GivenCondition {
  switch (condition.field) {
    case 'host-header':
      return { Field: condition.field, Values: condition.values, HostHeaderConfig: { Values: condition.values } };
    case 'path-pattern':
      return { Field: condition.field, Values: condition.values, PathPatternConfig: { Values: condition.values } };
    case 'http-header':
      return {
        Field: condition.field,
        HttpHeaderConfig: { HttpHeaderName: condition.name, Values: condition.values },
      };
    case 'http-request-method':
      return { Field: condition.field, HttpRequestMethodConfig: { Values: condition.values } };
    case 'query-string':
      return {
        Field: condition.field,
        QueryStringConfig: {
          Values: condition.values.map(({ key, value }) => ({
            ...(key === undefined ? {} : { Key: key }),
            Value: value,
          })),
        },
      };
    case 'source-ip':
      return { Field: condition.field, SourceIpConfig: { Values: condition.values } };
  }
}
