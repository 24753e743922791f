import { EventEmitter } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { Channel } from './channel.ts';
import type { Failure, Numbered } from './messages.ts';

/** A thread whose end follows its last reply at once, as Node delivers both where the machine is busy. */
class HastyThread extends EventEmitter {
  postMessage({ id }: Numbered): void {
    setImmediate(() => {
      this.emit('message', { id });
      this.emit('exit', 0);
    });
  }
  terminate(): Promise<number> {
    return Promise.resolve(0);
  }
}

test('a thread that ends because it was asked to is not broken', async () => {
  const failures: Failure[] = [];
  const channel = new Channel(new HastyThread() as unknown as Worker, (failure) => failures.push(failure));
  await channel.close();
  expect(failures).toEqual([]);
});
