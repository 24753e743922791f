import { expect, test } from 'vitest';
import { Turns } from './turns.ts';

test('one key runs in order, also after a failure; another key does not wait; nothing is kept', async () => {
  const turns = new Turns();
  const seen: string[] = [];
  const release: (() => void)[] = [];
  const step =
    (name: string, fails = false) =>
    async (): Promise<string> => {
      seen.push(`${name} starts`);
      await new Promise<void>((resolve) => release.push(resolve));
      seen.push(`${name} ends`);
      if (fails) throw new Error(name);
      return name;
    };
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const first = turns.take('a', step('first', true));
  const second = turns.take('a', step('second'));
  const other = turns.take('b', step('other'));
  const failed = first.catch((error: unknown) => String(error));
  await settle();
  expect(seen).toEqual(['first starts', 'other starts']);
  for (let round = 0; round < 3; round++) {
    for (const go of release.splice(0)) go();
    await settle();
  }
  expect(await failed).toBe('Error: first');
  expect(await second).toBe('second');
  expect(await other).toBe('other');
  expect(seen.indexOf('first ends')).toBeLessThan(seen.indexOf('second starts'));
  expect(turns.size).toBe(0);
});
