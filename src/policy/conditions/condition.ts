import { MalformedPolicy, syntaxError } from '../malformed-policy.ts';
import { needsAreMet } from '../match/template.ts';
import type { Context } from '../match/template.ts';
import { conditionOperators } from './operators.ts';
import type { ValueTest } from './operators.ts';

/** One operator with one key and its values; all conditions of a statement must hold. */
export interface Condition {
  /** As written, such as `ForAnyValue:StringLikeIfExists`. */
  readonly operator: string;
  /** As written; it means the key whatever its case. */
  readonly key: string;
  readonly values: readonly string[];
  readonly lowerKey: string;
  readonly set: 'ForAllValues' | 'ForAnyValue' | undefined;
  readonly ifExists: boolean;
  readonly negated: boolean;
  /** Of Null: whether the key should be absent, for each value. Undefined for the others. */
  readonly absent: readonly boolean[] | undefined;
  readonly tests: readonly ValueTest[];
  /** Keys of variables without default in the values. */
  readonly needs: readonly string[];
  /** Keys of all variables in the values. */
  readonly keys: readonly string[];
}

const operatorPattern = /^(?:(ForAllValues|ForAnyValue):)?([A-Za-z]+?)(IfExists)?$/;

export interface ConditionParts {
  readonly operator: string;
  readonly key: string;
  readonly values: readonly string[];
}

/** @throws MalformedPolicy */
export function readCondition({ operator, key, values }: ConditionParts, variables: boolean): Condition {
  if (!key.includes(':') || key.startsWith(':')) {
    throw new MalformedPolicy(
      'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.',
      `the condition key "${key}" names no service`,
    );
  }
  const [, set, name = '', ifExists] = operatorPattern.exec(operator) ?? [];
  const common = {
    operator,
    key,
    values,
    lowerKey: key.toLowerCase(),
    set: set === 'ForAllValues' || set === 'ForAnyValue' ? set : undefined,
    ifExists: ifExists !== undefined,
  } as const;
  if (operator === 'Null') {
    const absent = values.map((value) => {
      if (!/^(?:true|false)$/i.test(value)) throw syntaxError(`Null takes true or false, not "${value}"`);
      return value.toLowerCase() === 'true';
    });
    return { ...common, negated: false, absent, tests: [], needs: [], keys: [] };
  }
  const known = conditionOperators.get(name);
  if (known === undefined) throw syntaxError(`there is no condition operator "${operator}"`);
  const compiled = values.map((value) => known.compile(value, variables));
  return {
    ...common,
    negated: known.negated,
    absent: undefined,
    tests: compiled.map(({ test }) => test),
    needs: [...new Set(compiled.flatMap(({ needs }) => needs))],
    keys: [...new Set(compiled.flatMap(({ keys }) => keys))],
  };
}

/**
 * Whether a condition holds; undefined when a variable in it has no value, which makes its whole statement meaningless. A missing key:
 * false, for a negated operator true, with IfExists true, with ForAllValues true, with ForAnyValue false.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-logic-multiple-context-keys-or-values.html
 */
export function conditionHolds(condition: Condition, context: Context): boolean | undefined {
  const values = context.get(condition.lowerKey);
  const missing = values === undefined || values.length === 0;
  if (condition.absent !== undefined) return condition.absent.includes(missing);
  if (missing && condition.ifExists) return true;
  if (condition.needs.length > 0 && !needsAreMet(condition.needs, context)) return undefined;
  if (condition.set === undefined) {
    const matched = !missing && values.some((value) => matchesAny(condition, value, context));
    return matched !== condition.negated;
  }
  const empty = missing || values.every((value) => value === '');
  if (empty) return condition.set === 'ForAllValues';
  const holds = (value: string): boolean => matchesAny(condition, value, context) !== condition.negated;
  return condition.set === 'ForAllValues' ? values.every(holds) : values.some(holds);
}

function matchesAny({ tests }: Condition, value: string, context: Context): boolean {
  for (const test of tests) if (test(value, context)) return true;
  return false;
}
