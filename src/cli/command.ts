import type { Environment, Option, Settings } from './options.ts';

/** One sub-command of `longshore`. */
export interface Command {
  readonly name: string;
  /** One line for the list in `longshore --help`. */
  readonly summary: string;
  /** A paragraph for `longshore <name> --help`. */
  readonly about: string;
  readonly options: readonly Option[];
  /** What must be given without a name, in order, such as `ACTION`. */
  readonly arguments?: readonly string[];
  /** Instead of `arguments`, where the first word says which others follow it. */
  readonly forms?: readonly (readonly string[])[];
  /** Other variables of the environment that it reads, and what each does. */
  readonly variables?: readonly (readonly [name: string, about: string])[];
  /** @returns the exit code */
  run(settings: Settings, context: CommandContext): Promise<number>;
}

export interface CommandContext {
  readonly environment: Environment;
  /** For results: what scripts read. */
  print(line: string): void;
  /** For people: progress and advice, on stderr. */
  say(line: string): void;
}
