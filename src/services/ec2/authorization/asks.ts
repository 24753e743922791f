import type { AccessQuestion } from '../../../protocol/api/index.ts';
import type { Operations } from '../../../protocol/generated/ec2.ts';
import type { Networks } from '../networks.ts';
import type { Scope } from '../records/scope.ts';
import type { Asker } from './ask.ts';

/** Where a request's things can be looked up that it does not name itself. */
export interface Places {
  readonly networks: Networks;
  readonly scope: Scope;
}

/** The questions of operations that have resources. */
export type Asks = {
  readonly [Name in keyof Operations]?: (
    input: Operations[Name]['input'],
    asker: Asker,
    places: Places,
  ) => readonly AccessQuestion[];
};
