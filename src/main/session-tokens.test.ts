import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { SessionTokens } from './session-tokens.ts';

const holder = {
  account: '123456789012',
  arn: 'arn:aws:sts::123456789012:assumed-role/r/s',
  session: { issuedAtMs: 1, policies: ['{}'] },
  expirationMs: 5,
};

test('a token opens to what it was issued for, in a later process with the same key', () => {
  const key = randomBytes(32);
  const issued = new SessionTokens(key).issue(holder);
  const later = new SessionTokens(key);
  expect(later.open(issued.sessionToken)).toEqual({ accessKeyId: issued.accessKeyId, ...holder });
  expect(later.secretOf(issued.accessKeyId)).toBe(issued.secretAccessKey);
  expect(issued.secretAccessKey).toHaveLength(40);
});

test('a token of another installation, a changed one and nonsense do not open', () => {
  const issued = new SessionTokens(randomBytes(32)).issue(holder);
  const tokens = new SessionTokens(randomBytes(32));
  expect(tokens.open(issued.sessionToken)).toBeUndefined();
  const own = tokens.issue(holder).sessionToken;
  const flipped = Buffer.from(own, 'base64');
  flipped.writeUInt8(flipped.readUInt8(20) ^ 1, 20);
  expect(tokens.open(flipped.toString('base64'))).toBeUndefined();
  expect(tokens.open('')).toBeUndefined();
  expect(tokens.open('x'.repeat(4000))).toBeUndefined();
});

test('what does not fit a token is told', () => {
  const tokens = new SessionTokens(randomBytes(32));
  const tags = Array.from({ length: 50 }, () => ({
    key: randomBytes(60).toString('hex'),
    value: randomBytes(60).toString('hex'),
  }));
  expect(tokens.issue({ ...holder, session: { issuedAtMs: 1, tags } }).packedPercent).toBeGreaterThan(100);
  expect(tokens.issue(holder).packedPercent).toBeLessThan(10);
});
