import { ApiError } from '../../protocol/api/index.ts';
import type { ParameterStringFilter } from '../../protocol/generated/ssm.ts';
import { pathsAbove, type ParameterRecord } from './records/parameter.ts';

type Test = (row: ParameterRecord) => boolean;
type Comparison = 'Equals' | 'BeginsWith' | 'Contains';

export const keysByPath: ReadonlySet<string> = new Set(['Type', 'KeyId', 'Label']);
export const keysOfDescribe: ReadonlySet<string> = new Set(['Name', 'Path', 'Type', 'KeyId', 'Tier', 'DataType']);

/**
 * Whether a parameter passes all filters.
 * https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_ParameterStringFilter.html
 * @throws InvalidFilterKey, InvalidFilterOption, InvalidFilterValue
 */
export function compiledFilters(
  filters: readonly ParameterStringFilter[] | undefined,
  keys: ReadonlySet<string>,
): Test {
  const tests = (filters ?? []).map((filter) => compiled(filter, keys));
  return (row) => tests.every((test) => test(row));
}

function compiled(
  { Key: key, Option: option, Values: values = [] }: ParameterStringFilter,
  keys: ReadonlySet<string>,
): Test {
  if (key.startsWith('tag:') && keys === keysOfDescribe) return tagTest(key.slice('tag:'.length), option, values);
  if (!keys.has(key))
    throw new ApiError(
      'InvalidFilterKey',
      `The following filter key is not valid: ${key}. Valid filter keys include: [${[...keys].join(', ')}].`,
    );
  if (values.length === 0 || values.length > 50)
    throw new ApiError('InvalidFilterValue', `The filter ${key} needs between 1 and 50 values.`);
  if (key === 'Path') return pathTest(option, values);
  const compare = comparison(
    key,
    option,
    key === 'Name'
      ? ['Equals', 'BeginsWith', 'Contains']
      : key === 'Label' || key === 'KeyId'
        ? ['Equals', 'BeginsWith']
        : ['Equals'],
  );
  const texts = textsOf(key);
  return (row) => texts(row).some((text) => values.some((value) => compare(text, value)));
}

function comparison(
  key: string,
  option: string | undefined,
  allowed: readonly Comparison[],
): (text: string, value: string) => boolean {
  const chosen = allowed.find((one) => one === (option ?? 'Equals'));
  switch (chosen) {
    case 'Equals':
      return (text, value) => text === value;
    case 'BeginsWith':
      return (text, value) => text.startsWith(value);
    case 'Contains':
      return (text, value) => text.includes(value);
    case undefined:
      throw new ApiError(
        'InvalidFilterOption',
        `The following filter option is not valid: ${option}. Valid options of ${key} include: [${allowed.join(', ')}].`,
      );
  }
}

function textsOf(key: string): (row: ParameterRecord) => readonly string[] {
  switch (key) {
    case 'Name':
      return ({ name }) => [name];
    case 'Type':
      return ({ type }) => [type];
    case 'Tier':
      return ({ tier }) => [tier];
    case 'Label':
      return ({ labels }) => Object.keys(labels);
    case 'KeyId':
      return ({ type }) => (type === 'SecureString' ? ['alias/aws/ssm'] : []);
    default:
      return () => ['text'];
  }
}

function tagTest(tag: string, option: string | undefined, values: readonly string[]): Test {
  const compare = comparison(`tag:${tag}`, option, ['Equals']);
  return ({ tags }) =>
    tags.some(({ key, value }) => key === tag && (values.length === 0 || values.some((one) => compare(value, one))));
}

function pathTest(option: string | undefined, values: readonly string[]): Test {
  const chosen = option ?? 'OneLevel';
  if (chosen !== 'Recursive' && chosen !== 'OneLevel')
    throw new ApiError(
      'InvalidFilterOption',
      `The following filter option is not valid: ${option}. Valid options include: [Recursive, OneLevel].`,
    );
  const paths = values.map((value) => (value === '/' ? '/' : value.replace(/\/$/, '')));
  if (paths.some((path) => !path.startsWith('/')))
    throw new ApiError('InvalidFilterValue', 'A path of the filter Path begins with a slash.');
  return ({ name }) => {
    const above = pathsAbove(name);
    return paths.some((path) => (chosen === 'Recursive' ? above.includes(path) : above.at(-1) === path));
  };
}
