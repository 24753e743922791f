import type { ConnectReport } from '../../../connect-protocol/index.ts';
import { connectLimits } from './limits.ts';

const maxIdLength = 200;

/** An agent's frame; undefined when it is none. */
export function readConnectReport(text: string): ConnectReport | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof parsed !== 'object' || parsed === null) return undefined;
  const { type, sequence, add, remove } = parsed as Readonly<Record<string, unknown>>;
  if (type === 'settled')
    return typeof sequence === 'number' && Number.isSafeInteger(sequence) ? { type, sequence } : undefined;
  if (type !== 'watch' || !isIds(add) || !isIds(remove)) return undefined;
  return { type, add, remove };
}

function isIds(value: unknown): value is readonly string[] {
  if (!Array.isArray(value) || value.length > connectLimits.watchedAtOnce) return false;
  return value.every((id) => typeof id === 'string' && id.length <= maxIdLength && id.startsWith('arn:'));
}
