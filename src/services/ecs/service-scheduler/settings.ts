/** What AWS does not let anybody choose, with values for one machine, where starting a task takes a second and not a minute. */
export interface SchedulerSettings {
  /** A task without any health check counts as healthy when it has run this long. AWS: 40 s. */
  readonly healthyAfterMs: number;
  /** Pause after the first round of starts that failed; it doubles with each further one. */
  readonly firstBackOffMs: number;
  /** AWS: 27 minutes. https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-throttle-logic.html */
  readonly longestBackOffMs: number;
  /** The same for starts that found no room, which others may make at any time. */
  readonly longestPlacementPauseMs: number;
  /** Pause after a rebalancing that found no room in the other zone. */
  readonly rebalancePauseMs: number;
}

export const schedulerSettings: SchedulerSettings = {
  healthyAfterMs: 5_000,
  firstBackOffMs: 1_000,
  longestBackOffMs: 60_000,
  longestPlacementPauseMs: 15_000,
  rebalancePauseMs: 5 * 60_000,
};

/** Rounds of starts that fail before the service says so. */
export const roundsBeforeTold = 3;
/** Tasks that one turn starts, stops, registers or takes note of, so that its transaction stays within the store's limits. */
export const maxActs = 10;
