import { invalidInput } from './errors.ts';

/** One filter of a List operation, whatever the operation's names. */
interface Filter {
  readonly Name: string;
  readonly Values: readonly string[];
  readonly Condition?: string | undefined;
}

/** What a filter's name means of a row, and the conditions it takes; the first is the default. */
export interface FilterKind<Row> {
  readonly conditions: readonly ('EQ' | 'IN' | 'BEGINS_WITH' | 'BETWEEN')[];
  valueOf(row: Row): string | undefined;
}

/** A test of rows: all filters must hold. @throws InvalidInput for names, conditions and numbers of values that do not go together */
export function compiledFilters<Row>(
  filters: readonly Filter[] | undefined,
  kinds: Readonly<Record<string, FilterKind<Row>>>,
): (row: Row) => boolean {
  const tests = (filters ?? []).map((filter) => {
    const kind = kinds[filter.Name];
    const condition = filter.Condition ?? kind?.conditions[0];
    const taken = kind?.conditions.find((one) => one === condition);
    if (kind === undefined || taken === undefined)
      throw invalidInput(`The filter ${filter.Name} does not take the condition ${condition}.`);
    const fits = valueTest(taken, filter);
    return (row: Row): boolean => fits(kind.valueOf(row));
  });
  return (row) => tests.every((test) => test(row));
}

function valueTest(
  condition: 'EQ' | 'IN' | 'BEGINS_WITH' | 'BETWEEN',
  { Name: name, Values: values }: Filter,
): (value: string | undefined) => boolean {
  const [first = '', second = ''] = values;
  const wanted = condition === 'BETWEEN' ? 2 : 1;
  if (condition === 'IN' ? values.length === 0 : values.length !== wanted)
    throw invalidInput(
      `The filter ${name} takes ${wanted} value(s) with the condition ${condition}, not ${values.length}.`,
    );
  switch (condition) {
    case 'EQ':
      return (value) => value === first;
    case 'IN':
      return (value) => value !== undefined && values.includes(value);
    case 'BEGINS_WITH':
      return (value) => value?.startsWith(first) === true;
    case 'BETWEEN':
      return (value) => value !== undefined && Number(value) >= Number(first) && Number(value) <= Number(second);
  }
}
