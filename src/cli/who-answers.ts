import { request } from 'node:http';

/** Who answers on an address: a Longshore, something else, or nobody. */
export type Answering = 'longshore' | 'other' | 'nobody';

const timeoutMs = 3_000;
const maxBytes = 64 * 1024;

/** Asks `GET /health`. */
export function whoAnswers(url: string): Promise<Answering> {
  return new Promise((resolve) => {
    const call = request(new URL('/health', url), { agent: false, timeout: timeoutMs });
    call.on('timeout', () => call.destroy(new Error('no answer')));
    call.on('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED' ? 'nobody' : 'other'));
    call.on('response', (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => {
        if (text.length < maxBytes) text += chunk.toString('utf8');
      });
      response.on('error', () => resolve('other'));
      response.on('end', () => resolve(isHealth(text) ? 'longshore' : 'other'));
    });
    call.end();
  });
}

/** Whether a text is what Longshore's `GET /health` answers with, healthy or not. */
export function isHealth(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('status' in value) || !('parts' in value)) return false;
    const { parts } = value;
    return typeof parts === 'object' && parts !== null && 'api' in parts && 'store' in parts;
  } catch {
    return false;
  }
}
