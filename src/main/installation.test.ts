import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Internal, Unavailable } from '../kernel/index.ts';
import { isInstallation, openInstallation } from './installation.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'longshore-installation-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test('is made once and opened again as it was', () => {
  const place = join(directory, 'a', 'b');
  expect(isInstallation(place)).toBe(false);
  const made = openInstallation(place);
  expect(isInstallation(place)).toBe(true);
  expect(openInstallation(place)).toEqual(made);
  expect(made.sealingKey).toHaveLength(32);
});

test('a directory that cannot be made is named, with what to do', () => {
  writeFileSync(join(directory, 'file'), '');
  const place = join(directory, 'file', 'data');
  expect(() => openInstallation(place)).toThrow(Unavailable);
  expect(() => openInstallation(place)).toThrow(/data directory .*\/file\/data cannot be used \(ENOTDIR.*--data-dir$/);
});

test.each(['{', '{"pool":1}'])('a file that is no installation (%s) is not written over', (text) => {
  writeFileSync(join(directory, 'installation.json'), text);
  expect(() => openInstallation(directory)).toThrow(Internal);
  expect(() => openInstallation(directory)).toThrow('move it away to start anew');
});
