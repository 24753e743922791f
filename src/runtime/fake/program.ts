/** What the containers of one image do, and how the engine treats them. Times in milliseconds from the container's start. */
export interface FakeProgram {
  /** Ends by itself after this time; runs until stopped when absent. */
  readonly exitAfterMs?: number;
  /** Exit code when it ends by itself; 0 when absent. */
  readonly exitCode?: number;
  readonly oomKilled?: boolean;
  /** Exit code when it gets a stop signal; 0 when absent. */
  readonly stopExitCode?: number;
  /** From the stop signal to the end; 0 when absent, `'never'` for a program that waits for SIGKILL. */
  readonly stopDelayMs?: number | 'never';
  readonly output?: readonly FakeOutput[];
  /** The outcomes of its health check; without any the container has none. */
  readonly health?: readonly FakeHealth[];
  /** Answers to exec by its first word; everything else exits 0 without output. */
  readonly exec?: Readonly<Record<string, { readonly exitCode: number; readonly output: string }>>;
  /** How long the engine takes for each call; 0 when absent. */
  readonly pullMs?: number;
  readonly createMs?: number;
  readonly startMs?: number;
  /** The engine refuses with this message. */
  readonly failPull?: string;
  readonly failCreate?: string;
  readonly failStart?: string;
}

export interface FakeOutput {
  readonly atMs: number;
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
}

export interface FakeHealth {
  readonly atMs: number;
  readonly status: 'healthy' | 'unhealthy';
  readonly output?: string;
}
