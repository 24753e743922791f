import { silentLog } from '../../../kernel/index.ts';
import { ApiError, type RequestContext } from '../../../protocol/api/index.ts';
import type { Operations } from '../../../protocol/generated/iam.ts';
import { MemoryStore, openDatabase } from '../../../store/index.ts';
import { SimClock, SimIds } from '../../../testkit/index.ts';
import { iamService, iamTables, type IamDeps } from '../index.ts';

export const account = '123456789012';
export const root = `arn:aws:iam::${account}:root`;
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** IAM over a store in memory, called as the root of an account. */
export async function openIam() {
  const clock = new SimClock(settle);
  const db = await openDatabase(new MemoryStore(), iamTables, { log: silentLog, freezeRows: true });
  const deps: IamDeps = { db, clock, ids: new SimIds(1), secretOf: (id) => `secret of ${id}` };
  const service = iamService(deps);
  const call = async <Name extends keyof Operations>(
    name: Name,
    input: Operations[Name]['input'],
    as: { readonly account?: string; readonly caller?: object } = {},
  ): Promise<Operations[Name]['output']> => {
    const handler = service.handlers[name] as (input: unknown, context: RequestContext) => unknown;
    const owner = as.account ?? account;
    const caller = { account: owner, accessKeyId: 'test', arn: root, ...as.caller };
    return (await handler(input, { account: owner, caller } as unknown as RequestContext)) as never;
  };
  return { db, deps, service, call };
}

/** `ok`, or the code and sentence of a refusal. */
export async function outcome(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'ok';
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return `${error.code}: ${error.message}`;
  }
}

export function policy(...statements: readonly object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}

export const allow = (Action: string | readonly string[], Resource: string | readonly string[] = '*') => ({
  Effect: 'Allow',
  Action,
  Resource,
});

export function trusting(principal: object, more: object = {}): string {
  return policy({ Effect: 'Allow', Principal: principal, Action: 'sts:AssumeRole', ...more });
}

export const ecsTasks = { Service: 'ecs-tasks.amazonaws.com' };
