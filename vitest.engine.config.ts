import { defineConfig } from 'vitest/config';

/** Tests against a real container engine; one file at a time, because they share the machine's network and the engine. */
export default defineConfig({
  test: {
    include: ['src/**/*.engine.test.ts', 'test/**/*.engine.test.ts'],
    testTimeout: 180_000,
    hookTimeout: 180_000,
    pool: 'forks',
    fileParallelism: false,
  },
});
