import { describe, expect, test } from 'vitest';
import { evaluate, parsePolicy, PolicySet } from './index.ts';

type Values = string | number | boolean | readonly (string | number | boolean)[];
/** The values of the key in the request; undefined when it has none. */
type Requested = string | readonly string[] | undefined;
type Row = readonly [rule: string, operator: string, policy: Values, requested: Requested, holds: boolean];

/** Whether a condition on `x:Key` holds: an Allow under it allows. `other` are more keys of the request. */
function holds(operator: string, policy: Values, requested: Requested, other: Record<string, string[]> = {}): boolean {
  const statement = { Effect: 'Allow', Action: '*', Resource: '*', Condition: { [operator]: { 'x:Key': policy } } };
  const document = parsePolicy(JSON.stringify({ Version: '2012-10-17', Statement: statement }), { kind: 'inline' });
  const context = new Map<string, readonly string[]>(Object.entries(other));
  if (requested !== undefined) context.set('x:key', typeof requested === 'string' ? [requested] : requested);
  const { outcome } = evaluate({
    principal: {
      type: 'user',
      account: '123456789012',
      arn: 'arn:aws:iam::123456789012:user/u',
      name: 'u',
      id: 'AIDA1',
    },
    action: 'ecs:RunTask',
    resource: '*',
    context,
    policies: { identity: new PolicySet([{ name: 'p', document }]) },
  });
  return outcome === 'allowed';
}

