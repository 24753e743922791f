import { describe, expect, test } from 'vitest';
import { day } from '../contract/opened-ecr.ts';
import { decideExpiries, type LifecycleImage } from './decide.ts';
import { readPolicy } from './read-policy.ts';

const nowMs = 1_000 * day;

/** `a:v1,v2@3` is an image a with two tags, pushed three days ago. */
function images(text: string): readonly LifecycleImage[] {
  return text.split(' ').map((each) => {
    const [, digest = '', tags = '', days = '0', named] = /^(\w+):([^@]*)@(\d+)(!?)$/.exec(each) ?? [];
    return {
      digest,
      tags: tags === '' ? [] : tags.split(','),
      pushedAtMs: nowMs - Number(days) * day - 1,
      isNamed: named === '!',
    };
  });
}

function rule(rulePriority: number, selection: object): object {
  return { rulePriority, selection, action: { type: 'expire' } };
}

const untagged = { tagStatus: 'untagged' };
const any = { tagStatus: 'any' };
const tagged = (...tagPrefixList: string[]) => ({ tagStatus: 'tagged', tagPrefixList });
const patterns = (...tagPatternList: string[]) => ({ tagStatus: 'tagged', tagPatternList });
const more = (countNumber: number) => ({ countType: 'imageCountMoreThan', countNumber });
const older = (countNumber: number) => ({ countType: 'sinceImagePushed', countUnit: 'days', countNumber });

function expired(rules: readonly object[], given: string): string {
  const policy = readPolicy(JSON.stringify({ rules }));
  if ('problem' in policy) throw new Error(policy.problem);
  return decideExpiries(policy, images(given), nowMs)
    .map(({ digest, rule: by }) => `${digest}/${by}`)
    .join(' ');
}

describe('[ECR-7] what a lifecycle policy expires', () => {
  test.each<[string, readonly object[], string, string]>([
    ['the oldest beyond a count', [rule(1, { ...any, ...more(2) })], 'a:v1@1 b:@2 c:v2@3 d:@4', 'c/1 d/1'],
    ['what is older than some days', [rule(1, { ...untagged, ...older(7) })], 'a:@6 b:@7 c:@9 d:v1@30', 'b/1 c/1'],
    [
      'images that have a tag with the prefix',
      [rule(1, { ...tagged('dev'), ...more(1) })],
      'a:dev1@1 b:dev2,x@2 c:prod@3',
      'b/1',
    ],
    [
      'images that have tags for all prefixes',
      [rule(1, { ...tagged('a', 'b'), ...older(1) })],
      'a:a1@3 b:a1,b1@3',
      'b/1',
    ],
    ['images by pattern', [rule(1, { ...patterns('*-rc*'), ...older(1) })], 'a:1.0-rc1@3 b:1.0@3', 'a/1'],
    [
      'nothing of what a rule of higher priority is about',
      [rule(1, { ...tagged('prod'), ...more(2) }), rule(2, { ...any, ...older(1) })],
      'a:prod1@5 b:prod2@6 c:dev@7 d:@8',
      'c/2 d/2',
    ],
    [
      'every rule counts all images as if it were alone',
      [rule(1, { ...tagged('prod'), ...more(5) }), rule(2, { ...any, ...more(1) })],
      'a:prod1@1 b:dev@2',
      'b/2',
    ],
    [
      'rules in the order of their priority, not of the text',
      [rule(9, { ...any, ...more(1) }), rule(1, { ...untagged, ...more(1) })],
      'a:@1 b:@2 c:v@3',
      'b/1 c/9',
    ],
    ['no image that an index names', [rule(1, { ...untagged, ...older(1) })], 'a:@5! b:@5', 'b/1'],
  ])('%s', (_name, rules, given, want) => {
    expect(expired(rules, given)).toBe(want);
  });
});

describe('[ECR-8] a lifecycle policy that is refused', () => {
  test.each<[unknown, RegExp]>([
    ['{', /not JSON/],
    [[], /not an object/],
    [{ rules: [] }, /between 1 and 50/],
    [{ rules: [rule(1, { ...any, ...more(1) })], extra: 1 }, /unknown member 'extra'/],
    [{ rules: [{ ...rule(1, { ...any, ...more(1) }), action: { type: 'keep' } }] }, /must be 'expire'/],
    [
      { rules: [{ ...rule(1, { ...any, ...more(1) }), action: { type: 'transition' } }] },
      /not implemented by Longshore/,
    ],
    [{ rules: [rule(0, { ...any, ...more(1) })] }, /at least 1/],
    [{ rules: [rule(1, { ...any, ...more(0) })] }, /at least 1/],
    [{ rules: [rule(1, { ...any, countType: 'sinceImagePushed', countNumber: 1 })] }, /countUnit must be 'days'/],
    [{ rules: [rule(1, { ...any, ...more(1), countUnit: 'days' })] }, /countUnit can only be given/],
    [
      { rules: [rule(1, { ...any, countType: 'sinceImagePulled', countUnit: 'days', countNumber: 1 })] },
      /not implemented by Longshore/,
    ],
    [{ rules: [rule(1, { tagStatus: 'tagged', ...more(1) })] }, /either tagPrefixList or tagPatternList/],
    [{ rules: [rule(1, { ...untagged, tagPrefixList: ['x'], ...more(1) })] }, /only if tagStatus is 'tagged'/],
    [{ rules: [rule(1, { ...patterns('*1*2*3*4*5'), ...more(1) })] }, /more than 4 wildcards/],
    [{ rules: [rule(1, { ...any, ...more(1) }), rule(1, { ...untagged, ...more(1) })] }, /another rulePriority/],
    [{ rules: [rule(1, { ...any, ...more(1) }), rule(2, { ...untagged, ...more(1) })] }, /highest rulePriority/],
    [
      { rules: [rule(1, { ...untagged, ...more(1) }), rule(2, { ...untagged, ...more(2) })] },
      /only one rule for each countType/,
    ],
  ])('%j', (policy, want) => {
    const read = readPolicy(typeof policy === 'string' ? policy : JSON.stringify(policy));
    expect('problem' in read ? read.problem : 'fine').toMatch(want);
  });
});
