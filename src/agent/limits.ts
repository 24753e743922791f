/** Every bound of the agent in one place; times in milliseconds unless the name says otherwise. */
export const limits = {
  /** How long the making of a container waits for credentials that a new agent was not sent yet. */
  credentialsArrivalMs: 30_000,
  /** Between two looks whether a way that a FARGATE task needs is closed still. */
  wayRetryMs: 1_000,
  /** Looking for file systems, which may lie on a server that does not answer. */
  fileSystemsMs: 60_000,
  /** One API request, as Amazon's agent has it. */
  apiTimeoutMs: 42_000,
  apiAttempts: 3,
  apiRetryFirstMs: 200,
  apiRetryLongestMs: 5_000,
  apiResponseBytes: 4 * 1024 * 1024,
  /** One request for an environment file, and one such file. */
  objectTimeoutMs: 30_000,
  objectAttempts: 2,
  environmentFileBytes: 1024 * 1024,
  /** How often a managed node asks for credentials, which is how it is seen to live. */
  managedInstancePingMs: 5 * 60_000,
  registerRetryFirstMs: 1_000,
  registerRetryLongestMs: 30_000,
  /** Bytes waiting in a websocket above which telemetry is dropped. */
  socketBufferBytes: 4 * 1024 * 1024,
  /** The websockets of commands and of telemetry. */
  controlPlaneSocket: {
    frameBytes: 16 * 1024 * 1024,
    unreadBytes: 16 * 1024 * 1024,
    handshakeTimeoutMs: 30_000,
    liveness: { silenceMs: 60_000, jitterMs: 60_000 },
    life: { lastsMs: 30 * 60_000, jitterMs: 5 * 60_000 },
  },
  inactiveInstanceRetryMs: 60 * 60_000,
  /** The endpoints of DiscoverPollEndpoint are asked for again after this time. */
  endpointCacheMs: 12 * 60 * 60_000,
  /** Tasks whose state is being submitted at the same time. */
  submittingTasks: 10,
  submitRetryFirstMs: 1_000,
  submitRetryLongestMs: 30_000,
  telemetryIntervalMs: 20_000,
  /** Health changes are gathered this long before they go up. */
  healthGatherMs: 200,
  metricsTasksPerFrame: 10,
  /** Engine calls that retry: stop, inspect after an exit. */
  stopAttempts: 5,
  /** How often a container is made anew whose start an engine that died spoilt. */
  spoiltStarts: 3,
  engineRetryMs: 1_000,
  engineRetryLongestMs: 30_000,
  networkRetryFirstMs: 1_000,
  networkRetryLongestMs: 30_000,
  pullAttempts: 5,
  pullRetryFirstMs: 1_100,
  pullRetryLongestMs: 5_000,
  /** How long a registry may take to say what it has, when a local copy could be used instead. */
  digestTimeoutMs: 3_000,
  /** How long the control plane's registry may stand still. */
  registryTimeoutMs: 30_000,
  /** As ECR has it. */
  manifestBytes: 4 * 1024 * 1024,
  /** Passwords of the registry that are kept, and for how long; they are good for 12 hours. */
  registryTokens: 1_000,
  registryTokenMs: 60 * 60_000,
  /** After a registry could not be reached, local copies are used without asking for this long. */
  registryDownMs: 5 * 60_000,
  /** How long a start waits for the log stream to be made; later answers still count. */
  logReadyWaitMs: 100,
  /** How long STOPPED waits for the last log lines. */
  logFlushMs: 5_000,
  /** How long an interface that was announced waits for its task. */
  announcedInterfaceMs: 5 * 60_000,
  manifestTasks: 10_000,
  metadataRequestsPerSecond: 40,
  metadataBurst: 60,
  /** How long a task's question waits for the agent that may know it, when that one is being started again. */
  neighbourAwayMs: 3_000,
  neighbourRetryMs: 100,
  /** A socket behind which nobody was for this long is one of an agent that was killed and does not come back. */
  neighbourGoneMs: 10 * 60_000,
  metadataTimeoutMs: 5_000,
  metadataBodyBytes: 64 * 1024,
  /** Connections of programs in tasks to the API. */
  apiForwardConnections: 512,
  apiForwardHeaderBytes: 64 * 1024,
  apiForwardHeadersMs: 60_000,
  /** Longer than the control plane keeps connections that nobody uses, which then ends them. */
  apiForwardIdleMs: 80_000,
  /** How long it holds how a call leaves its task, and of how many tasks and services it is remembered. */
  callWayMs: 1_000,
  callWays: 4_096,
  /** How long a call without a way is held before its connection is ended; of the machine, and of one task. */
  heldCallMs: 60_000,
  heldCalls: 256,
  heldCallsOfTask: 64,
  introspectionConnections: 64,
  introspectionHeaderBytes: 8 * 1024,
  /** Images remembered as pulled by this agent. */
  trackedImages: 10_000,
  /** How often a run of host ports is looked for again because a port in it cannot be bound. */
  hostPortRangeAttempts: 1_000,
  healthOutputBytes: 1024,
} as const;
