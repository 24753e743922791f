import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { databaseDirectories } from './database-directories.ts';
import { passwordVerifier } from './password-verifier.ts';
import { postgresImages } from './postgres-images.ts';

test('[RDS-2] the verifier of a password is as PostgreSQL makes it', () => {
  // Made by PostgreSQL 15: create role r password 'pencil-pencil'.
  const kept =
    'SCRAM-SHA-256$4096:8dYIOVxFXZsMGviLWasaSQ==$QcALjSEFdTgTxwY2qwEfwDPAPqjA1s4H9EigJYThhiw=:s0QvRbZenfuc12JnJt2LmKjEqYzkJaWh3mlCV5IHQko=';
  const salt = Buffer.from(/:([^$]+)\$/.exec(kept)?.[1] ?? '', 'base64');
  expect(passwordVerifier('pencil-pencil', salt)).toBe(kept);
  expect(passwordVerifier('pencil-pencil')).not.toBe(kept);
});

test('[RDS-20] a directory a database: what it is told, what it answers, and its end', async () => {
  const root = mkdtempSync(join(tmpdir(), 'longshore-rds-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const directories = databaseDirectories(join(root, 'rds'));
  await directories.make('123456789012', 'db-A');
  const path = directories.path('123456789012', 'db-A');
  expect(await readFile(join(path, 'id'), 'utf8')).toBe('db-A\n');
  expect(statSync(join(root, 'rds', '123456789012')).mode & 0o777).toBe(0o700);
  await expect(directories.make('123456789012', 'db-A')).rejects.toThrow('EEXIST');

  const password = { verifier: 'SCRAM-SHA-256$4096:a$b:c', version: 2 };
  await directories.sayPassword('123456789012', 'db-A', password);
  const said = join(path, 'control', 'password');
  expect([await readFile(said, 'utf8'), statSync(said).mode & 0o777]).toEqual(['2 SCRAM-SHA-256$4096:a$b:c\n', 0o600]);
  const { mtimeMs } = statSync(said);
  await directories.sayPassword('123456789012', 'db-A', password);
  expect(statSync(said).mtimeMs).toBe(mtimeMs);

  expect(await directories.ready('123456789012', 'db-A')).toBe(undefined);
  for (const [text, expected] of [
    ['', undefined],
    ['3', undefined],
    ['3 2\n', { boot: 3, passwordVersion: 2 }],
  ] as const) {
    writeFileSync(join(path, 'state', 'ready'), text);
    expect(await directories.ready('123456789012', 'db-A')).toEqual(expected);
  }
  await directories.remove('123456789012', 'db-A');
  await directories.remove('123456789012', 'db-A');
  expect(existsSync(path)).toBe(false);
});

test('[RDS-4] on a control plane without an engine the image must be named, with its version in the tag', async () => {
  const named = (reference: string | undefined) => postgresImages({ named: reference, engine: undefined })();
  expect(await named(undefined)).toEqual([]);
  expect(await named('registry.test:5000/postgres:16.4-bookworm')).toEqual([
    { reference: 'registry.test:5000/postgres:16.4-bookworm', version: '16.4' },
  ]);
  await expect(named('postgres')).rejects.toThrow('name the image with a tag such as postgres:16.4');
});
