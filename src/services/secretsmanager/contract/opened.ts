import { silentLog } from '../../../kernel/index.ts';
import { ApiError, type AccessQuestion, type RequestContext } from '../../../protocol/api/index.ts';
import type { Operations } from '../../../protocol/generated/secretsmanager.ts';
import { MemoryStore, openDatabase } from '../../../store/index.ts';
import { SimClock, SimIds, SimSealer } from '../../../testkit/index.ts';
import { secretsManagerService, secretsManagerTables } from '../index.ts';

export const account = '123456789012';
export const region = 'us-east-1';
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Secrets Manager over a memory store, with simulated time. */
export async function openSecrets() {
  const clock = new SimClock(settle);
  const sealer = new SimSealer();
  const db = await openDatabase(new MemoryStore(), secretsManagerTables, { log: silentLog, freezeRows: true });
  const service = secretsManagerService({ db, clock, ids: new SimIds(1), sealer, log: silentLog });
  /** Secrets that no policy lets anybody read. */
  const forbidden = new Set<string>();
  const call = async <Name extends keyof Operations>(
    name: Name,
    input: Operations[Name]['input'],
    as: { account?: string; region?: string } = {},
  ): Promise<Operations[Name]['output']> => {
    const handler = service.definition.handlers[name] as (input: unknown, context: RequestContext) => unknown;
    const authorize = (question: AccessQuestion): void => {
      if (forbidden.has(question.resource)) throw new ApiError('AccessDeniedException', `no ${question.action}`);
    };
    return (await handler(input, { account, region, authorize, ...as } as RequestContext)) as never;
  };
  const create = async (Name: string, SecretString?: string): Promise<string> =>
    (await call('CreateSecret', { Name, ...(SecretString === undefined ? {} : { SecretString }) })).ARN ?? '';
  const valueOf = async (SecretId: string, more: object = {}): Promise<string | undefined> =>
    (await call('GetSecretValue', { SecretId, ...more })).SecretString;
  return { db, clock, sealer, service, call, create, valueOf, forbidden };
}

/** `ok`, or `Code: message` of the refusal. */
export async function outcome(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'ok';
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return `${error.code}: ${error.message}`;
  }
}
