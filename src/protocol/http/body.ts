import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { ApiError } from '../api/index.ts';

const gunzipAsync = promisify(gunzip);

export interface BodyLimits {
  readonly maxBodyBytes: number;
  readonly maxBufferedBytes: number;
}

/** The client hung up before its request was whole: there is nobody to answer. */
export class Disconnected extends Error {
  override readonly name = 'Disconnected';
}

const nothing = new Uint8Array();
/** An oversize body is read to its end, so that the client reads our answer, but only up to this many times the limit. */
const drainFactor = 4;

/** Receives bodies, within a bound for one and a bound for all that are held at the same time. */
export class BodyReceiver {
  readonly #limits: BodyLimits;
  #bufferedBytes = 0;

  constructor(limits: BodyLimits) {
    this.#limits = limits;
  }

  /** Bytes of all bodies that were received and not yet released. */
  get bufferedBytes(): number {
    return this.#bufferedBytes;
  }

  /**
   * The whole body. The caller releases it when the request is answered.
   * @throws ApiError when it is too large; Disconnected
   */
  receive(request: IncomingMessage): Promise<Uint8Array> {
    const { headers } = request;
    if (headers['content-length'] === undefined && headers['transfer-encoding'] === undefined) {
      // Nothing will come, but Node keeps the connection alive only when the request was read.
      request.resume();
      return Promise.resolve(nothing);
    }
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      let receivedBytes = 0;
      let refusal: ApiError | undefined;
      const refuse = (error: ApiError): void => {
        refusal = error;
        this.#bufferedBytes -= totalBytes(chunks);
        chunks.length = 0;
      };
      request.on('data', (chunk: Buffer) => {
        receivedBytes += chunk.length;
        if (refusal === undefined) {
          chunks.push(chunk);
          this.#bufferedBytes += chunk.length;
          if (receivedBytes > this.#limits.maxBodyBytes) refuse(tooLarge(this.#limits.maxBodyBytes));
          else if (this.#bufferedBytes > this.#limits.maxBufferedBytes) refuse(tooBusy());
        } else if (receivedBytes > this.#limits.maxBodyBytes * drainFactor) reject(refusal);
      });
      request.on('end', () => {
        if (refusal !== undefined) reject(refusal);
        else resolve(chunks.length === 1 ? (chunks[0] ?? nothing) : Buffer.concat(chunks, receivedBytes));
      });
      request.on('error', () => undefined);
      request.on('close', () => {
        if (request.complete) return;
        if (refusal === undefined) refuse(tooBusy());
        reject(new Disconnected('the client closed the connection before its request was whole'));
      });
    });
  }

  release(body: Uint8Array): void {
    this.#bufferedBytes -= body.byteLength;
  }
}

function totalBytes(chunks: readonly Buffer[]): number {
  return chunks.reduce((sum, chunk) => sum + chunk.length, 0);
}

function tooLarge(maximumBytes: number): ApiError {
  const message = `The request body is larger than ${maximumBytes} bytes`;
  return new ApiError('RequestEntityTooLarge', message, { status: 413 });
}

function tooBusy(): ApiError {
  return new ApiError('ServiceUnavailable', 'The server holds too many large requests; try again later', {
    status: 503,
  });
}

/** The body as its sender meant it. @throws ApiError when it cannot be inflated or becomes too large */
export async function inflate(body: Uint8Array, encoding: string, maxInflatedBytes: number): Promise<Uint8Array> {
  if (encoding === 'identity' || encoding === '') return body;
  if (encoding !== 'gzip') {
    const message = `Content-Encoding ${encoding} is not supported; use gzip or none`;
    throw new ApiError('UnsupportedContentEncoding', message, { status: 415 });
  }
  try {
    return await gunzipAsync(body, { maxOutputLength: maxInflatedBytes });
  } catch (thrown) {
    if (thrown instanceof RangeError) throw tooLarge(maxInflatedBytes);
    throw new ApiError('SerializationException', 'The request body is not valid gzip');
  }
}
