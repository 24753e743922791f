import type { Clock, Ids, Log } from '../../kernel/index.ts';
import type { Handler } from '../../protocol/api/index.ts';
import type { Operations } from '../../protocol/generated/elbv2.ts';
import type { Database } from '../../store/index.ts';
import type { LoadBalancerStates } from './load-balancers/state.ts';
import type { LoopbackAddresses } from './load-balancers/loopback-addresses.ts';
import type { Certificates, Network } from './ports.ts';

export { scopeOf } from '../../kernel/index.ts';

export { presentRows, type Rows } from '../../store/index.ts';

/** What the actions stand on. */
export interface Elbv2Deps {
  readonly db: Database;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly network: Network;
  readonly certificates: Certificates;
  readonly addresses: LoopbackAddresses;
  readonly states: LoadBalancerStates;
}

export type Input<Name extends keyof Operations> = Operations[Name]['input'];
export type Output<Name extends keyof Operations> = Operations[Name]['output'];
export type Elbv2Handler<Name extends keyof Operations> = Handler<Input<Name>, Output<Name>>;
