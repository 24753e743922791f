import type { Clock } from '../../kernel/index.ts';
import type { Handler } from '../../protocol/api/index.ts';
import type { Operations } from '../../protocol/generated/sts.ts';
import type { Roles, Sessions } from './ports.ts';

/** What the actions stand on. */
export interface StsDeps {
  readonly clock: Clock;
  readonly roles: Roles;
  readonly sessions: Sessions;
}

export type StsHandler<Name extends keyof Operations> = Handler<Operations[Name]['input'], Operations[Name]['output']>;
