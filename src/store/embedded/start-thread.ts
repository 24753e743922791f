import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { ThreadData } from './thread.ts';

/** Starts thread.ts: the compiled file, or the source itself where the sources run (tests, development). */
export function startThread(workerData: ThreadData): Worker {
  const options = { name: 'longshore-store', workerData };
  if (!import.meta.url.endsWith('.ts')) return new Worker(new URL('./thread.js', import.meta.url), options);
  // A thread does not inherit the loader that runs TypeScript here, so it gets its own: the one for CommonJS, which
  // starts twice as fast as the other.
  const { resolve } = createRequire(import.meta.url);
  const source = fileURLToPath(new URL('./thread.ts', import.meta.url));
  const code = `require(${JSON.stringify(resolve('tsx/cjs/api'))}).register(); require(${JSON.stringify(source)});`;
  return new Worker(code, { ...options, eval: true });
}
