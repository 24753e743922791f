import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { CallerPrincipal } from '../protocol/api/index.ts';
import { InstallationCredentials, noSuchRole } from './credentials.ts';
import type { Installation } from './installation.ts';
import { SessionTokens, type Session } from './session-tokens.ts';

const installation: Installation = {
  directory: '/nowhere',
  sealingKey: randomBytes(32),
  pool: { accessKeyId: 'POOL', secretAccessKey: 'p' },
  root: { accessKeyId: 'ROOT', secretAccessKey: 'r' },
};
const tokens = new SessionTokens(installation.sealingKey);
const owner = '111122223333';
const key = {
  id: 'AKIA1',
  account: owner,
  userName: 'alice',
  status: 'Active' as 'Active' | 'Inactive',
  createdAtMs: 0,
};
const alice = { account: owner, name: 'alice', path: '/dev/', id: 'AIDA1' };
const app = { account: owner, name: 'app', id: 'AROA1' };
const arn = `arn:aws:sts::${owner}:assumed-role/app/s`;
const sessionOfApp: CallerPrincipal = {
  type: 'role-session',
  account: owner,
  arn,
  roleArn: `arn:aws:iam::${owner}:role/svc/app`,
  roleId: 'AROA1',
  sessionName: 's',
};

function open(wellKnownAllowed = false) {
  const state = {
    key,
    user: alice as typeof alice | undefined,
    role: app as typeof app | undefined,
    changes: 0,
    nowMs: 1_000,
  };
  const liveTasks = new Set(['arn:task']);
  const credentials = new InstallationCredentials({
    installation,
    tokens,
    identities: {
      get changes() {
        return state.changes;
      },
      accessKey: (id) => (id === state.key.id ? state.key : undefined),
      user: (account, name) => (account === owner && name === 'alice' ? (state.user as never) : undefined),
      role: (account, name) => (account === owner && name === 'app' ? (state.role as never) : undefined),
    },
    isTaskLive: (task) => liveTasks.has(task),
    clock: { nowMs: () => state.nowMs, after: () => () => undefined },
    wellKnownAllowed,
  });
  const issue = (more: Partial<Session> = {}) =>
    tokens.issue({
      account: owner,
      arn,
      principal: sessionOfApp,
      session: { issuedAtMs: 1 },
      expirationMs: 2_000,
      ...more,
    });
  return { state, liveTasks, credentials, issue };
}

const account = (found: ReturnType<InstallationCredentials['find']>) =>
  typeof found === 'object' ? found.caller.account : found;

describe('long-lived keys', () => {
  test('[AUTH-1] the default key and the root of every account, on loopback', () => {
    const { credentials } = open(true);
    expect(account(credentials.find('test', undefined))).toBe('123456789012');
    expect(account(credentials.find('111122223333', undefined))).toBe('111122223333');
    expect(account(credentials.find('', undefined))).toBeUndefined();
    expect(account(credentials.find('11112222333', undefined))).toBeUndefined();
  });

  test('[AUTH-1] the platform account only for the pool', () => {
    const { credentials } = open(true);
    expect(credentials.find('000000000000', undefined)).toBeUndefined();
    expect(account(credentials.find('POOL', undefined))).toBe('000000000000');
  });

  test('[AUTH-1] off loopback no well-known keys, and the root key of the installation', () => {
    const { credentials } = open();
    expect(credentials.find('test', undefined)).toBeUndefined();
    expect(credentials.find('111122223333', undefined)).toBeUndefined();
    expect(account(credentials.find('ROOT', undefined))).toBe('123456789012');
  });

  test('[AUTH-1] of a user, until it is deactivated or its user is gone', () => {
    const { credentials, state } = open();
    expect(credentials.find('AKIA1', undefined)).toEqual({
      secretAccessKey: tokens.secretOf('AKIA1'),
      caller: {
        account: owner,
        accessKeyId: 'AKIA1',
        arn: `arn:aws:iam::${owner}:user/dev/alice`,
        principal: {
          type: 'user',
          account: owner,
          arn: `arn:aws:iam::${owner}:user/dev/alice`,
          name: 'alice',
          id: 'AIDA1',
        },
      },
    });
    expect(credentials.find('AKIA1', undefined)).toBe(credentials.find('AKIA1', undefined));
    expect(credentials.find('AKIA2', undefined)).toBeUndefined();
    state.key = { ...key, status: 'Inactive' };
    state.changes++;
    expect(credentials.find('AKIA1', undefined)).toBeUndefined();
    state.key = key;
    state.user = undefined;
    state.changes++;
    expect(credentials.find('AKIA1', undefined)).toBeUndefined();
  });
});

