/** What goes wrong, as probabilities; `calm` is a world in which nothing does. Times in milliseconds. */
export interface FaultPlan {
  /** Of each API call of an agent: it never reaches the control plane. */
  readonly requestLost: number;
  /** Of each API call of an agent: it has its effect, but the answer is lost, so the agent calls again. */
  readonly answerLost: number;
  /** Of each API call: it arrives when the caller has long given up, and tried again. */
  readonly requestLate: number;
  /** Of each websocket frame, either way. TCP does not do this; the protocol must stand it anyway, through its acknowledgements. */
  readonly frameLost: number;
  readonly frameDuplicated: number;
  /** Of each health check of a target that answers: it fails all the same. */
  readonly checkFails: number;
  /** Longest way of a frame or a call; frames of one connection keep their order. */
  readonly longestDelayMs: number;
  /** Each, as the mean time between two such events over the whole cluster; Infinity: never. */
  readonly meanMs: {
    /** A connection is cut: what is on the way is lost. */
    readonly disconnect: number;
    /** An agent process dies and starts again after a pause, with its state on disk. Its containers run on. */
    readonly agentCrash: number;
    /** As above, but the disk is lost too: it comes back as another container instance. */
    readonly agentLost: number;
    /** An agent is away for minutes, up to more than the control plane waits for agents of the pool. */
    readonly agentOutage: number;
    /** A machine is cut off for minutes: its agent and its tasks run on, nothing gets through either way, and neither end hears of it. */
    readonly partition: number;
    /** The control plane dies and starts again on its journal. */
    readonly serverCrash: number;
    /** The control plane is stopped and started in good order. */
    readonly serverRestart: number;
    /** An operator drains a machine for a while. */
    readonly drain: number;
    /** An operator deregisters a machine that works, and joins it again. */
    readonly deregister: number;
  };
}

const never = Number.POSITIVE_INFINITY;
const minuteMs = 60_000;

export const calm: FaultPlan = {
  requestLost: 0,
  answerLost: 0,
  requestLate: 0,
  frameLost: 0,
  frameDuplicated: 0,
  checkFails: 0,
  longestDelayMs: 20,
  meanMs: {
    disconnect: never,
    agentCrash: never,
    agentLost: never,
    agentOutage: never,
    partition: never,
    serverCrash: never,
    serverRestart: never,
    drain: never,
    deregister: never,
  },
};

/** A bad day: something breaks about once a minute. */
export const rough: FaultPlan = {
  requestLost: 0.05,
  answerLost: 0.05,
  requestLate: 0.02,
  frameLost: 0.03,
  frameDuplicated: 0.03,
  checkFails: 0.01,
  longestDelayMs: 2_000,
  meanMs: {
    disconnect: 2 * minuteMs,
    agentCrash: 4 * minuteMs,
    agentLost: 30 * minuteMs,
    agentOutage: 30 * minuteMs,
    partition: 12 * minuteMs,
    serverCrash: 8 * minuteMs,
    serverRestart: 20 * minuteMs,
    drain: 10 * minuteMs,
    deregister: 20 * minuteMs,
  },
};
