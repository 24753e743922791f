import { expect, test } from 'vitest';
import type { RequestContext } from '../../protocol/api/index.ts';
import { stsService } from './index.ts';

test.each([
  [{ account: '123456789012', accessKeyId: 'test', arn: 'arn:aws:iam::123456789012:root' }, '123456789012'],
  [{ account: '111111111111', accessKeyId: 'AKIA1', arn: 'arn:aws:iam::111111111111:user/a' }, 'AKIA1'],
])('GetCallerIdentity says who signed: %j', async (caller, UserId) => {
  const handler = stsService().handlers['GetCallerIdentity'] as (input: object, context: RequestContext) => unknown;
  expect(await handler({}, { caller } as RequestContext)).toEqual({ UserId, Account: caller.account, Arn: caller.arn });
});
