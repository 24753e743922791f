import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { evaluate, explain, MalformedPolicy, parsePolicy, PolicySet } from './index.ts';
import type { AccessRequest, ApplicablePolicies, PolicyKind, PolicyType, Principal } from './index.ts';
import { codesOf, globMatches, globOf } from './match/glob.ts';
import { readTemplate, staticGlob } from './match/template.ts';
import type { GlobStyle } from './match/template.ts';

const account = '111122223333';
const principals: readonly Principal[] = [
  { type: 'root', account },
  { type: 'user', account, arn: `arn:aws:iam::${account}:user/u`, name: 'u', id: 'AIDAUUUUUUUUUUUUUUUU' },
  {
    type: 'role-session',
    account,
    arn: `arn:aws:sts::${account}:assumed-role/r/s`,
    roleArn: `arn:aws:iam::${account}:role/r`,
    roleId: 'AROARRRRRRRRRRRRRRRR',
    sessionName: 's',
  },
  { type: 'service', name: 'ecs.amazonaws.com' },
  { type: 'anonymous' },
];
const named = [
  account,
  `arn:aws:iam::${account}:user/u`,
  `arn:aws:iam::${account}:role/r`,
  `arn:aws:sts::${account}:assumed-role/r/s`,
];

const actions = ['ecs:RunTask', 'ecs:StopTask', 'iam:PassRole'];
const resources = [`arn:aws:ecs:us-east-1:${account}:task/a`, 'arn:aws:ecs:us-east-1:444455556666:task/a', '*'];

const effect = fc.constantFrom('Allow', 'Deny');
const actionBlock = fc.oneof(
  fc.record({ Action: fc.constantFrom('*', 'ecs:*', 'ecs:Run*', 'ECS:runtask', 'iam:PassRole', 'ecs:?topTask') }),
  fc.record({ NotAction: fc.constantFrom('iam:*', 'ecs:RunTask', 's3:*') }),
);
const resourceBlock = fc.oneof(
  fc.record({
    Resource: fc.constantFrom(
      '*',
      'arn:aws:ecs:*:*:task/*',
      `arn:aws:ecs:us-east-1:${account}:*`,
      'arn:aws:ecs:*:*:task/${aws:username}',
    ),
  }),
  fc.record({ NotResource: fc.constantFrom('arn:aws:s3:::b', `arn:aws:ecs:us-east-1:${account}:task/*`) }),
);
const conditionBlock = fc.oneof(
  { weight: 2, arbitrary: fc.constant({}) },
  fc.record({
    Condition: fc.constantFrom(
      { StringEquals: { 'aws:username': 'u' } },
      { StringNotEquals: { 'aws:username': 'u' } },
      { StringLikeIfExists: { 'aws:username': '${aws:userid}*' } },
      { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['a', 'b'] } },
      { Null: { 'aws:username': 'true' } },
    ),
  }),
);
const principalBlock = fc.oneof(
  fc.constant({ Principal: '*' }),
  fc.record({ Principal: fc.record({ AWS: fc.subarray(named, { minLength: 1 }) }) }),
  fc.constant({ Principal: { Service: 'ecs.amazonaws.com' } }),
  fc.record({ NotPrincipal: fc.record({ AWS: fc.subarray(named, { minLength: 1 }) }) }),
);
const merged = (...blocks: fc.Arbitrary<object>[]): fc.Arbitrary<object> =>
  fc.tuple(...blocks).map((parts) => Object.assign({}, ...parts) as object);
const effectBlock = fc.record({ Effect: effect });
const identityStatement = merged(effectBlock, actionBlock, resourceBlock, conditionBlock);
const resourceStatement = merged(effectBlock, actionBlock, resourceBlock, conditionBlock, principalBlock);

type Written = Partial<Record<'identity' | 'boundary' | 'session' | 'resource', readonly object[]>>;
const several = (statement: fc.Arbitrary<object>): fc.Arbitrary<object[]> =>
  fc.array(statement, { minLength: 1, maxLength: 4 });
const written: fc.Arbitrary<Written> = fc.record(
  {
    identity: several(identityStatement),
    boundary: several(identityStatement),
    session: several(identityStatement),
    resource: several(resourceStatement),
  },
  { requiredKeys: [] },
);

