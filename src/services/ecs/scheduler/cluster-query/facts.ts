/** What a cluster query may ask of a container instance. */
export interface InstanceFacts {
  /** By name; an attribute without a value is the empty string. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly agentConnected: boolean;
  readonly agentVersion?: string | undefined;
  readonly ec2InstanceId?: string | undefined;
  readonly registeredAtMs: number;
  readonly runningTasksCount: number;
  /** Groups of the tasks that are to run on it, each once. */
  readonly taskGroups: Iterable<string>;
}
