import type { Clock, Ids, Log } from '../../kernel/index.ts';
import { InvalidArgument } from '../../kernel/index.ts';
import type { Handler } from '../../protocol/api/index.ts';
import type { Operations } from '../../protocol/generated/servicediscovery.ts';
import type { Database, Page, PageRequest, Rows } from '../../store/index.ts';
import { invalidInput, instanceNotFound, namespaceNotFound, serviceNotFound } from './errors.ts';
import { defaultPage } from './limits.ts';
import type { PublishedNames, Vpcs } from './ports.ts';
import { instanceKey, instances, type InstanceRecord } from './records/instance.ts';
import { namespaceKey, namespaces, type NamespaceRecord } from './records/namespace.ts';
import type { Scope } from './records/scope.ts';
import { parseResourceArn, serviceKey, services, type ServiceRecord } from './records/service.ts';

export { scopeOf } from '../../kernel/index.ts';

export { presentRows, type Rows } from '../../store/index.ts';

/** What the actions stand on. */
export interface ServiceDiscoveryDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly vpcs: Vpcs;
  /** Names of other services, for name servers; absent: there are none. */
  readonly published?: PublishedNames;
}

export type Input<Name extends keyof Operations> = Operations[Name]['input'];
export type SdHandler<Name extends keyof Operations> = Handler<Input<Name>, Operations[Name]['output']>;

/** An id, or the ARN that says the same. What is of another account or region is not found. */
export function bareId(scope: Scope, text: string): string {
  const named = parseResourceArn(text);
  if (named === undefined) return text;
  return named.scope.account === scope.account && named.scope.region === scope.region ? named.id : text;
}

/** @throws NamespaceNotFound */
export function neededNamespace(rows: Rows, scope: Scope, id: string): NamespaceRecord {
  const row = rows.get(namespaces, namespaceKey(scope, bareId(scope, id)));
  if (row === undefined) throw namespaceNotFound(id);
  return row;
}

/** @throws ServiceNotFound */
export function neededService(rows: Rows, scope: Scope, id: string): ServiceRecord {
  const row = rows.get(services, serviceKey(scope, bareId(scope, id)));
  if (row === undefined) throw serviceNotFound(id);
  return row;
}

/** @throws InstanceNotFound */
export function neededInstance(rows: Rows, service: ServiceRecord, id: string): InstanceRecord {
  const row = rows.get(instances, instanceKey(service, service.id, id));
  if (row === undefined) throw instanceNotFound(id);
  return row;
}

/** One page; a token that is none is the caller's mistake. */
export function pageOf<Row>(
  read: (request: PageRequest) => Page<Row>,
  {
    MaxResults: limit = defaultPage,
    NextToken: after,
  }: { MaxResults?: number | undefined; NextToken?: string | undefined },
): Page<Row> {
  try {
    return read({ limit, ...(after === undefined ? {} : { after }) });
  } catch (error) {
    if (error instanceof InvalidArgument) throw invalidInput('The specified NextToken is not valid');
    throw error;
  }
}

/** Without the members that are undefined. */
export function present<Value extends object>(members: Value): { [K in keyof Value]?: Exclude<Value[K], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as never;
}
