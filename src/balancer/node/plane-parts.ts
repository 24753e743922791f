import type { Ids, Log } from '../../kernel/index.ts';
import type { CookieSeal } from '../model/cookies.ts';
import type { Target, TargetGroup } from '../model/target-group.ts';
import type { TargetConnections } from './target-connections.ts';

export type NodeTarget = Target<TargetConnections>;
export type NodeTargetGroup = TargetGroup<TargetConnections>;

/** What listeners and exchanges share of the data plane. */
export interface PlaneParts {
  readonly seal: CookieSeal;
  readonly ids: Ids;
  readonly log: Log;
  nowMs(): number;
  /** The group of an ARN; one that is not configured has no targets. */
  group(arn: string): NodeTargetGroup;
  /** The address to connect to a target from; undefined: any. */
  sourceOf(target: NodeTarget): string | undefined;
  choose(
    group: NodeTargetGroup,
    choice: { readonly zone?: string | undefined; readonly tried?: ReadonlySet<NodeTarget> | undefined },
  ): NodeTarget | undefined;
  /** Something in flight at a target ended. */
  released(target: NodeTarget): void;
  /** A target took no connection. */
  targetRefused(target: NodeTarget, error: Error | undefined): void;
  /** A target gave the head of an answer. */
  answered(groupArn: string, status: number, startedMs: number): void;
}
