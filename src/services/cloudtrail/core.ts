import { parseArn, type Clock } from '../../kernel/index.ts';
import { ApiError, type Handler } from '../../protocol/api/index.ts';
import type { Operations } from '../../protocol/generated/cloudtrail.ts';
import type { Database, Transaction } from '../../store/index.ts';
import type { DeliveryStates } from './delivery.ts';
import { trailNotFound } from './errors.ts';
import type { EventHistory, Scope, TrailLogs } from './ports.ts';
import { namedTrail, trailKey, trails, type TrailRecord } from './records/trail.ts';

export { presentRows } from '../../store/index.ts';

/** What the actions stand on. */
export interface CloudTrailCore {
  readonly database: Database;
  readonly history: EventHistory;
  readonly logs: TrailLogs;
  readonly deliveries: DeliveryStates;
  readonly clock: Clock;
}

export type Input<Name extends keyof Operations> = Operations[Name]['input'];
export type CloudTrailHandler<Name extends keyof Operations> = Handler<Input<Name>, Operations[Name]['output']>;

/** A trail by name or ARN. @throws TrailNotFoundException, CloudTrailARNInvalidException */
export function neededTrail(rows: Pick<Transaction, 'get'>, scope: Scope, text: string): TrailRecord {
  if (text.startsWith('arn:') && parseArn(text)?.service !== 'cloudtrail') {
    throw new ApiError('CloudTrailARNInvalidException', `${text} is not the ARN of a trail`);
  }
  const named = namedTrail(scope, text);
  const row = named.account === scope.account ? rows.get(trails, trailKey(named, named.name)) : undefined;
  if (row === undefined) throw trailNotFound(text, scope.account);
  return row;
}

/** A trail that is about to change: only in its home region. @throws TrailNotFoundException, InvalidHomeRegionException */
export function changedTrail(rows: Pick<Transaction, 'get'>, scope: Scope, text: string): TrailRecord {
  const row = neededTrail(rows, scope, text);
  if (row.region === scope.region) return row;
  throw new ApiError('InvalidHomeRegionException', `The trail's home region is ${row.region}: change it there`);
}
