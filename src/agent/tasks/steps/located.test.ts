import { beforeEach, expect, test, vi } from 'vitest';
import { SimClock } from '../../../testkit/index.ts';
import { locateFileSystems } from '../../hooks/file-systems.ts';
import { limits } from '../../limits.ts';
import type { TaskRunner } from '../task-runner.ts';
import { located } from './located.ts';

vi.mock(import('../../hooks/file-systems.ts'), async (original) => ({
  ...(await original()),
  locateFileSystems: vi.fn<typeof locateFileSystems>(),
}));
const locate = vi.mocked(locateFileSystems);
beforeEach(() => locate.mockReset());

function runner(clock: SimClock, efsDirectory: string): TaskRunner {
  return { parts: { clock, place: { efsDirectory } }, payload: { volumes: [{ name: 'data', type: 'efs' }] } } as never;
}

test('[EFS-11] a directory that does not answer is asked once at a time, and each of its tasks fails after a minute', async () => {
  const clock = new SimClock(() => new Promise((resolve) => setImmediate(resolve)));
  let answer: (found: Record<string, never>) => void = () => undefined;
  locate.mockImplementation(
    () =>
      new Promise((resolve) => {
        answer = resolve;
      }),
  );
  const words: string[] = [];
  const tasks = Array.from({ length: 5 }, () =>
    located(runner(clock, '/hangs')).catch((error: Error) => void words.push(error.message)),
  );
  await clock.advance(limits.fileSystemsMs);
  await Promise.all(tasks);
  expect(words.filter((text) => text.includes('Connection timed out'))).toHaveLength(5);
  expect(locate).toHaveBeenCalledTimes(1);
  // When it answers after all, it is not asked for those that gave up.
  answer({});
  await clock.advance(0);
  expect(locate).toHaveBeenCalledTimes(1);
  locate.mockResolvedValue({});
  expect(await located(runner(clock, '/hangs'))).toEqual({});
});
