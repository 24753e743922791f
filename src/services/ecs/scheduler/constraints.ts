import { InvalidArgument } from '../../../kernel/index.ts';
import type { PlacementConstraint } from '../../../protocol/generated/ecs.ts';
import type { ClusterQuery } from './cluster-query/query.ts';
import { readClusterQuery } from './cluster-query/query.ts';
import { maxConstraints } from './limits.ts';

/** A rule that a container instance must meet. */
export type Constraint =
  | { readonly kind: 'distinctInstance' }
  | { readonly kind: 'memberOf'; readonly query: ClusterQuery };

/**
 * Reads the placementConstraints of a task definition, a service or RunTask.
 * @throws InvalidArgument when there are too many, or one is malformed
 */
export function readConstraints(given: readonly PlacementConstraint[]): readonly Constraint[] {
  if (given.length > maxConstraints)
    throw new InvalidArgument(`At most ${maxConstraints} placement constraints are allowed, not ${given.length}`);
  return given.map(readConstraint);
}

function readConstraint(given: PlacementConstraint): Constraint {
  switch (given.type) {
    case 'distinctInstance':
      if (given.expression !== undefined)
        throw new InvalidArgument('distinctInstance expression should not be specified.');
      return { kind: 'distinctInstance' };
    case 'memberOf':
      if (given.expression === undefined || given.expression.trim() === '')
        throw new InvalidArgument('memberOf expression should be specified.');
      return { kind: 'memberOf', query: readClusterQuery(given.expression) };
    default:
      throw new InvalidArgument(
        `The type ${JSON.stringify(given.type ?? '')} of a placement constraint is not one of distinctInstance, memberOf`,
      );
  }
}
