import { expect, test } from 'vitest';
import { toText } from '../../kernel/index.ts';
import { EventChunk, maxCharacterBytes } from './event-chunk.ts';
import { EventWriter } from './event.ts';

const facts = new EventWriter().factsOf({ service: { name: 'ecs', signingName: 'ecs' }, operation: 'RunTask' });
const here = { account: '123456789012', region: 'us-east-1' };
const there = { ...here, region: 'eu-west-1' };

test('events come out by account and region, in their order, byte for byte; a clock that was set back disorders nothing', () => {
  const chunk = new EventChunk(1_000);
  expect(chunk.add(here, { timeMs: 5, json: '{"a":"é"}', facts })).toBe(10);
  expect(chunk.add(there, { timeMs: 6, json: '{}', facts })).toBe(2);
  expect(chunk.add(here, { timeMs: 3, json: '"€😀"', facts })).toBe(9);
  expect([chunk.events, chunk.used]).toEqual([3, 21]);
  const shown = chunk
    .batches()
    .map(({ scope, events }) => [scope.region, events.map(({ timeMs, json }) => [timeMs, toText(json)])]);
  expect(shown).toEqual([
    [
      'us-east-1',
      [
        [5, '{"a":"é"}'],
        [5, '"€😀"'],
      ],
    ],
    ['eu-west-1', [[6, '{}']]],
  ]);
  chunk.clear();
  expect([chunk.events, chunk.used, chunk.batches()]).toEqual([0, 0, []]);
});

test('an event that may not fit is not taken, one that surely does is', () => {
  const chunk = new EventChunk(30);
  expect(chunk.add(here, { timeMs: 1, json: 'x'.repeat(11), facts })).toBeUndefined();
  const json = '€'.repeat(30 / maxCharacterBytes);
  expect(chunk.add(here, { timeMs: 1, json, facts })).toBe(30);
  expect(chunk.add(here, { timeMs: 1, json: 'x', facts })).toBeUndefined();
  expect(chunk.batches().map(({ events }) => events.map((event) => toText(event.json)))).toEqual([[json]]);
});
