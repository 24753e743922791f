import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { PolicySet, parsePolicy } from '../policy/index.ts';
import type { Identities } from '../services/iam/index.ts';
import { SimClock } from '../testkit/index.ts';
import { fileSystemDirectories } from './file-system-directories.ts';
import { fileSystemPolicies } from './file-system-policies.ts';

const account = '123456789012';
const id = 'fs-0123456789abcdef0';

test('[EFS-14] the data of a file system is a directory behind one that only its owner may enter, and goes with it', async () => {
  const root = join(mkdtempSync(join(tmpdir(), 'longshore-efs-')), 'efs');
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const clock = new SimClock(() => new Promise((resolve) => setImmediate(resolve)));
  const directories = fileSystemDirectories(root, clock);
  await directories.make(account, id);
  expect(statSync(join(root, account)).mode & 0o777).toBe(0o700);
  expect(statSync(join(root, account, id)).mode & 0o777).toBe(0o755);
  expect(await directories.size(account, id)).toEqual({ bytes: 6_144, atMs: clock.nowMs() });
  writeFileSync(join(root, account, id, 'file'), 'x'.repeat(100_000));
  expect((await fileSystemDirectories(root, clock).size(account, id)).bytes).toBeGreaterThan(100_000);
  await directories.remove(account, id);
  expect([existsSync(join(root, account, id)), existsSync(join(root, account, `${id}.removed`))]).toEqual([
    false,
    false,
  ]);
  await directories.remove(account, id);
});

test('[EFS-14] a directory that does not answer is measured once, and nobody waits for it for long', async () => {
  const clock = new SimClock(() => new Promise((resolve) => setImmediate(resolve)));
  const asked: string[] = [];
  let answer: (bytes: number) => void = () => undefined;
  const directories = fileSystemDirectories('/efs', clock, (path) => {
    asked.push(path);
    return new Promise((resolve) => {
      answer = resolve;
    });
  });
  const sizes = Promise.all([
    directories.size(account, 'fs-1'),
    directories.size(account, 'fs-1'),
    directories.size(account, 'fs-2'),
  ]);
  await clock.advance(2_000);
  expect((await sizes).map(({ bytes }) => bytes)).toEqual([6_144, 6_144, 6_144]);
  expect(asked).toEqual([`/efs/${account}/fs-1`]);
  answer(10_000);
  await clock.advance(0);
  expect(await directories.size(account, 'fs-1')).toMatchObject({ bytes: 10_000 });
  expect(asked).toEqual([`/efs/${account}/fs-1`, `/efs/${account}/fs-2`]);
});

test("[EFS-15] the file system's policy or the role's allows a client, and either denies it", () => {
  const arn = `arn:aws:elasticfilesystem:us-east-1:${account}:file-system/${id}`;
  const statement = (Effect: string, more: object = {}) => ({
    Effect,
    Principal: '*',
    Action: 'elasticfilesystem:Client*',
    ...more,
  });
  const policy = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });
  const roleOf = (...Statement: object[]) =>
    ({
      role: (_account: string, name: string) => (name === 'app' ? { id: 'AROAAPP' } : undefined),
      ofRole: () => ({
        identity: new PolicySet(
          Statement.length === 0
            ? []
            : [{ name: 'own', document: parsePolicy(policy(...Statement), { kind: 'inline' }) }],
        ),
        tags: [],
      }),
    }) as unknown as Identities;
  const own = (Effect: string, Action: string) => ({ Effect, Action, Resource: arn });
  const role = `arn:aws:iam::${account}:role/app`;
  const onlyRole = policy({ ...statement('Allow'), Principal: { AWS: role } });
  const nobody = policy({ ...statement('Allow'), Principal: { AWS: `arn:aws:iam::${account}:role/other` } });
  const all = { mount: true, write: true, root: true };
  const none = { mount: false, write: false, root: false };
  const table: readonly (readonly [string, Identities, string | undefined, string, boolean, object])[] = [
    ['anybody, by a policy for all', roleOf(), undefined, policy(statement('Allow')), false, all],
    ['nobody unnamed, by a policy for a role', roleOf(), undefined, onlyRole, true, none],
    ['the role that is named', roleOf(), role, onlyRole, true, all],
    ['a role of another account is nobody', roleOf(), 'arn:aws:iam::999999999999:role/app', onlyRole, true, none],
    ['a role without rights', roleOf(), role, nobody, true, none],
    [
      "by the role's own policy",
      roleOf(own('Allow', 'elasticfilesystem:ClientMount')),
      role,
      nobody,
      true,
      { ...none, mount: true },
    ],
    [
      'the role denies itself writing',
      roleOf(own('Deny', 'elasticfilesystem:ClientWrite')),
      role,
      policy(statement('Allow')),
      true,
      { ...all, write: false },
    ],
    [
      'the role denies itself mounting',
      roleOf(own('Deny', 'elasticfilesystem:ClientMount')),
      role,
      policy(statement('Allow')),
      true,
      none,
    ],
    [
      'only over TLS',
      roleOf(),
      undefined,
      policy(statement('Allow'), statement('Deny', { Condition: { Bool: { 'aws:SecureTransport': 'false' } } })),
      false,
      none,
    ],
  ];
  for (const [name, identities, roleArn, text, encrypted, want] of table)
    expect(
      fileSystemPolicies(identities).access({
        account,
        fileSystemArn: arn,
        ...(roleArn === undefined ? {} : { roleArn }),
        sessionName: 's',
        policy: text,
        encrypted,
      }),
      name,
    ).toEqual(want);
});
