import { expect, test } from 'vitest';
import { explained } from './explained.ts';
import { readSettings, type Option } from './options.ts';

const question = { principal: 'arn:aws:iam::1:role/app', action: 'ecs:RunTask', resource: '*' };
const member = (policy: string, type: string): string =>
  `<member><SourcePolicyId>${policy}</SourcePolicyId><SourcePolicyType>${type}</SourcePolicyType><StartPosition><Line>3</Line><Column>5</Column></StartPosition><EndPosition><Line>9</Line><Column>6</Column></EndPosition></member>`;
const answer = (decision: string, statements = '', rest = ''): string =>
  `<EvaluationResults><member><EvalDecision>${decision}</EvalDecision><MatchedStatements>${statements}</MatchedStatements>${rest}</member></EvaluationResults>`;

test.each<[string, string, boolean, string[]]>([
  [
    'allowed',
    answer('allowed', member('RunWeb', 'role')),
    true,
    [
      "arn:aws:iam::1:role/app may ecs:RunTask on *: allowed by the statement in lines 3 to 9 of RunWeb (the role's own)",
    ],
  ],
  [
    'denied',
    answer('explicitDeny', member('Stop', 'user-managed')),
    false,
    [
      'arn:aws:iam::1:role/app may not ecs:RunTask on *: denied by the statement in lines 3 to 9 of Stop (a managed policy of the account)',
    ],
  ],
  [
    'not allowed, with keys missing',
    answer('implicitDeny', '', '<MissingContextValues><member>ecs:cluster</member></MissingContextValues>'),
    false,
    [
      'arn:aws:iam::1:role/app may not ecs:RunTask on *: no policy allows it',
      'its policies also ask for ecs:cluster: give them with --context',
    ],
  ],
  [
    'outside the boundary',
    answer('implicitDeny', '', '<AllowedByPermissionsBoundary>false</AllowedByPermissionsBoundary>'),
    false,
    ['arn:aws:iam::1:role/app may not ecs:RunTask on *: its permissions boundary does not allow it'],
  ],
])('[AUTH-8] %s', (_name, xml, allowed, lines) => {
  expect(explained(question, xml)).toEqual({ allowed, lines });
});

test('arguments without a name, and an option that is given more than once', () => {
  const options: readonly Option[] = [{ name: 'context', value: 'KEY=VALUE', about: 'a key', many: true }];
  const settings = readSettings(options, ['explain', '--context', 'a=1', 'x', '--context', 'b=2'], {}, ['WHAT', 'OF']);
  expect([settings.argument(0), settings.argument(1)]).toEqual(['explain', 'x']);
  expect(settings.all('context')).toEqual(['a=1', 'b=2']);
  expect(readSettings(options, ['a', 'b'], {}, ['WHAT', 'OF']).all('context')).toEqual([]);
  expect(() => readSettings(options, ['explain'], {}, ['WHAT', 'OF'])).toThrow('these arguments are needed: WHAT OF');
});