describe('temporary keys', () => {
  test('[AUTH-2] with their own token until they expire', () => {
    const { credentials, issue, state } = open();
    const valid = issue();
    expect(credentials.find(valid.accessKeyId, valid.sessionToken)).toEqual({
      secretAccessKey: valid.secretAccessKey,
      caller: {
        account: owner,
        accessKeyId: valid.accessKeyId,
        arn,
        principal: sessionOfApp,
        session: { issuedAtMs: 1 },
      },
    });
    expect(credentials.find(valid.accessKeyId, undefined)).toBeUndefined();
    expect(credentials.find(valid.accessKeyId, issue().sessionToken)).toBeUndefined();
    expect(credentials.find('AKIA1', valid.sessionToken)).toBeUndefined();
    expect(credentials.find(valid.accessKeyId, 'nonsense')).toBeUndefined();
    state.nowMs = 2_000;
    expect(credentials.find(valid.accessKeyId, valid.sessionToken)).toBe('expired');
  });

  test('[AUTH-2] end with their role, also when another gets the name', () => {
    const { credentials, issue, state } = open();
    const { accessKeyId, sessionToken } = issue();
    expect(account(credentials.find(accessKeyId, sessionToken))).toBe(owner);
    state.role = { ...app, id: 'AROA2' };
    state.changes++;
    expect(credentials.find(accessKeyId, sessionToken)).toBeUndefined();
    state.role = undefined;
    state.changes++;
    expect(credentials.find(accessKeyId, sessionToken)).toBeUndefined();
  });

  test('[AUTH-2] of a user end with the user; those of root do not', () => {
    const { credentials, issue, state } = open();
    const user = `arn:aws:iam::${owner}:user/dev/alice`;
    const ofUser = issue({
      arn: user,
      principal: { type: 'user', account: owner, arn: user, name: 'alice', id: 'AIDA1' },
    });
    const { principal: _none, ...rootHolder } = {
      account: owner,
      arn: 'root',
      session: { issuedAtMs: 1 },
      expirationMs: 2_000,
      principal: 0,
    };
    const ofRoot = tokens.issue(rootHolder);
    expect(account(credentials.find(ofUser.accessKeyId, ofUser.sessionToken))).toBe(owner);
    state.user = { ...alice, id: 'AIDA2' };
    state.changes++;
    expect(credentials.find(ofUser.accessKeyId, ofUser.sessionToken)).toBeUndefined();
    expect(account(credentials.find(ofRoot.accessKeyId, ofRoot.sessionToken))).toBe(owner);
  });

  test('[AUTH-3] of a task end with the task; without a role they are known nevertheless', () => {
    const { credentials, issue, liveTasks } = open();
    const ofTask = issue({ taskArn: 'arn:task' });
    const noRole = issue({
      taskArn: 'arn:task',
      principal: { ...sessionOfApp, roleId: noSuchRole } as CallerPrincipal,
    });
    expect(account(credentials.find(ofTask.accessKeyId, ofTask.sessionToken))).toBe(owner);
    expect(account(credentials.find(noRole.accessKeyId, noRole.sessionToken))).toBe(owner);
    liveTasks.clear();
    expect(credentials.find(ofTask.accessKeyId, ofTask.sessionToken)).toBeUndefined();
    expect(credentials.find(noRole.accessKeyId, noRole.sessionToken)).toBeUndefined();
  });
});
