import { syntaxError } from '../malformed-policy.ts';
import { globMatches } from '../match/glob.ts';
import { globOfTemplate, hasVariables, readTemplate, staticGlob, textOfTemplate } from '../match/template.ts';
import type { Context, GlobStyle, Template } from '../match/template.ts';
import { isWithin, readAddress, readRange } from './addresses.ts';
import { readBase64 } from './base64.ts';
import { readDate } from './dates.ts';
import { readNumber } from './numbers.ts';

/** Whether one value of a request matches one value of a policy. Variables in the latter are resolvable when it is called. */
export type ValueTest = (requested: string, context: Context) => boolean;

export interface ConditionOperator {
  /** The operator says "not": it holds when no value of the policy matches. */
  readonly negated: boolean;
  /** @throws MalformedPolicy when the operator cannot read the value */
  readonly compile: (value: string, variables: boolean) => CompiledValue;
}
export interface CompiledValue {
  readonly test: ValueTest;
  /** Keys of variables, of those without default and of all. */
  readonly needs: readonly string[];
  readonly keys: readonly string[];
}

const noVariables = { needs: [], keys: [] } as const;

/** Compares with what the value of the policy, read once, says. */
function fixed<T>(
  what: string,
  read: (text: string) => T | undefined,
  compare: (requested: string, wanted: T) => boolean,
) {
  return (value: string): CompiledValue => {
    const wanted = read(value);
    if (wanted === undefined) throw syntaxError(`"${value}" in a condition is no ${what}`);
    return { test: (requested) => compare(requested, wanted), ...noVariables };
  };
}

function text(fold: (text: string) => string) {
  return (value: string, variables: boolean): CompiledValue => {
    const template = readTemplate(value, { variables, wildcards: false });
    if (hasVariables(template)) {
      return {
        test: (requested, context) => fold(requested) === fold(textOfTemplate(template, context)),
        needs: template.needs,
        keys: template.keys,
      };
    }
    const wanted = fold(textOf(template));
    return { test: (requested) => fold(requested) === wanted, ...noVariables };
  };
}

function textOf({ parts }: Template): string {
  return parts.map((part) => (part.kind === 'text' ? part.text : '')).join('');
}

function pattern(style: GlobStyle) {
  return (value: string, variables: boolean): CompiledValue => {
    const template = readTemplate(value, { variables, wildcards: true });
    if (hasVariables(template)) {
      return {
        test: (requested, context) => globMatches(globOfTemplate(template, style, context), requested),
        needs: template.needs,
        keys: template.keys,
      };
    }
    const glob = staticGlob(template, style);
    return { test: (requested) => globMatches(glob, requested), ...noVariables };
  };
}

function ordered(what: string, read: (text: string) => number | undefined, holds: (difference: number) => boolean) {
  return fixed(what, read, (requested, wanted) => {
    const got = read(requested);
    return got !== undefined && holds(got - wanted);
  });
}

const same = (value: string): string => value;
const lower = (value: string): string => value.toLowerCase();

/** A truth value, or a variable that becomes one. */
function bool(value: string, variables: boolean): CompiledValue {
  const template = readTemplate(value, { variables, wildcards: false });
  if (!hasVariables(template) && !/^(?:true|false)$/i.test(value))
    throw syntaxError(`"${value}" in a condition is neither true nor false`);
  return text(lower)(value, variables);
}

const address = fixed('IP address or range', readRange, (requested, range) => {
  const got = readAddress(requested);
  return got !== undefined && isWithin(got, range);
});
const bytes = fixed('base64', readBase64, (requested, wanted) => readBase64(requested) === wanted);

const equals = (difference: number): boolean => difference === 0;
const orders: Readonly<Record<string, { readonly negated: boolean; readonly holds: (difference: number) => boolean }>> =
  {
    Equals: { negated: false, holds: equals },
    NotEquals: { negated: true, holds: equals },
    LessThan: { negated: false, holds: (difference) => difference < 0 },
    LessThanEquals: { negated: false, holds: (difference) => difference <= 0 },
    GreaterThan: { negated: false, holds: (difference) => difference > 0 },
    GreaterThanEquals: { negated: false, holds: (difference) => difference >= 0 },
  };

function orderedFamily(
  prefix: string,
  what: string,
  read: (text: string) => number | undefined,
): [string, ConditionOperator][] {
  return Object.entries(orders).map(([name, { negated, holds }]) => [
    `${prefix}${name}`,
    { negated, compile: ordered(what, read, holds) },
  ]);
}

function pair(name: string, opposite: string, compile: ConditionOperator['compile']): [string, ConditionOperator][] {
  return [
    [name, { negated: false, compile }],
    [opposite, { negated: true, compile }],
  ];
}

/**
 * Every operator but Null, which asks for the key and not for its values.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 */
export const conditionOperators: ReadonlyMap<string, ConditionOperator> = new Map<string, ConditionOperator>([
  ...pair('StringEquals', 'StringNotEquals', text(same)),
  ...pair('StringEqualsIgnoreCase', 'StringNotEqualsIgnoreCase', text(lower)),
  ...pair('StringLike', 'StringNotLike', pattern('text')),
  ...orderedFamily('Numeric', 'number', readNumber),
  ...orderedFamily('Date', 'date', readDate),
  ['Bool', { negated: false, compile: bool }],
  ['BinaryEquals', { negated: false, compile: bytes }],
  ...pair('IpAddress', 'NotIpAddress', address),
  ...pair('ArnEquals', 'ArnNotEquals', pattern('arn')),
  ...pair('ArnLike', 'ArnNotLike', pattern('arn')),
]);
