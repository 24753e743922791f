import { InvalidArgument, silentLog } from '../../../kernel/index.ts';
import { ApiError, type RequestContext } from '../../../protocol/api/index.ts';
import type { Operations } from '../../../protocol/generated/ssm.ts';
import { MemoryStore, openDatabase } from '../../../store/index.ts';
import { SimClock, SimIds, SimSealer } from '../../../testkit/index.ts';
import { ssmService, ssmTables, type InstanceRoles } from '../index.ts';

export const account = '123456789012';
export const region = 'us-east-1';
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** The account's only role for machines is `service-role/machines`, as long as it is in `roles`. */
const fakeRoles = (roles: ReadonlySet<string>): InstanceRoles => ({
  assumable: (of, name) => (roles.has(name) ? `arn:aws:iam::${of}:role/${name}` : undefined),
  issue: ({ instanceId, nowMs }) => ({
    accessKeyId: `ASIA of ${instanceId}`,
    secretAccessKey: 'secret',
    sessionToken: 'token',
    expirationMs: nowMs + 3_600_000,
  }),
});

/** Parameter Store over a memory store, with simulated time. */
export async function openParameters() {
  const clock = new SimClock(settle);
  const sealer = new SimSealer();
  const roles = new Set(['service-role/machines']);
  const db = await openDatabase(new MemoryStore(), ssmTables, { log: silentLog, freezeRows: true });
  const patterns = {
    read(text: string) {
      if (text === '(') throw new InvalidArgument('an open bracket');
      const pattern = new RegExp(`^(?:${text})$`);
      return (value: string) => pattern.test(value);
    },
  };
  const service = ssmService({
    db,
    clock,
    ids: new SimIds(1),
    sealer,
    patterns,
    roles: fakeRoles(roles),
    digests: { sha256: (text) => `digest of ${text}` },
    log: silentLog,
  });
  const call = async <Name extends keyof Operations>(
    name: Name,
    input: Operations[Name]['input'],
    as: { account?: string; region?: string } = {},
  ): Promise<Operations[Name]['output']> => {
    const handler = service.definition.handlers[name] as (input: unknown, context: RequestContext) => unknown;
    const caller = { account, arn: `arn:aws:iam::${account}:root`, accessKeyId: 'test' };
    return (await handler(input, { account, region, caller, ...as } as RequestContext)) as never;
  };
  const put = (Name: string, Value: string, more: Partial<Operations['PutParameter']['input']> = {}) =>
    call('PutParameter', { Name, Value, Type: 'String', ...more });
  const valueOf = async (Name: string, WithDecryption = true): Promise<string | undefined> =>
    (await call('GetParameter', { Name, WithDecryption })).Parameter?.Value;
  return { db, clock, sealer, roles, service, call, put, valueOf };
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
