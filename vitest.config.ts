import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'scripts/**/*.test.ts'],
    // *.engine.test.ts need a container engine and run by their own command (see CONTRIBUTING.md).
    exclude: ['src/**/*.engine.test.ts', '**/node_modules/**'],
    // A hang still fails; a slow machine running the real clients and the simulation does not.
    testTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
  },
});