const rows: readonly Row[] = [
  ['[POL-15] equal', 'StringEquals', 'a', 'a', true],
  ['[POL-15] case matters', 'StringEquals', 'a', 'A', false],
  ['[POL-15] one of several', 'StringEquals', ['a', 'b'], 'b', true],
  ['[POL-15] a star is a star', 'StringEquals', 'a*', 'ab', false],
  ['[POL-15] a number is its text', 'StringEquals', 5, '5', true],
  ['[POL-15] no values', 'StringEquals', [], 'a', false],
  ['[POL-15] not equal', 'StringNotEquals', 'a', 'b', true],
  ['[POL-15] not equal, of several: none may match', 'StringNotEquals', ['a', 'b'], 'b', false],
  ['[POL-15] not equal, of several: another', 'StringNotEquals', ['a', 'b'], 'c', true],
  ['[POL-15] without case', 'StringEqualsIgnoreCase', 'AbC', 'aBc', true],
  ['[POL-15] not, without case', 'StringNotEqualsIgnoreCase', 'AbC', 'aBc', false],
  ['[POL-15] like', 'StringLike', 'home/*/x', 'home/bob/y/x', true],
  ['[POL-15] like, one character', 'StringLike', 't?.*', 't2.micro', true],
  ['[POL-15] like, no character', 'StringLike', 'a?', 'a', false],
  ['[POL-15] like is whole', 'StringLike', 'b', 'abc', false],
  ['[POL-15] like, the empty text', 'StringLike', ['', 'home/'], '', true],
  ['[POL-15] like has a case', 'StringLike', 'A*', 'abc', false],
  ['[POL-15] not like', 'StringNotLike', ['a*', 'b*'], 'cab', true],
  ['[POL-15] not like, of several', 'StringNotLike', ['a*', 'b*'], 'bab', false],

  ['[POL-16] numbers are equal by value', 'NumericEquals', '10', '10.0', true],
  ['[POL-16] numbers differ', 'NumericNotEquals', 10, '11', true],
  ['[POL-16] numbers differ, of several', 'NumericNotEquals', [10, 11], '11', false],
  ['[POL-16] less', 'NumericLessThan', 10, '9.99', true],
  ['[POL-16] not less', 'NumericLessThan', 10, '10', false],
  ['[POL-16] less or equal', 'NumericLessThanEquals', 10, '10', true],
  ['[POL-16] greater', 'NumericGreaterThan', -1, '-0.5', true],
  ['[POL-16] not greater', 'NumericGreaterThan', 10, '9', false],
  ['[POL-16] greater or equal', 'NumericGreaterThanEquals', 10, '10', true],
  ['[POL-16] by value, not by text', 'NumericLessThan', 10, '9', true],
  ['[POL-16] a request without a number', 'NumericLessThan', 10, 'many', false],
  ['[POL-16] a request without a number, negated', 'NumericNotEquals', 10, 'many', true],

  ['[POL-16] one date in two zones', 'DateEquals', '2020-04-01T02:00:00+02:00', '2020-04-01T00:00:00Z', true],
  ['[POL-16] one date as epoch', 'DateEquals', '1585699200', '2020-04-01T00:00:00Z', true],
  ['[POL-16] one date as epoch in the request', 'DateEquals', '2020-04-01', '1585699200', true],
  ['[POL-16] a number without quotes is epoch', 'DateLessThan', 1_585_699_201, '2020-04-01T00:00:00Z', true],
  ['[POL-16] four digits are a year', 'DateGreaterThan', '2020', '2020-01-01T00:00:00.001Z', true],
  ['[POL-16] a year and month', 'DateEquals', '2020-02', '2020-02-01T00:00Z', true],
  ['[POL-16] another date', 'DateNotEquals', '2020-04-01', '2020-04-02', true],
  ['[POL-16] before', 'DateLessThan', '2024-02-29T00:00:00Z', '2024-02-28T23:59:59Z', true],
  ['[POL-16] at or before', 'DateLessThanEquals', '2024-03-01', '2024-03-01', true],
  ['[POL-16] after', 'DateGreaterThan', '2020-01-01T00:00:01Z', '2019-12-31T23:59:59Z', false],
  ['[POL-16] at or after', 'DateGreaterThanEquals', '1969-12-31T23:59:59Z', '-1', true],
  ['[POL-16] a request without a date', 'DateLessThan', '2020-01-01', 'soon', false],

  ['[POL-17] true', 'Bool', 'true', 'true', true],
  ['[POL-17] true, as a truth value', 'Bool', true, 'true', true],
  ['[POL-17] false', 'Bool', 'false', 'true', false],
  ['[POL-17] bytes', 'BinaryEquals', 'QmluYXJ5VmFsdWVJbkJhc2U2NA==', 'QmluYXJ5VmFsdWVJbkJhc2U2NA', true],
  ['[POL-17] other bytes', 'BinaryEquals', 'AAE=', 'AAI=', false],
  ['[POL-17] an address in a range', 'IpAddress', '203.0.113.0/24', '203.0.113.255', true],
  ['[POL-17] an address beside a range', 'IpAddress', '203.0.113.0/24', '203.0.114.0', false],
  ['[POL-17] a range that ends within a byte', 'IpAddress', '10.16.0.0/12', '10.31.255.255', true],
  ['[POL-17] an address beside such a range', 'IpAddress', '10.16.0.0/12', '10.32.0.0', false],
  ['[POL-17] without a prefix, one address', 'IpAddress', '192.0.2.1', '192.0.2.2', false],
  ['[POL-17] everything', 'IpAddress', '0.0.0.0/0', '8.8.8.8', true],
  ['[POL-17] IPv6', 'IpAddress', '2001:DB8:1234:5678::/64', '2001:db8:1234:5678:9:a:b:c', true],
  ['[POL-17] IPv6 beside', 'IpAddress', '2001:DB8:1234:5678::/64', '2001:db8:1234:5679::', false],
  ['[POL-17] IPv6, one address written twice', 'IpAddress', '::1', '0:0:0:0:0:0:0:1', true],
  ['[POL-17] IPv4 in IPv6', 'IpAddress', '192.0.2.0/24', '::ffff:192.0.2.9', true],
  ['[POL-17] IPv4 is not in an IPv6 range', 'IpAddress', '::/0', '192.0.2.9', false],
  ['[POL-17] either of both', 'IpAddress', ['203.0.113.0/24', '2001:DB8::/32'], '2001:db8::1', true],
  ['[POL-17] not an address', 'NotIpAddress', ['192.0.2.0/24', '203.0.113.0/24'], '198.51.100.1', true],
  ['[POL-17] not an address, of several', 'NotIpAddress', ['192.0.2.0/24', '203.0.113.0/24'], '203.0.113.9', false],
  ['[POL-17] a request without an address', 'IpAddress', '0.0.0.0/0', 'a.b.c.d', false],

  [
    '[POL-18] an ARN',
    'ArnEquals',
    'arn:aws:sns:us-east-1:123456789012:t',
    'arn:aws:sns:us-east-1:123456789012:t',
    true,
  ],
  [
    '[POL-18] ArnEquals knows wildcards as well',
    'ArnEquals',
    'arn:aws:sns:*:123456789012:t*',
    'arn:aws:sns:us-east-1:123456789012:topic',
    true,
  ],
  [
    '[POL-18] AWS’s example: a star stays in its part',
    'ArnLike',
    'arn:aws:someservice:*:111122223333:finance/*',
    'arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt',
    false,
  ],
  [
    '[POL-18] the same as text matches',
    'StringLike',
    'arn:aws:someservice:*:111122223333:finance/*',
    'arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt',
    true,
  ],
  [
    '[POL-18] the last part may have colons',
    'ArnLike',
    'arn:aws:logs:*:*:*',
    'arn:aws:logs:us-east-1:123456789012:log-group:g:*',
    true,
  ],
  ['[POL-18] a question mark is no colon', 'ArnLike', 'arn:aws:s3?::b', 'arn:aws:s3:::b', false],
  ['[POL-18] any ARN', 'ArnLike', '*', 'arn:aws:s3:::b', true],
  ['[POL-18] an ARN has a case', 'ArnLike', 'arn:aws:s3:::B', 'arn:aws:s3:::b', false],
  ['[POL-18] not an ARN', 'ArnNotLike', ['arn:aws:s3:::a*', 'arn:aws:s3:::b*'], 'arn:aws:s3:::c', true],
  ['[POL-18] not an ARN, of several', 'ArnNotEquals', ['arn:aws:s3:::a*', 'arn:aws:s3:::b*'], 'arn:aws:s3:::bb', false],

  ['[POL-19] a missing key', 'StringEquals', 'a', undefined, false],
  ['[POL-19] a missing key, negated', 'StringNotEquals', 'a', undefined, true],
  ['[POL-19] a missing key, negated address', 'NotIpAddress', '10.0.0.0/8', undefined, true],
  ['[POL-19] a missing key, Bool false', 'Bool', 'false', undefined, false],
  ['[POL-19] a missing key, IfExists', 'StringEqualsIfExists', 'a', undefined, true],
  ['[POL-19] a key, IfExists', 'StringEqualsIfExists', 'a', 'b', false],
  ['[POL-19] a missing key, BoolIfExists', 'BoolIfExists', 'true', undefined, true],
  ['[POL-19] a missing key, negated IfExists', 'StringNotEqualsIfExists', 'a', undefined, true],
  ['[POL-19] NumericLessThanEqualsIfExists', 'NumericLessThanEqualsIfExists', '5', '6', false],
  ['[POL-19] a key without values is missing', 'StringEquals', 'a', [], false],
  ['[POL-19] Null true, missing', 'Null', 'true', undefined, true],
  ['[POL-19] Null true, present', 'Null', true, 'x', false],
  ['[POL-19] Null false, present', 'Null', 'false', 'x', true],
  ['[POL-19] Null false, missing', 'Null', false, undefined, false],
  ['[POL-19] Null false, an empty text is a value', 'Null', 'false', '', true],

  [
    '[POL-20] AWS’s example: each of the request is listed',
    'ForAllValues:StringLike',
    ['PostDateTime', 'Message', 'Tags'],
    ['PostDateTime', 'Message'],
    true,
  ],
  [
    '[POL-20] AWS’s example: one is not',
    'ForAllValues:StringLike',
    ['PostDateTime', 'Message', 'Tags'],
    ['PostDateTime', 'UserName'],
    false,
  ],
  ['[POL-20] ForAllValues, missing', 'ForAllValues:StringEquals', 'a', undefined, true],
  ['[POL-20] ForAllValues, an empty text', 'ForAllValues:StringEquals', 'a', '', true],
  ['[POL-20] ForAllValues negated: none is listed', 'ForAllValues:StringNotEquals', ['a', 'b'], ['c', 'd'], true],
  ['[POL-20] ForAllValues negated: one is', 'ForAllValues:StringNotEquals', ['a', 'b'], ['c', 'a'], false],
  [
    '[POL-20] AWS’s example: one of the request is listed',
    'ForAnyValue:StringLike',
    ['ID', 'PostDateTime'],
    ['UserName', 'Message', 'PostDateTime'],
    true,
  ],
  ['[POL-20] AWS’s example: none is', 'ForAnyValue:StringLike', ['ID', 'PostDateTime'], ['UserName'], false],
  ['[POL-20] ForAnyValue, missing', 'ForAnyValue:StringEquals', 'a', undefined, false],
  ['[POL-20] ForAnyValue, an empty text', 'ForAnyValue:StringEquals', '', '', false],
  ['[POL-20] ForAnyValue negated: one is not listed', 'ForAnyValue:StringNotEquals', ['a', 'b'], ['a', 'c'], true],
  ['[POL-20] ForAnyValue negated: all are', 'ForAnyValue:StringNotEquals', ['a', 'b'], ['a', 'b'], false],
  ['[POL-20] ForAnyValue negated, missing', 'ForAnyValue:StringNotEquals', 'a', undefined, false],
  ['[POL-20] ForAnyValue with IfExists, missing', 'ForAnyValue:StringEqualsIfExists', 'a', undefined, true],
  [
    '[POL-20] ForAnyValue of ARNs',
    'ForAnyValue:ArnLike',
    'arn:aws:s3:::b*',
    ['arn:aws:s3:::a', 'arn:aws:s3:::b1'],
    true,
  ],
  ['[POL-20] ForAllValues of numbers', 'ForAllValues:NumericLessThan', 5, ['1', '7'], false],
  ['[POL-20] several values without a set operator: any', 'StringEquals', 'b', ['a', 'b'], true],
  ['[POL-20] several values without a set operator, negated: none', 'StringNotEquals', 'b', ['a', 'b'], false],
];

