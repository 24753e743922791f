import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { InstallationCredentials } from './credentials.ts';
import type { Installation } from './installation.ts';
import { SessionTokens } from './session-tokens.ts';

const installation: Installation = {
  directory: '/nowhere',
  sealingKey: randomBytes(32),
  pool: { accessKeyId: 'POOL', secretAccessKey: 'p' },
  root: { accessKeyId: 'ROOT', secretAccessKey: 'r' },
};
const tokens = new SessionTokens(installation.sealingKey);
const clock = { nowMs: () => 1_000, after: () => () => undefined };
const make = (wellKnownAllowed: boolean) =>
  new InstallationCredentials(installation, tokens, { clock, wellKnownAllowed });
const account = (found: ReturnType<InstallationCredentials['find']>) =>
  typeof found === 'object' ? found.caller.account : found;

describe('InstallationCredentials', () => {
  test('knows the default key and the root of every account, on loopback', () => {
    expect(account(make(true).find('test', undefined))).toBe('123456789012');
    expect(account(make(true).find('111122223333', undefined))).toBe('111122223333');
    expect(account(make(true).find('', undefined))).toBeUndefined();
    expect(account(make(true).find('11112222333', undefined))).toBeUndefined();
  });

  test('never hands out the platform account but to the pool', () => {
    expect(make(true).find('000000000000', undefined)).toBeUndefined();
    expect(account(make(false).find('POOL', undefined))).toBe('000000000000');
  });

  test('refuses the well-known keys off loopback, and takes the root key of the installation', () => {
    expect(make(false).find('test', undefined)).toBeUndefined();
    expect(make(false).find('111122223333', undefined)).toBeUndefined();
    expect(account(make(false).find('ROOT', undefined))).toBe('123456789012');
  });

  test('takes a temporary key with its own token until it expires', () => {
    const issue = (expirationMs: number) =>
      tokens.issue({ account: '111122223333', arn: 'arn:aws:sts::111122223333:assumed-role/r/s', expirationMs });
    const valid = issue(1_001);
    expect(make(false).find(valid.accessKeyId, valid.sessionToken)).toMatchObject({
      secretAccessKey: valid.secretAccessKey,
      caller: { arn: valid.arn },
    });
    expect(make(false).find(valid.accessKeyId, undefined)).toBeUndefined();
    expect(make(false).find(valid.accessKeyId, issue(1_001).sessionToken)).toBeUndefined();
    const late = issue(1_000);
    expect(make(false).find(late.accessKeyId, late.sessionToken)).toBe('expired');
  });
});
