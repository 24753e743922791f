import { findEngine } from '../platform/index.ts';
import { Unavailable } from '../kernel/index.ts';

/**
 * The engine to use: the one named, else the first that answers.
 * @throws Unavailable saying where was looked and what to run
 */
export async function engineAddress(
  named: string | undefined,
  environment: NodeJS.ProcessEnv | Readonly<Record<string, string | undefined>>,
): Promise<string> {
  if (named !== undefined) return named;
  const found = await findEngine(environment);
  if (found.address !== undefined) return found.address;
  throw new Unavailable(`no container engine answers (${found.tried.join('; ')}); run: longshore doctor --fix`);
}