const kinds = { identity: 'inline', boundary: 'managed', session: 'session', resource: 'resource' } as const;

function compile(policies: Written): ApplicablePolicies {
  return Object.fromEntries(
    Object.entries(policies).map(([type, Statement]) => {
      const text = JSON.stringify({ Version: '2012-10-17', Statement });
      return [
        type,
        new PolicySet([{ name: type, document: parsePolicy(text, { kind: kinds[type as keyof Written] }) }]),
      ];
    }),
  );
}

const asked = fc.record({
  principal: fc.constantFrom(...principals),
  action: fc.constantFrom(...actions),
  resource: fc.constantFrom(...resources),
  context: fc
    .dictionary(
      fc.constantFrom('aws:username', 'aws:userid', 'aws:tagkeys'),
      fc.array(fc.constantFrom('u', 'a', 'c', ''), { maxLength: 2 }),
    )
    .map((keys) => new Map(Object.entries(keys))),
});
const outcomeOf = (request: Omit<AccessRequest, 'policies'>, policies: Written): string =>
  evaluate({ ...request, policies: compile(policies) }).outcome;

const rounds = { numRuns: 1_000 };

describe('[POL-21] whatever the policies', () => {
  const type = fc.constantFrom<keyof Written>('identity', 'boundary', 'session', 'resource');
  const everything = (type: keyof Written, Effect: string): object => ({
    Effect,
    Action: '*',
    Resource: '*',
    ...(type === 'resource' ? { Principal: '*' } : {}),
  });

  test('a Deny of everything denies', () =>
    fc.assert(
      fc.property(asked, written, type, (request, policies, type) => {
        const with_ = { ...policies, [type]: [...(policies[type] ?? []), everything(type, 'Deny')] };
        expect(outcomeOf(request, with_)).toBe('explicitDeny');
      }),
      rounds,
    ));

  test('one more Deny never allows what was not allowed', () =>
    fc.assert(
      fc.property(
        asked,
        written,
        type,
        identityStatement,
        resourceStatement,
        (request, policies, type, own, foreign) => {
          // A policy that was not there limits, if it is a boundary; so only those that are get longer.
          const present = policies[type];
          fc.pre(present !== undefined);
          const before = outcomeOf(request, policies);
          const statement = { ...(type === 'resource' ? foreign : own), Effect: 'Deny' };
          const after = outcomeOf(request, { ...policies, [type]: [...(present ?? []), statement] });
          if (before !== 'allowed') expect(after).not.toBe('allowed');
          if (before === 'explicitDeny') expect(after).toBe('explicitDeny');
        },
      ),
      rounds,
    ));

  test('one more Allow never denies what was allowed, nor lifts a Deny', () =>
    fc.assert(
      fc.property(
        asked,
        written,
        type,
        identityStatement,
        resourceStatement,
        (request, policies, type, own, foreign) => {
          const present = policies[type];
          fc.pre(present !== undefined);
          const before = outcomeOf(request, policies);
          const statement = { ...(type === 'resource' ? foreign : own), Effect: 'Allow' };
          const after = outcomeOf(request, { ...policies, [type]: [...(present ?? []), statement] });
          if (before !== 'implicitDeny') expect(after).toBe(before);
          else expect(after).not.toBe('explicitDeny');
        },
      ),
      rounds,
    ));

  test('a boundary or session policy never allows more', () =>
    fc.assert(
      fc.property(
        asked,
        written,
        fc.constantFrom<'boundary' | 'session'>('boundary', 'session'),
        (request, policies, type) => {
          const { [type]: _limit, ...without } = policies;
          if (outcomeOf(request, without) !== 'allowed') expect(outcomeOf(request, policies)).not.toBe('allowed');
        },
      ),
      rounds,
    ));

  test('the same again, with kept candidates, and in several policies instead of one', () =>
    fc.assert(
      fc.property(asked, written, (request, policies) => {
        const compiled = compile(policies);
        const first = evaluate({ ...request, policies: compiled });
        expect(evaluate({ ...request, policies: compiled })).toEqual(first);
        const apart = Object.fromEntries(
          Object.entries(policies).map(([type, statements]) => [
            type,
            new PolicySet(
              statements.flatMap((statement) => compile({ [type]: [statement] })[type as PolicyType]?.policies ?? []),
            ),
          ]),
        );
        const { outcome, by } = evaluate({ ...request, policies: apart });
        expect({ outcome, by }).toEqual({ outcome: first.outcome, by: first.by });
      }),
      rounds,
    ));

  test('[POL-30] an explanation has the same decision, and its statement among those that apply', () =>
    fc.assert(
      fc.property(asked, written, (request, policies) => {
        const whole = { ...request, policies: compile(policies) };
        const { decision, findings } = explain(whole);
        expect(decision).toEqual(evaluate(whole));
        const { source } = decision;
        if (source === undefined) return;
        expect(findings.some((finding) => finding.applies && finding.source.statement === source.statement)).toBe(true);
      }),
      rounds,
    ));
});

