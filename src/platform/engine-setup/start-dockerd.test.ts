import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { dockerdPid, startDockerd } from './start-dockerd.ts';

const folder = mkdtempSync(join(tmpdir(), 'ls-dockerd-'));
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

test('starts where a killed dockerd left pid files with numbers of other processes', async () => {
  const pidFiles = [join(folder, 'docker.pid'), join(folder, 'exec/containerd/containerd.pid')];
  mkdirSync(join(folder, 'exec/containerd'), { recursive: true });
  for (const file of pidFiles) writeFileSync(file, `${process.pid}`);
  expect(await dockerdPid(folder)).toBeUndefined();
  // Stands in for dockerd, which does not start when a pid file names a living process: it notes that it found none.
  const checks = pidFiles.map((file) => `[ -e "${file}" ] && exit 1`).join('\n');
  const standIn = `#!/bin/sh\n${checks}\ntouch "${folder}/started"; exit 3\n`;
  writeFileSync(join(folder, 'dockerd'), standIn, { mode: 0o755 });
  vi.stubEnv('PATH', `${folder}:${process.env['PATH']}`);
  await expect(startDockerd(folder)).rejects.toThrow('it ended with code 3');
  expect(existsSync(join(folder, 'started'))).toBe(true);
});
