import { EngineRefused, EngineTimeout, EngineUnavailable } from '../index.ts';
import { messageOf } from '../../kernel/index.ts';
import type { EngineAddress } from './address.ts';

/** The engine said no: its JSON `message`, or whatever text it sent. */
export function refused(status: number, body: string): EngineRefused {
  return new EngineRefused(status, messageIn(body) ?? `the engine answered HTTP ${status} without a message`);
}

function messageIn(body: string): string | undefined {
  const text = body.trim();
  if (text === '') return undefined;
  if (!text.startsWith('{')) return text;
  try {
    const { message, cause } = JSON.parse(text) as { message?: unknown; cause?: unknown };
    if (typeof message === 'string' && message !== '') return message;
    return typeof cause === 'string' && cause !== '' ? cause : text;
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return text;
    throw thrown;
  }
}

/** The connection failed before, or in the middle of, an answer. */
export function unavailable(address: EngineAddress, thrown: unknown): EngineUnavailable {
  const hint = hints.get((thrown as { code?: string }).code ?? '') ?? '';
  return new EngineUnavailable(`the container engine at ${address.text} does not answer: ${messageOf(thrown)}${hint}`, {
    cause: thrown,
  });
}

const hints: ReadonlyMap<string, string> = new Map([
  ['EACCES', ' (this user may not open the socket: join the "docker" group or run as root)'],
  ['ENOENT', ' (is the engine started?)'],
  ['ECONNREFUSED', ' (is the engine started?)'],
]);

export function timedOut(what: string, timeoutMs: number): EngineTimeout {
  return new EngineTimeout(`the container engine did not finish ${what} within ${timeoutMs} ms`);
}
