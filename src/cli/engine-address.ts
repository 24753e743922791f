import { Unavailable } from '../kernel/index.ts';
import { findEngine } from '../platform/index.ts';

/**
 * The engine to use: the one named, else the first that answers.
 * @param engineDirectory where an engine that Longshore started would be
 * @throws Unavailable saying where was looked and what to run
 */
export async function engineAddress(
  named: string | undefined,
  options: { readonly environment: Readonly<Record<string, string | undefined>>; readonly engineDirectory: string },
): Promise<string> {
  if (named !== undefined) return named;
  const { found, reasons } = await findEngine({ env: options.environment, engineDir: options.engineDirectory });
  if (found !== undefined) return found.address;
  throw new Unavailable(`no container engine answers: ${reasons.join('; ')}. Run: longshore doctor --fix`);
}