/** The obvious matcher: every split of the text, by recursion. `bound` says which wildcards may not take a colon. */
function slowMatch(pattern: string, text: string, bound: (place: number) => boolean, place = 0): boolean {
  const code = pattern[place];
  if (code === undefined) return text === '';
  const inPart = bound(place);
  if (code === '*') {
    for (let taken = 0; taken <= text.length; taken++) {
      if (inPart && text.slice(0, taken).includes(':')) break;
      if (slowMatch(pattern, text.slice(taken), bound, place + 1)) return true;
    }
    return false;
  }
  if (text === '' || (code === '?' ? inPart && text[0] === ':' : code !== text[0])) return false;
  return slowMatch(pattern, text.slice(1), bound, place + 1);
}

/** Which wildcards of a pattern stay within their part, said the long way. */
function boundBy(pattern: string, style: GlobStyle): (place: number) => boolean {
  return (place) => {
    if (style === 'text' || pattern === '*' || pattern.slice(0, place).split(':').length > 5) return false;
    const rest = pattern.slice(place).replace(/^\*+/, '');
    const goesOn = style === 'resource' && pattern[place] === '*' && (rest === '' || rest.startsWith(':'));
    return !goesOn;
  };
}

describe('[POL-12] the matcher agrees with the obvious one', () => {
  const letters = (choice: string[], maxLength: number): fc.Arbitrary<string> =>
    fc.array(fc.constantFrom(...choice), { maxLength }).map((parts) => parts.join(''));
  test.each<GlobStyle>(['text', 'resource', 'arn'])('%s', (style) => {
    fc.assert(
      fc.property(letters(['a', 'b', ':', ':', '*', '?', '**'], 9), letters(['a', 'b', ':'], 9), (pattern, text) => {
        const glob = staticGlob(readTemplate(pattern, { variables: false, wildcards: true }), style);
        expect(globMatches(glob, text)).toBe(slowMatch(pattern, text, boundBy(pattern, style)));
      }),
      { numRuns: 10_000 },
    );
  });
  test('actions', () => {
    fc.assert(
      fc.property(letters(['a', 'b', '*', '?'], 10), letters(['a', 'b'], 10), (pattern, text) => {
        expect(globMatches(globOf(codesOf(pattern, true)), text)).toBe(slowMatch(pattern, text, () => false));
      }),
      { numRuns: 10_000 },
    );
  });
});

describe('[POL-10] parsing throws MalformedPolicy or nothing', () => {
  const kind = fc.constantFrom<PolicyKind>('managed', 'inline', 'session', 'trust', 'resource');
  const harmless = (text: string, kind: PolicyKind): void => {
    try {
      parsePolicy(text, { kind });
    } catch (error) {
      expect(error).toBeInstanceOf(MalformedPolicy);
    }
  };
  test('for any text', () => fc.assert(fc.property(fc.string({ unit: 'binary' }), kind, harmless), rounds));
  test('for any JSON', () => fc.assert(fc.property(fc.json(), kind, harmless), rounds));
  test('for any values in the places of a policy', () => {
    const value = fc.oneof(
      fc.string(),
      fc.jsonValue({ maxDepth: 3 }),
      fc.constantFrom('*', 'Allow', 'ecs:*', 'arn:aws:s3:::b', '2012-10-17'),
    );
    const elements = [
      'Sid',
      'Effect',
      'Principal',
      'NotPrincipal',
      'Action',
      'NotAction',
      'Resource',
      'NotResource',
      'Condition',
    ];
    const statement = fc.dictionary(fc.constantFrom(...elements), value);
    const document = fc.record(
      { Version: value, Id: value, Statement: fc.oneof(value, statement, fc.array(statement)) },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(document, kind, (document, kind) => harmless(JSON.stringify(document), kind)),
      { numRuns: 3_000 },
    );
  });
  test('for a policy with a character changed', () => {
    const whole = JSON.stringify({
      Version: '2012-10-17',
      Statement: {
        Effect: 'Allow',
        Action: 'ecs:*',
        Resource: 'arn:aws:s3:::${aws:username}',
        Condition: { DateLessThan: { 'aws:CurrentTime': '2020-01-01' } },
      },
    });
    const change = fc.tuple(
      fc.nat(whole.length - 1),
      fc.oneof(fc.constantFrom('"', '{', '}', '[', ']', ',', ':', '\\', '*', '$'), fc.string({ maxLength: 1 })),
    );
    fc.assert(
      fc.property(change, kind, ([at, char], kind) => harmless(whole.slice(0, at) + char + whole.slice(at + 1), kind)),
      rounds,
    );
  });
});

