import { expect, test } from 'vitest';
import type { ContainerRuntime } from '../../runtime/index.ts';
import { EngineUnavailable } from '../../runtime/index.ts';
import { keptLog, realClock, realIds } from '../contract/real-time.ts';
import { Images } from './images.ts';

test('an engine that is away is no failed pull: the caller can wait for it', async () => {
  const away = new EngineUnavailable('the engine does not answer');
  const runtime = {
    inspectImage: () => Promise.resolve(undefined),
    pullImage: () => Promise.reject(away),
  } as unknown as ContainerRuntime;
  const clock = { ...realClock, after: (_: number, run: () => void) => realClock.after(0, run) };
  const images = new Images({ runtime, behavior: 'default', clock, ids: realIds, log: keptLog() });
  await expect(images.ensure('web:1')).rejects.toBe(away);
});
