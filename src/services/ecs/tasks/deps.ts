import type { Clock, Ids, Log } from '../../../kernel/index.ts';
import type { Handlers } from '../../../protocol/api/index.ts';
import type { Operations } from '../../../protocol/generated/ecs.ts';
import type { Database } from '../../../store/index.ts';
import type { InstanceRegistrar, TargetRegistrar, TaskInterfaces, TaskVolumes } from '../ports.ts';
import type { ConnectHolds } from '../service-connect/holds.ts';
import type { Ledger } from '../scheduler/ledger.ts';

/** What the actions on tasks and container instances stand on. */
export interface TaskDeps {
  readonly db: Database;
  readonly ledger: Ledger;
  readonly interfaces: TaskInterfaces;
  readonly volumes: TaskVolumes;
  readonly targets: TargetRegistrar;
  readonly registrar: InstanceRegistrar;
  readonly connects: ConnectHolds;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
}

/** The handler of one ECS operation. */
export type EcsHandler<Name extends keyof Operations> = NonNullable<Handlers<Operations>[Name]>;
