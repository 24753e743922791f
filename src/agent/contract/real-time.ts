import { randomBytes, randomUUID } from 'node:crypto';
import type { Clock, Ids, Log } from '../../kernel/index.ts';

export const realClock: Clock = {
  nowMs: () => Date.now(),
  after: (delayMs, run) => {
    const timer = setTimeout(run, Math.max(0, delayMs));
    return () => clearTimeout(timer);
  },
};

export const realIds: Ids = {
  hex: (length) => randomBytes(length).toString('hex').slice(0, length),
  uuid: () => randomUUID(),
  fraction: () => Math.random(),
};

/** A log that keeps its lines, to show them when a test fails. */
export function keptLog(lines: string[] = []): Log & { readonly lines: string[] } {
  const write =
    (level: string, fields: object) =>
    (message: string, more?: object): void => {
      lines.push(
        `${new Date().toISOString().slice(17, 23)} ${level} ${message} ${JSON.stringify({ ...fields, ...more })}`,
      );
      if (process.env['AGENT_TEST_LOG'] !== undefined) console.log(lines[lines.length - 1]);
    };
  const make = (fields: object): Log & { readonly lines: string[] } => ({
    lines,
    debug: write('debug', fields),
    info: write('info', fields),
    warn: write('warn', fields),
    error: write('error', fields),
    with: (more) => make({ ...fields, ...more }),
  });
  return make({});
}

/** Waits until the condition holds. @throws with `what` when it does not in time */
export async function until(what: string, condition: () => boolean, timeoutMs = 15_000): Promise<void> {
  const endMs = Date.now() + timeoutMs;
  while (!condition()) {
    if (Date.now() > endMs) throw new Error(`timed out waiting until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
