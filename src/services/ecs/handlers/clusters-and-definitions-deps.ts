import type { Handlers } from '../../../protocol/api/index.ts';
import type { Operations } from '../../../protocol/generated/ecs.ts';
import type { Database } from '../../../store/index.ts';
import type { ClusterCounts } from '../clusters/counts.ts';
import type { ConnectNamespaces } from '../ports.ts';
import type { DefinitionOrder } from '../task-definitions/order.ts';
import type { Registrations } from '../task-definitions/registrations.ts';
import type { ExpressionCheck } from '../task-definitions/task-rules.ts';

export { scopeOf } from '../../../kernel/index.ts';

/** What the actions on clusters, task definitions, attributes, tags and settings stand on. */
export interface ClusterAndDefinitionDeps {
  readonly db: Database;
  readonly counts: ClusterCounts;
  readonly namespaces: ConnectNamespaces;
  readonly order: DefinitionOrder;
  readonly registrations: Registrations;
  /** The scheduler's parser of the cluster query language. */
  readonly expressionProblem: ExpressionCheck;
}

/** The handler of one ECS operation. */
export type EcsHandler<Name extends keyof Operations> = NonNullable<Handlers<Operations>[Name]>;
