import { InvalidArgument } from '../../../../kernel/index.ts';
import { Pattern } from './pattern.ts';
import { readInstant } from './instant.ts';

export type OrderOperator = '==' | '!=' | '>' | '>=' | '<' | '<=';
export type Operator = OrderOperator | 'in' | '!in' | '=~' | '!~' | 'exists' | '!exists';

/** A test of one value of a subject. */
export type ValueTest = (value: string) => boolean;

function ordered(order: number, operator: OrderOperator): boolean {
  switch (operator) {
    case '==':
      return order === 0;
    case '!=':
      return order !== 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
  }
}

const decimal = /^-?\d{1,15}(\.\d{1,15})?$/;

/** Equality of the texts; order by number when both are numbers, else by text. */
export function compareText(operator: OrderOperator, argument: string): ValueTest {
  if (operator === '==') return (value) => value === argument;
  if (operator === '!=') return (value) => value !== argument;
  if (!decimal.test(argument)) return (value) => ordered(value < argument ? -1 : value > argument ? 1 : 0, operator);
  return (value) =>
    ordered(
      decimal.test(value) ? Number(value) - Number(argument) : value < argument ? -1 : value > argument ? 1 : 0,
      operator,
    );
}

export function compareList(operator: 'in' | '!in', list: readonly string[]): ValueTest {
  const wanted = new Set(list);
  return (value) => wanted.has(value) === (operator === 'in');
}

export function comparePattern(operator: '=~' | '!~', text: string): ValueTest {
  const pattern = new Pattern(text);
  return (value) => pattern.matches(value) === (operator === '=~');
}

/** @throws InvalidArgument when the argument is no whole number */
export function compareCount(operator: OrderOperator, argument: string): (count: number) => boolean {
  if (!/^\d{1,9}$/.test(argument))
    throw new InvalidArgument(`Invalid cluster query expression: "${argument.slice(0, 40)}" is not a number of tasks`);
  return (count) => ordered(count - Number(argument), operator);
}

/** @throws InvalidArgument when the argument is none of the date formats of the query language */
export function compareInstant(operator: OrderOperator, argument: string): (instantMs: number) => boolean {
  const wantedSeconds = readInstant(argument);
  if (wantedSeconds === undefined)
    throw new InvalidArgument(
      `Invalid cluster query expression: "${argument.slice(0, 40)}" is not a date such as 2018-06-18T22:28:28Z or 2018-06-18`,
    );
  return (instantMs) => ordered(Math.floor(instantMs / 1000) - wantedSeconds, operator);
}

const version = /^v?(\d{1,9}(?:\.\d{1,9}){0,3})(?:[-+].*)?$/s;

function versionParts(text: string): readonly number[] | undefined {
  return version.exec(text)?.[1]?.split('.').map(Number);
}

/** Versions compare number by number; what is missing is 0, and what follows a `-` does not count. @throws InvalidArgument when the argument is no version */
export function compareVersion(operator: OrderOperator, argument: string): ValueTest {
  const wanted = versionParts(argument);
  if (wanted === undefined)
    throw new InvalidArgument(
      `Invalid cluster query expression: "${argument.slice(0, 40)}" is not a version such as 1.14.5`,
    );
  return (value) => {
    const parts = versionParts(value);
    if (parts === undefined) return false;
    const differing = [0, 1, 2, 3].find((index) => (parts[index] ?? 0) !== (wanted[index] ?? 0));
    const order = differing === undefined ? 0 : (parts[differing] ?? 0) - (wanted[differing] ?? 0);
    return ordered(order, operator);
  };
}
