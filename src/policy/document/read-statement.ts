import { readCondition } from '../conditions/condition.ts';
import type { Condition } from '../conditions/condition.ts';
import { MalformedPolicy, syntaxError } from '../malformed-policy.ts';
import { readActions } from '../match/actions.ts';
import type { ActionMatcher } from '../match/actions.ts';
import { readPrincipals } from '../match/principals.ts';
import type { PrincipalMatcher } from '../match/principals.ts';
import { readResources } from '../match/resources.ts';
import type { ResourceMatcher } from '../match/resources.ts';
import type { PolicyKind, Statement } from './document.ts';
import { isList, isNumber, isObject } from './json.ts';
import type { JsonObject, JsonValue } from './json.ts';

export interface StatementRules {
  readonly kind: PolicyKind;
  /** The document's version has policy variables. */
  readonly variables: boolean;
  readonly resourceElement: 'required' | 'optional' | 'prohibited';
}

const elements: ReadonlySet<string> = new Set([
  'Sid',
  'Effect',
  'Principal',
  'NotPrincipal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
]);

/** Everything of a statement but its place. @throws MalformedPolicy */
export function readStatement(block: JsonObject, rules: StatementRules): Omit<Statement, 'index' | 'start' | 'end'> {
  for (const name of block.members.keys()) {
    if (!elements.has(name)) throw syntaxError(`a statement has no element "${name}"`);
  }
  return {
    sid: readSid(block, rules.kind),
    effect: readEffect(block),
    principals: readPrincipal(block, rules.kind),
    actions: readAction(block, rules.kind),
    resources: readResource(block, rules),
    conditions: readConditions(block.members.get('Condition'), rules.variables),
  };
}

function readSid(block: JsonObject, kind: PolicyKind): string | undefined {
  const sid = block.members.get('Sid');
  if (sid === undefined || sid === '') return undefined;
  if (typeof sid !== 'string') throw syntaxError('Sid is a string');
  if (kind !== 'resource' && !/^[0-9A-Za-z]*$/.test(sid)) {
    throw new MalformedPolicy(
      'Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*',
      `the Sid "${sid}"`,
    );
  }
  return sid;
}

function readEffect(block: JsonObject): 'Allow' | 'Deny' {
  const effect = block.members.get('Effect');
  if (effect === undefined) throw new MalformedPolicy('Missing required field Effect', 'a statement without Effect');
  if (effect !== 'Allow' && effect !== 'Deny') {
    throw new MalformedPolicy('The policy failed legacy parsing', 'Effect is "Allow" or "Deny"');
  }
  return effect;
}

/** Which of an element and its negation stands in a statement, and its value. */
function oneOf(block: JsonObject, name: string): { readonly value: JsonValue; readonly negated: boolean } | undefined {
  const positive = block.members.get(name);
  const negative = block.members.get(`Not${name}`);
  if (positive !== undefined && negative !== undefined)
    throw syntaxError(`a statement has ${name} or Not${name}, not both`);
  if (positive !== undefined) return { value: positive, negated: false };
  return negative === undefined ? undefined : { value: negative, negated: true };
}

function readAction(block: JsonObject, kind: PolicyKind): ActionMatcher {
  const found = oneOf(block, 'Action');
  const ofIdentity = kind === 'managed' || kind === 'inline' || kind === 'session';
  if (found === undefined && !ofIdentity)
    throw new MalformedPolicy('Missing required field Action', 'a statement without Action');
  const patterns = found === undefined ? [] : strings(found.value, 'Action');
  if (found === undefined || patterns.length === 0) {
    throw new MalformedPolicy('Policy statement must contain actions.', 'a statement without actions');
  }
  const matcher = readActions(patterns, found.negated);
  if (kind === 'trust' && [...matcher.byService.keys()].some((service) => service !== 'sts')) {
    throw new MalformedPolicy(
      'AssumeRole policy may only specify STS AssumeRole actions.',
      `a trust policy with ${patterns.join(', ')}`,
    );
  }
  return matcher;
}

function readResource(block: JsonObject, { variables, resourceElement }: StatementRules): ResourceMatcher | undefined {
  const found = oneOf(block, 'Resource');
  if (resourceElement === 'prohibited') {
    if (found === undefined) return undefined;
    throw new MalformedPolicy('Has prohibited field Resource', 'the resource of a trust policy is its role');
  }
  if (found === undefined && resourceElement === 'optional') return undefined;
  const patterns = found === undefined ? [] : strings(found.value, 'Resource');
  if (found === undefined || patterns.length === 0) {
    throw new MalformedPolicy('Policy statement must contain resources.', 'a statement without resources');
  }
  return readResources(patterns, found.negated, variables);
}

function readPrincipal(block: JsonObject, kind: PolicyKind): PrincipalMatcher | undefined {
  const found = oneOf(block, 'Principal');
  if (kind !== 'trust' && kind !== 'resource') {
    if (found === undefined) return undefined;
    throw new MalformedPolicy(
      'Policy document should not specify a principal.',
      'the principal of such a policy is whom it is attached to',
    );
  }
  if (found === undefined)
    throw new MalformedPolicy('Missing required field Principal', 'a statement without Principal');
  if (found.value === '*') return readPrincipals([{ type: 'AWS', value: '*' }], found.negated);
  if (!isObject(found.value)) throw syntaxError('Principal is "*" or a block by type of principal');
  const entries = [...found.value.members].flatMap(([type, values]) =>
    strings(values, `Principal ${type}`).map((value) => ({ type, value })),
  );
  if (entries.length === 0)
    throw new MalformedPolicy('Missing required field Principal', 'a Principal that names nobody');
  return readPrincipals(entries, found.negated);
}

function readConditions(block: JsonValue | undefined, variables: boolean): readonly Condition[] {
  if (block === undefined) return [];
  if (!isObject(block)) throw syntaxError('Condition is a block of operators');
  return [...block.members].flatMap(([operator, keys]) => {
    if (!isObject(keys)) throw syntaxError(`the condition operator "${operator}" holds a block of keys`);
    return [...keys.members].map(([key, values]) =>
      readCondition({ operator, key, values: listOf(values).map(conditionValue) }, variables),
    );
  });
}

/** Strings, numbers and truth values, all compared as texts. */
function conditionValue(value: JsonValue): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  if (isNumber(value)) return value.number;
  throw syntaxError('the values of a condition are strings, numbers or truth values');
}

function strings(value: JsonValue, name: string): readonly string[] {
  return listOf(value).map((item) => {
    if (typeof item !== 'string') throw syntaxError(`${name} is a string or a list of strings`);
    return item;
  });
}

function listOf(value: JsonValue): readonly JsonValue[] {
  return isList(value) ? value : [value];
}
