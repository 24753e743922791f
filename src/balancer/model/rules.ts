import type { RuleAction, RuleCondition, RuleConfig } from '../../balancer-protocol/index.ts';
import { inBlocks } from './cidr.ts';
import { anyPattern } from './wildcard.ts';

/** What rules look at. */
export interface RequestFacts {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  /** As sent, maybe with a port. */
  readonly host: string;
  readonly clientAddress: string;
  /** All values of a header; the name in lower case. */
  headerValues(name: string): readonly string[];
}

export interface CompiledRule {
  readonly arn: string;
  readonly action: RuleAction;
  matches(request: RequestFacts): boolean;
}

/** Rules by ascending priority, ready to be asked. https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html */
export function compileRules(rules: readonly RuleConfig[]): readonly CompiledRule[] {
  return rules.map(({ arn, action, conditions }) => {
    const tests = conditions.map(compileCondition);
    return { arn, action, matches: (request) => tests.every((test) => test(request)) };
  });
}

/** The first rule that matches; undefined only for a listener without default rule. */
export function firstMatch(rules: readonly CompiledRule[], request: RequestFacts): CompiledRule | undefined {
  for (const rule of rules) if (rule.matches(request)) return rule;
  return undefined;
}

function compileCondition(condition: RuleCondition): (request: RequestFacts) => boolean {
  switch (condition.field) {
    case 'host-header': {
      const test = anyPattern(condition.values, true);
      return ({ host }) => test(splitHost(host).name);
    }
    case 'path-pattern': {
      const test = anyPattern(condition.values, false);
      return ({ target }) => test(pathOf(target));
    }
    case 'http-header': {
      const test = anyPattern(condition.values, true);
      const name = condition.name.toLowerCase();
      return (request) => request.headerValues(name).some(test);
    }
    case 'http-request-method': {
      const methods = new Set(condition.values);
      return ({ method }) => methods.has(method);
    }
    case 'query-string':
      return compileQuery(condition.values);
    case 'source-ip': {
      const test = inBlocks(condition.values);
      return ({ clientAddress }) => test(clientAddress);
    }
  }
}

function compileQuery(
  values: readonly { readonly key?: string; readonly value: string }[],
): (request: RequestFacts) => boolean {
  const tests = values.map(({ key, value }) => ({
    key: key === undefined ? undefined : anyPattern([key], true),
    value: anyPattern([value], true),
  }));
  return ({ target }) => {
    const pairs = queryPairs(target);
    return tests.some((test) =>
      pairs.some(([key, value]) => (test.key === undefined || test.key(key)) && test.value(value)),
    );
  };
}

function queryPairs(target: string): readonly (readonly [string, string])[] {
  const query = queryOf(target);
  if (query === '') return [];
  return query.split('&').map((pair) => {
    const equals = pair.indexOf('=');
    return equals < 0
      ? ([decoded(pair), ''] as const)
      : ([decoded(pair.slice(0, equals)), decoded(pair.slice(equals + 1))] as const);
  });
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // not percent-encoded: compared as it is
  }
}

export function pathOf(target: string): string {
  const mark = target.indexOf('?');
  return mark < 0 ? target : target.slice(0, mark);
}

export function queryOf(target: string): string {
  const mark = target.indexOf('?');
  return mark < 0 ? '' : target.slice(mark + 1);
}

/** Name and port of a Host header; the port is empty where there is none. */
export function splitHost(host: string): { readonly name: string; readonly port: string } {
  const colon = host.lastIndexOf(':');
  if (colon < 0 || host.endsWith(']')) return { name: host, port: '' };
  return { name: host.slice(0, colon), port: host.slice(colon + 1) };
}
