import type { Clock, Ids, Log } from '../../kernel/index.ts';
import type { Handler } from '../../protocol/api/index.ts';
import type { Operations } from '../../protocol/generated/rds.ts';
import type { Database, Transaction } from '../../store/index.ts';
import { instanceNotFound, invalidValue, subnetGroupNotFound } from './errors.ts';
import { maxPageSize } from './limits.ts';
import type {
  DatabaseDirectories,
  DatabaseNetwork,
  DatabaseTasks,
  MasterUserSecrets,
  PasswordVerifier,
  PostgresImages,
} from './ports.ts';
import { dbInstanceKey, dbInstances, type DBInstanceRecord } from './records/db-instance.ts';
import { scopeText, type Scope } from './records/scope.ts';
import { subnetGroupKey, subnetGroups, type SubnetGroupRecord } from './records/subnet-group.ts';

export { scopeOf } from '../../kernel/index.ts';

/** What the actions and the controller stand on. */
export interface RdsDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly network: DatabaseNetwork;
  readonly tasks: DatabaseTasks;
  readonly directories: DatabaseDirectories;
  readonly images: PostgresImages;
  readonly verifier: PasswordVerifier;
  readonly secrets: MasterUserSecrets;
}

export type Input<Name extends keyof Operations> = Operations[Name]['input'];
export type RdsHandler<Name extends keyof Operations> = Handler<Input<Name>, Operations[Name]['output']>;
export type Rows = Pick<Transaction, 'get'>;

/** The tables as they are now. */
export function presentRows(db: Database): Rows {
  return { get: (spec, key) => db.get(spec, key)?.row };
}

/** @throws DBInstanceNotFound */
export function neededInstance(rows: Rows, scope: Scope, given: string): DBInstanceRecord {
  const row = rows.get(dbInstances, dbInstanceKey(scope, given.toLowerCase()));
  if (row === undefined) throw instanceNotFound(given);
  return row;
}

/** @throws DBSubnetGroupNotFoundFault */
export function neededSubnetGroup(rows: Rows, scope: Scope, given: string): SubnetGroupRecord {
  const row = rows.get(subnetGroups, subnetGroupKey(scope, given.toLowerCase()));
  if (row === undefined) throw subnetGroupNotFound(given);
  return row;
}

/** All of an account and region; their number is bounded. */
export function instancesOf(db: Database, scope: Scope): readonly DBInstanceRecord[] {
  const table = db.table(dbInstances);
  return [...table.keys('scope', scopeText(scope))].flatMap((key) => table.get(key)?.row ?? []);
}

/** What every paged Describe request has. */
export interface PagedRequest {
  readonly Marker?: string | undefined;
  readonly MaxRecords?: number | undefined;
}

const markerStart = 'after:';

/** One page of a bounded list; it follows also when what the page before ended with is gone. @param items in the order of their names, or a list that stays @throws InvalidParameterValue */
export function listPage<Item>(
  items: readonly Item[],
  nameOf: (item: Item) => string,
  { Marker: marker = '', MaxRecords: size = maxPageSize }: PagedRequest,
): { readonly items: readonly Item[]; readonly next: { readonly Marker?: string } } {
  if (marker !== '' && !marker.startsWith(markerStart)) throw invalidValue(`The marker '${marker}' is not valid.`);
  const after = marker.slice(markerStart.length);
  const before = items.findIndex((item) => nameOf(item) === after);
  const rest = before === -1 ? items.filter((item) => nameOf(item) > after) : items.slice(before + 1);
  const page = rest.slice(0, size);
  const last = page.at(-1);
  return {
    items: page,
    next: last !== undefined && page.length < rest.length ? { Marker: markerStart + nameOf(last) } : {},
  };
}

type Present<Shape> = { [K in keyof Shape]?: Exclude<Shape[K], undefined> };

/** Leaves out members that are undefined. */
export function present<Shape extends object>(shape: Shape): Present<Shape> {
  return Object.fromEntries(Object.entries(shape).filter(([, value]) => value !== undefined)) as Present<Shape>;
}
