import { setTimeout as sleep } from 'node:timers/promises';
import { Unavailable } from '../kernel/index.ts';
import { findEngine, type EngineSearch } from '../platform/index.ts';
import type { Environment } from './options.ts';

export interface EngineQuestion {
  /** What --engine says; then nothing else is tried. */
  readonly named: string | undefined;
  readonly environment: Environment;
  /** Where an engine that Longshore started would be. */
  readonly engineDirectory: string;
}

const lookAgainEveryMs = 2_000;
const sayAgainEveryMs = 60_000;

/** The environment with the engine that was named, as engine set-up reads it. */
export function engineEnvironment({ named, environment }: Pick<EngineQuestion, 'named' | 'environment'>): Environment {
  return named === undefined ? environment : { ...environment, LONGSHORE_ENGINE: named };
}

export function searchEngine(question: EngineQuestion): Promise<EngineSearch> {
  return findEngine({ env: engineEnvironment(question), engineDir: question.engineDirectory });
}

export function noEngine(reasons: readonly string[]): string {
  return `no container engine answers: ${reasons.join('; ')}. Run: longshore doctor --fix`;
}

/**
 * The engine to use: the one named, else the first that answers.
 * @throws Unavailable saying where was looked and what to run
 */
export async function engineAddress(question: EngineQuestion): Promise<string> {
  const { found, reasons } = await searchEngine(question);
  if (found !== undefined) return found.address;
  throw new Unavailable(noEngine(reasons));
}

/** Like engineAddress, but waits, saying so, until an engine answers. Rejects when `signal` says stop. */
export async function awaitEngine(
  question: EngineQuestion,
  options: { readonly say: (line: string) => void; readonly signal: AbortSignal },
): Promise<string> {
  for (let waitedMs = 0; ; waitedMs += lookAgainEveryMs) {
    const { found, reasons } = await searchEngine(question);
    if (found !== undefined) return found.address;
    if (waitedMs % sayAgainEveryMs === 0) options.say(`longshore: ${noEngine(reasons)} (waiting for one)`);
    await sleep(lookAgainEveryMs, undefined, { signal: options.signal });
  }
}
