import type { Clock } from '../../kernel/index.ts';
import type { Handler } from '../../protocol/api/index.ts';
import type { Operations } from '../../protocol/generated/cloudtrail.ts';
import type { EventHistory } from './ports.ts';

/** What the actions stand on. */
export interface CloudTrailDeps {
  readonly history: EventHistory;
  readonly clock: Clock;
}

export type Input<Name extends keyof Operations> = Operations[Name]['input'];
export type CloudTrailHandler<Name extends keyof Operations> = Handler<Input<Name>, Operations[Name]['output']>;
