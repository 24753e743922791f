import { silentLog } from '../../../kernel/index.ts';
import { ApiError, type RequestContext } from '../../../protocol/api/index.ts';
import type { Operations } from '../../../protocol/generated/servicediscovery.ts';
import { MemoryStore, openDatabase } from '../../../store/index.ts';
import { SimClock, SimIds } from '../../../testkit/index.ts';
import { serviceDiscoveryService, serviceDiscoveryTables } from '../index.ts';
import type { NamedVpc } from '../ports.ts';

export const account = '123456789012';
export const region = 'us-east-1';
export const scope = { account, region };
export const vpc = 'vpc-1';
export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export type Opened = Awaited<ReturnType<typeof openServiceDiscovery>>;

/** Cloud Map over a memory store, with simulated time and two VPCs. */
export async function openServiceDiscovery() {
  const clock = new SimClock(settle);
  const db = await openDatabase(new MemoryStore(), serviceDiscoveryTables, { log: silentLog, freezeRows: true });
  const cidrs = new Map([
    [vpc, ['172.31.0.0/16']],
    ['vpc-2', ['10.0.0.0/16']],
  ]);
  const namedVpcs = new Map<string, NamedVpc>();
  const vpcListeners = new Set<(key: string) => void>();
  /** Makes, changes, or (without one) deletes a VPC that names are answered in. */
  const setVpc = (key: string, named?: NamedVpc): void => {
    if (named === undefined) namedVpcs.delete(key);
    else namedVpcs.set(key, named);
    if (named !== undefined) cidrs.set(named.id, [...named.cidrs]);
    for (const listener of vpcListeners) listener(key);
  };
  const service = serviceDiscoveryService({
    db,
    clock,
    ids: new SimIds(1),
    log: silentLog,
    vpcs: {
      cidrs: (of, id) => (of.account === account ? cidrs.get(id) : undefined),
      keys: () => namedVpcs.keys(),
      vpc: (key) => namedVpcs.get(key),
      onChange(listener) {
        vpcListeners.add(listener);
        return () => vpcListeners.delete(listener);
      },
    },
  });
  service.start();
  const contextOf = (as: { account?: string; region?: string }): RequestContext => {
    const caller = { account: as.account ?? account, arn: `arn:aws:iam::${account}:root`, accessKeyId: 'test' };
    return { account: caller.account, region, caller, sourceIp: '127.0.0.1', ...as } as RequestContext;
  };
  const call = async <Name extends keyof Operations>(
    name: Name,
    input: Operations[Name]['input'],
    as: { account?: string; region?: string } = {},
  ): Promise<Operations[Name]['output']> => {
    const handler = service.definition.handlers[name] as (input: unknown, context: RequestContext) => unknown;
    return (await handler(input, contextOf(as))) as never;
  };
  /** Runs an operation and gives the id of what it was about. */
  const done = async (
    operation: Promise<{ OperationId?: string | undefined }>,
    target: 'NAMESPACE' | 'SERVICE' = 'NAMESPACE',
  ): Promise<string> => {
    const { Operation: found } = await call('GetOperation', { OperationId: (await operation).OperationId ?? '' });
    return found?.Targets?.[target] ?? '';
  };
  const newZone = (Name = 'local.test', Vpc = vpc): Promise<string> =>
    done(call('CreatePrivateDnsNamespace', { Name, Vpc }));
  const newService = async (
    NamespaceId: string,
    Name = 'web',
    more: Partial<Operations['CreateService']['input']> = { DnsConfig: { DnsRecords: [{ Type: 'A', TTL: 10 }] } },
  ): Promise<string> => (await call('CreateService', { NamespaceId, Name, ...more })).Service?.Id ?? '';
  return { db, clock, service, call, done, newZone, newService, contextOf, setVpc };
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