describe('a condition holds or does not', () => {
  test.each(rows)('%s: %s %j, request %j', (_rule, operator, policy, requested, wanted) => {
    expect(holds(operator, policy, requested)).toBe(wanted);
  });
});

describe('[POL-13] variables in conditions', () => {
  const name = { 'aws:username': ['bob*'] };
  test.each<readonly [string, string, Values, Requested, Record<string, string[]>, boolean]>([
    ['text', 'StringEquals', 'u-${aws:username}', 'u-bob*', name, true],
    ['without case', 'StringEqualsIgnoreCase', '${AWS:UserName}', 'BOB*', name, true],
    ['a star in a value is no wildcard', 'StringLike', '${aws:username}/*', 'bobby/x', name, false],
    ['and matches itself', 'StringLike', '${aws:username}/*', 'bob*/x', name, true],
    ['ARNs', 'ArnLike', 'arn:aws:s3:::${x:b}/*', 'arn:aws:s3:::b/c', { 'x:b': ['b'] }, true],
    ['Bool', 'Bool', '${x:b}', 'true', { 'x:b': ['true'] }, true],
    ['a default', 'StringEquals', "${aws:username, 'nobody'}", 'nobody', {}, true],
    ['the value goes before the default', 'StringEquals', "${aws:username, 'nobody'}", 'bob*', name, true],
    ['no value', 'StringEquals', '${aws:username}', '', {}, false],
    ['no value: negated, the statement means nothing', 'StringNotEquals', '${aws:username}', 'x', {}, false],
    ['no value: nor with others that match', 'StringEquals', ['x', '${aws:username}'], 'x', {}, false],
    ['no value, IfExists, the key is missing as well', 'StringEqualsIfExists', '${aws:username}', undefined, {}, true],
    ['a key of several values', 'StringEquals', '${aws:tagkeys}', 'a', { 'aws:tagkeys': ['a', 'b'] }, false],
    ['a literal star', 'StringLike', 'a${*}', 'a*', {}, true],
    ['a literal star is no wildcard', 'StringLike', 'a${*}', 'ab', {}, false],
    ['a literal question mark and dollar', 'StringLike', '${$}{x}${?}', '${x}?', {}, true],
  ])('%s', (_rule, operator, policy, requested, other, wanted) => {
    expect(holds(operator, policy, requested, other)).toBe(wanted);
  });
});

