import type { Clock, Ids } from '../../kernel/index.ts';
import type { Handler, RequestContext } from '../../protocol/api/index.ts';
import type { Operations } from '../../protocol/generated/ec2.ts';
import type { Database, Transaction } from '../../store/index.ts';
import { dryRun, notImplemented } from './errors.ts';
import type { FreeAddresses } from './free-addresses.ts';
import { NetworkWriter, Networks } from './networks.ts';
import type { Machines } from './ports.ts';
import type { PublicAddresses } from './public-addresses.ts';
import { networkChanges, networkChangesKey } from './records/network-changes.ts';
import type { Scope } from './records/scope.ts';

export interface Ec2Deps {
  readonly database: Database;
  readonly clock: Clock;
  readonly ids: Ids;
  /** Absent: there are none. */
  readonly machines?: Machines;
}

export type Input<Name extends keyof Operations> = Operations[Name]['input'];
export type Output<Name extends keyof Operations> = Operations[Name]['output'];
export type Ec2Handler<Name extends keyof Operations> = Handler<Input<Name>, Output<Name>>;

/** A handler that finds its answer in the caller's account and region; a dry run stops when the answer is there. */
export function describing<Name extends keyof Operations>(
  describe: (input: Input<Name>, scope: Scope) => Output<Name>,
): Ec2Handler<Name> {
  return (input: Input<Name> & { readonly DryRun?: boolean | undefined }, { account, region }: RequestContext) => {
    const output = describe(input, { account, region });
    if (input.DryRun === true) throw dryRun();
    return output;
  };
}

/** What a change stands on: one transaction, and what was there when it began. */
export interface Change extends Ec2Deps {
  readonly scope: Scope;
  readonly tx: Transaction;
  readonly writer: NetworkWriter;
  /** Lists of what the account has stay true until the change commits, but for interfaces that services make. */
  readonly networks: Networks;
  readonly addresses: FreeAddresses;
  readonly publicAddresses: PublicAddresses;
  readonly nowMs: number;
  /** A new id such as `vpc-0…`. */
  newId(prefix: string): string;
}

/** What the actions that change something are made with. */
export interface ChangeDeps extends Ec2Deps {
  readonly addresses: FreeAddresses;
  readonly publicAddresses: PublicAddresses;
}

/**
 * A handler that changes the caller's account and region in one transaction; a dry run stops when it would have committed.
 * @param takes the members of the input that the change obeys; a request with any other is refused
 */
export function changing<Name extends keyof Operations>(
  deps: ChangeDeps,
  takes: readonly (keyof Input<Name> & string)[],
  change: (input: Input<Name>, change: Change) => Output<Name>,
): Ec2Handler<Name> {
  return async (input: Input<Name> & { readonly DryRun?: boolean | undefined }, context: RequestContext) => {
    refuseOthers(input, takes);
    const scope = { account: context.account, region: context.region };
    const run = (tx: Transaction): Output<Name> => {
      const output = change(input, changeIn(deps, scope, tx));
      if (input.DryRun === true) throw dryRun();
      return output;
    };
    return (await deps.database.transact(run)).result;
  };
}

/** Changes of an account and region come one after another: each reads and writes one row, so what one saw no other can have changed. */
export function changeIn(deps: ChangeDeps, scope: Scope, tx: Transaction): Change {
  const key = networkChangesKey(scope);
  const count = tx.get(networkChanges, key)?.count ?? 0;
  tx.put(networkChanges, key, { ...scope, count: count + 1 });
  return {
    ...deps,
    scope,
    tx,
    writer: new NetworkWriter(tx, scope),
    networks: new Networks(deps.database),
    nowMs: deps.clock.nowMs(),
    newId: (prefix) => `${prefix}-0${deps.ids.hex(16)}`,
  };
}

/** @throws UnsupportedOperation for a member that asks for something Longshore does not do */
export function refuseOthers(input: object, takes: readonly string[]): void {
  const asks = (value: unknown): boolean =>
    value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0);
  const other = Object.entries(input).find(
    ([name, value]) => name !== 'DryRun' && !takes.includes(name) && asks(value),
  );
  if (other !== undefined) throw notImplemented(`The parameter ${other[0]}`);
}
