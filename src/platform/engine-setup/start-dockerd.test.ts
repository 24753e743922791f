import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { dockerdPid, startDockerd } from './start-dockerd.ts';

const folder = mkdtempSync(join(tmpdir(), 'ls-dockerd-'));
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

test("starts where a killed dockerd left a pid file with another process's number", async () => {
  writeFileSync(join(folder, 'docker.pid'), `${process.pid}`);
  expect(await dockerdPid(folder)).toBeUndefined();
  // Stands in for dockerd, which ends when its pid file names a living process: it notes that it found none.
  const standIn = `#!/bin/sh\n[ -e "${folder}/docker.pid" ] && exit 1\ntouch "${folder}/started"; exit 3\n`;
  writeFileSync(join(folder, 'dockerd'), standIn, { mode: 0o755 });
  vi.stubEnv('PATH', `${folder}:${process.env['PATH']}`);
  await expect(startDockerd(folder)).rejects.toThrow('it ended with code 3');
  expect(existsSync(join(folder, 'started'))).toBe(true);
});
