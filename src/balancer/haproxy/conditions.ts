import { isIP } from 'node:net';
import type { RuleCondition } from '../../balancer-protocol/index.ts';
import { queryMatch, wildcardMatch } from './patterns.ts';
import { word } from './words.ts';

/** The lines that define one condition under a name: one a value, any of which may match. */
export function conditionLines(name: string, condition: RuleCondition): readonly string[] {
  const tests = testsOf(condition);
  return tests.length === 0 ? [`acl ${name} always_false`] : tests.map((test) => `acl ${name} ${test}`);
}

function testsOf(condition: RuleCondition): readonly string[] {
  switch (condition.field) {
    case 'host-header':
      return condition.values.map((value) => `req.hdr(host),host_only -i ${wildcardMatch(value)}`);
    case 'path-pattern':
      return condition.values.map((value) => `path ${wildcardMatch(value)}`);
    case 'http-header':
      return condition.values.map((value) => `req.fhdr(${condition.name}) -i ${wildcardMatch(value)}`);
    case 'http-request-method':
      return condition.values.map((value) => `method -m str -- ${word(value)}`);
    case 'query-string':
      return condition.values.map((value) => `query -i ${queryMatch(value)}`);
    case 'source-ip':
      return condition.values.filter(isBlock).map((value) => `src -m ip -- ${word(value)}`);
  }
}

function isBlock(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}

/** Names that may stand between the parentheses of a fetch. */
export const plainName = /^[A-Za-z0-9_.-]+$/;
