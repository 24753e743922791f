import type { ServerResponse } from 'node:http';
import type { Answer } from '../wire/protocol.ts';

export interface SendOptions {
  readonly requestId: string;
  /** The connection ends after this answer. */
  readonly last: boolean;
  readonly writeTimeoutMs: number;
}

/** Writes an answer. Resolves when it was handed over; streams resolve at their end. @throws what a stream throws */
export async function send(response: ServerResponse, answer: Answer, options: SendOptions): Promise<void> {
  if (response.destroyed) return;
  const { status, body } = answer;
  const connection = options.last ? { connection: 'close' } : {};
  if (typeof body === 'string' || body instanceof Uint8Array) {
    // Node would join a string with the head and encode both once more.
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    response.writeHead(status, {
      'x-amzn-requestid': options.requestId,
      'content-length': bytes.byteLength,
      ...connection,
      ...answer.headers,
    });
    response.end(bytes);
    limitWriting(response, options.writeTimeoutMs);
    return;
  }
  response.writeHead(status, { 'x-amzn-requestid': options.requestId, ...connection, ...answer.headers });
  response.flushHeaders();
  await sendStream(response, body, options.writeTimeoutMs);
}

/** A client that does not read its answer must not hold it in our memory forever: Node ends a socket that times out. */
function limitWriting(response: ServerResponse, writeTimeoutMs: number): void {
  const { socket } = response;
  if (socket !== null && socket.writableLength > 0) socket.setTimeout(writeTimeoutMs);
}

async function sendStream(
  response: ServerResponse,
  body: AsyncIterable<Uint8Array>,
  writeTimeoutMs: number,
): Promise<void> {
  const chunks = body[Symbol.asyncIterator]();
  // The source learns at once that its reader has gone, even while it waits for something to send.
  response.once('close', () => void chunks.return?.().then(undefined, () => undefined));
  try {
    for (;;) {
      const step = await chunks.next();
      if (step.done === true || response.destroyed) break;
      if (!response.write(step.value)) {
        response.socket?.setTimeout(writeTimeoutMs);
        await drained(response);
        response.socket?.setTimeout(0);
      }
    }
  } finally {
    response.end();
  }
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done);
      response.off('close', done);
      resolve();
    };
    response.once('drain', done);
    response.once('close', done);
  });
}
