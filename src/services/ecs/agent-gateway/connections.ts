import type { EpochMs } from '../../../kernel/index.ts';
import type { InstanceHealthCheckResult } from '../../../protocol/generated/ecs.ts';

/** What the gateway knows of the agents that are connected now; none of it is stored. */
export interface AgentConnections {
  /** The agent's last word on its own health; empty before the first. */
  health(instanceKey: string): readonly InstanceHealthCheckResult[];
  /** Whether an agent has a session of this instance now and answers on it; asking takes up to a few seconds. */
  answers(instanceKey: string): Promise<boolean>;
  /** Where the agent that has a session now came from. */
  agent(instanceKey: string): { readonly instanceArn: string; readonly sourceIp: string } | undefined;
  /** Since when its agent has had no session; undefined while it has one. Counted from this process's start at the earliest. */
  quietSinceMs(instanceKey: string): EpochMs | undefined;
}