test('[POL-19] keys have no case', () => {
  const statement = {
    Effect: 'Allow',
    Action: '*',
    Resource: '*',
    Condition: { StringEquals: { 'AWS:UserName': 'bob' } },
  };
  const document = parsePolicy(JSON.stringify({ Version: '2012-10-17', Statement: statement }), { kind: 'inline' });
  const { outcome } = evaluate({
    principal: {
      type: 'user',
      account: '123456789012',
      arn: 'arn:aws:iam::123456789012:user/u',
      name: 'u',
      id: 'AIDA1',
    },
    action: 'ecs:RunTask',
    resource: '*',
    context: new Map([['aws:username', ['bob']]]),
    policies: { identity: new PolicySet([{ name: 'p', document }]) },
  });
  expect(outcome).toBe('allowed');
});

test('[POL-19] all conditions of a statement must hold', () => {
  const Condition = { StringEquals: { 'x:Key': 'a', 'x:Other': 'b' }, Bool: { 'x:Third': 'true' } };
  const document = parsePolicy(
    JSON.stringify({ Version: '2012-10-17', Statement: { Effect: 'Allow', Action: '*', Resource: '*', Condition } }),
    { kind: 'inline' },
  );
  const outcome = (context: Record<string, string[]>): string =>
    evaluate({
      principal: {
        type: 'user',
        account: '123456789012',
        arn: 'arn:aws:iam::123456789012:user/u',
        name: 'u',
        id: 'AIDA1',
      },
      action: 'ecs:RunTask',
      resource: '*',
      context: new Map(Object.entries(context)),
      policies: { identity: new PolicySet([{ name: 'p', document }]) },
    }).outcome;
  const all = { 'x:key': ['a'], 'x:other': ['b'], 'x:third': ['true'] };
  expect(outcome(all)).toBe('allowed');
  for (const key of Object.keys(all)) expect(outcome({ ...all, [key]: ['z'] })).toBe('implicitDeny');
});
