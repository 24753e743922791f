import { expect, test } from 'vitest';
import { conditionValues, passRoleQuestion, questionsOnEach } from './index.ts';

test('[AUT-7] keys have no case, functions and stored tags are called when they are asked for', () => {
  const calls: string[] = [];
  const values = conditionValues({
    keys: {
      'ecs:Cluster': 'c',
      'ecs:none': undefined,
      'ecs:empty': [],
      'ecs:flag': false,
      'ecs:lazy': () => {
        calls.push('lazy');
        return ['a', 'b'];
      },
    },
    requestTags: [
      { key: 'Stage', value: 'test' },
      { key: 'stage', value: 'beta' },
    ],
    resourceTags() {
      calls.push('stored');
      return [{ key: 'Owner', value: 'ann' }];
    },
    service: 'ecs',
  });
  expect(values.get('ecs:cluster')).toEqual(['c']);
  expect(values.get('ecs:none')).toBeUndefined();
  expect(values.get('ecs:empty')).toBeUndefined();
  expect(values.get('ecs:flag')).toEqual(['false']);
  expect(values.get('aws:tagkeys')).toEqual(['Stage', 'stage']);
  expect(values.get('aws:requesttag/stage')).toEqual(['test', 'beta']);
  expect(values.get('aws:requesttag/other')).toBeUndefined();
  expect(values.get('aws:sourceip')).toBeUndefined();
  expect(values.get('logs:resourcetag/owner')).toBeUndefined();
  expect(calls).toEqual([]);
  expect(values.get('ecs:lazy')).toEqual(['a', 'b']);
  expect(values.get('aws:resourcetag/owner')).toEqual(['ann']);
  expect(values.get('ecs:resourcetag/owner')).toEqual(['ann']);
  expect(calls).toEqual(['lazy', 'stored']);
});

test('a request without tags has no aws:TagKeys, and one that names keys only has no aws:RequestTag', () => {
  expect(conditionValues({ requestTags: [] }).get('aws:tagkeys')).toBeUndefined();
  const untag = conditionValues({ tagKeys: ['a'] });
  expect(untag.get('aws:tagkeys')).toEqual(['a']);
  expect(untag.get('aws:requesttag/a')).toBeUndefined();
});

test('a resource that is not there has no tags', () => {
  expect(conditionValues({ resourceTags: () => undefined }).get('aws:resourcetag/a')).toBeUndefined();
});

test('[AUT-6] each named thing is asked about once, and everything when none is named or too many', () => {
  const ask = (resource: string) => ({ action: 's:A', resource });
  const asked = (names: readonly string[] | undefined) =>
    questionsOnEach(names, { max: 2, any: () => ask('*') }, ask).map(({ resource }) => resource);
  expect(asked(['a', 'b', 'a'])).toEqual(['a', 'b']);
  expect(asked([])).toEqual(['*']);
  expect(asked(undefined)).toEqual(['*']);
  expect(asked(['a', 'b', 'c'])).toEqual(['a', 'b', '*']);
});

test('[AUT-5] passing a role is asked with the service it is passed to', () => {
  const { action, resource, context } = passRoleQuestion(
    'arn:aws:iam::123456789012:role/app',
    'ecs-tasks.amazonaws.com',
  );
  expect([action, resource]).toEqual(['iam:PassRole', 'arn:aws:iam::123456789012:role/app']);
  expect(context?.get('iam:passedtoservice')).toEqual(['ecs-tasks.amazonaws.com']);
});
