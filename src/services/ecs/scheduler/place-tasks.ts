import type { Scope } from '../records/scope.ts';
import type { Ledger } from './ledger.ts';
import type { PlacementFailure, RankedRequirements } from './place.ts';
import { placer } from './place.ts';

/** Several tasks of one request, such as RunTask with a count. */
export interface TasksToPlace {
  /** Of the container instances. */
  readonly scope: Scope;
  readonly cluster: string;
  readonly request: RankedRequirements;
  readonly tasks: readonly { readonly taskKey: string; readonly chance: number }[];
}

export interface PlacedTasks {
  readonly placed: readonly {
    readonly taskKey: string;
    readonly instanceKey: string;
    readonly zones: readonly string[];
  }[];
  /** Why the first task that found no place did not, one of each candidate; the tasks after it would fail alike and are not tried. */
  readonly failures: readonly PlacementFailure[];
  readonly noInstances: boolean;
}

/**
 * Places tasks one after another, each seeing those before it. Every placed one is reserved in the ledger: its committed row takes over,
 * and whoever cannot commit it calls `ledger.release` with its key.
 */
export function placeTasks(ledger: Ledger, { scope, cluster, request, tasks }: TasksToPlace): PlacedTasks {
  const placed: { taskKey: string; instanceKey: string; zones: readonly string[] }[] = [];
  const placeNext = placer(request, ledger.pool(scope, cluster));
  for (const { taskKey, chance } of tasks) {
    const placement = placeNext(chance);
    if ('failures' in placement) return { placed, ...placement };
    const { placed: instanceKey, zones } = placement;
    ledger.reserve({ taskKey, instanceKey, resources: request.resources, group: request.group });
    placed.push({ taskKey, instanceKey, zones });
  }
  return { placed, failures: [], noInstances: false };
}