describe('[POL-32] hostile patterns cost time in proportion', () => {
  /** Milliseconds of CPU that `run` takes. */
  const cpu = (run: () => void): number => {
    const start = process.cpuUsage();
    run();
    return process.cpuUsage(start).user / 1_000;
  };
  const user = principals[1]!;
  /** An evaluation of a statement whose resources are `pattern` until the document is full, for a long resource that nearly matches. */
  const evaluation = (pattern: string, resource: string, characters: number): (() => void) => {
    const count = Math.max(1, Math.floor(characters / (pattern.length + 3)));
    const Resource = Array.from({ length: count }, () => pattern);
    const text = JSON.stringify({ Version: '2012-10-17', Statement: { Effect: 'Allow', Action: '*', Resource } });
    const identity = new PolicySet([{ name: 'p', document: parsePolicy(text, { kind: 'inline' }) }]);
    return () => {
      expect(
        evaluate({ principal: user, action: 'ecs:RunTask', resource, context: new Map(), policies: { identity } })
          .outcome,
      ).toBe('implicitDeny');
    };
  };
  const head = 'arn:aws:ecs:us-east-1:111122223333:';
  test.each<readonly [string, string, string]>([
    ['stars', `arn:aws:ecs:*:*:${'a*'.repeat(500)}b`, 'a'],
    ['a star before much text', `arn:aws:ecs:*:*:*${'a'.repeat(300)}b`, 'a'],
    ['stars and question marks', `arn:aws:ecs:*:*:${'*a?'.repeat(300)}b`, 'a'],
    ['stars that stay in their part after one that does not', `arn:aws:ecs:*:${'a*'.repeat(500)}b:x`, 'a:'],
    ['colons', `arn:aws:ecs:${'*:'.repeat(300)}b`, ':'],
  ])('%s', (_what, pattern, letters) => {
    const run = (length: number): number => cpu(evaluation(pattern, head + letters.repeat(length), 10_240));
    run(100);
    const short = Math.max(run(1_000), 2);
    const long = run(8_000);
    // Eight times the text; a pattern tried in every way would take longer than anybody lives.
    expect(long / short).toBeLessThan(40);
    expect(long).toBeLessThan(10_000);
  });
  test('thousands of statements, actions and values', () => {
    const Action = Array.from({ length: 3_000 }, (_, index) => `ecs:*a${index}*b*`);
    const values = Array.from({ length: 2_000 }, (_, index) => `${'*a'.repeat(5)}${index}`);
    const statement = {
      Effect: 'Allow',
      Action,
      Resource: '*',
      Condition: { 'ForAnyValue:StringLike': { 'x:y': values } },
    };
    const text = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
    const context = new Map([['x:y', Array.from({ length: 50 }, () => 'a'.repeat(255))]]);
    let identity: PolicySet | undefined;
    const parse = cpu(() => {
      identity = new PolicySet([{ name: 'p', document: parsePolicy(text, { kind: 'inline' }) }]);
    });
    const decide = cpu(() => {
      evaluate({
        principal: user,
        action: `ecs:${'a'.repeat(100)}0b`,
        resource: '*',
        context,
        policies: { identity: identity! },
      });
    });
    expect(parse).toBeLessThan(2_000);
    expect(decide).toBeLessThan(5_000);
  });
});
