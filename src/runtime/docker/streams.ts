import type { Readable } from 'node:stream';
import { LongshoreError } from '../../kernel/index.ts';
import { EngineUnavailable } from '../index.ts';
import type { LogChunk, LogStream } from '../index.ts';
import { containerPath } from './containers.ts';
import type { EngineApi } from './engine-api.ts';
import { unavailable } from './failures.ts';
import { FrameDecoder, StampedLineDecoder } from './frames.ts';
import { callTimeoutMs, maxLineBytes } from './limits.ts';
import type { InspectReply } from './wire-types.ts';

/** Docker's attach: everything the container writes from now on. */
export async function attach(api: EngineApi, container: string): Promise<LogStream> {
  const terminal = await hasTerminal(api, container);
  const call = { method: 'POST', path: containerPath(container, '/attach') } as const;
  const query = { stream: '1', stdout: '1', stderr: '1' };
  const { readable } = await api.open({ ...call, query, timeoutMs: callTimeoutMs.openStream }, { upgrade: true });
  return logStream(api, readable, terminal ? rawBytes : new FrameDecoder({ timestamps: false }));
}

/** The engine's own log since a time, followed. */
export async function logs(api: EngineApi, container: string, sinceMs: number): Promise<LogStream> {
  const terminal = await hasTerminal(api, container);
  const call = { method: 'GET', path: containerPath(container, '/logs') } as const;
  const since = (sinceMs / 1000).toFixed(3);
  const query = { follow: '1', stdout: '1', stderr: '1', timestamps: '1', since };
  const { readable } = await api.open({ ...call, query, timeoutMs: callTimeoutMs.openStream });
  return logStream(api, readable, terminal ? new StampedLineDecoder() : new FrameDecoder({ timestamps: true }));
}

/** Only the container's own settings say reliably (API 1.41) whether its streams are framed. */
async function hasTerminal(api: EngineApi, container: string): Promise<boolean> {
  const path = containerPath(container, '/json');
  const reply = await api.call({ method: 'GET', path, timeoutMs: callTimeoutMs.inspect });
  return (JSON.parse(reply.body) as InspectReply).Config.Tty === true;
}

interface Decoder {
  readonly atBoundary?: boolean;
  push(bytes: Buffer): readonly LogChunk[];
}

const rawBytes: Decoder = { push: (bytes) => [{ stream: 'stdout', bytes }] };

function logStream(api: EngineApi, readable: Readable, decoder: Decoder): LogStream {
  const state = { closed: false };
  // An error may come while nobody iterates; the iterator reports it when it is asked.
  readable.on('error', () => undefined);
  return {
    chunks: decoded(api, { readable, decoder, state }),
    close() {
      state.closed = true;
      readable.destroy();
    },
  };
}

/** Reads no faster than it is read: the socket's own buffer is the only one between the container and the reader. */
async function* decoded(
  api: EngineApi,
  source: { readonly readable: Readable; readonly decoder: Decoder; readonly state: { readonly closed: boolean } },
): AsyncIterable<LogChunk> {
  const { readable, decoder, state } = source;
  try {
    for await (const bytes of readable as AsyncIterable<Buffer>) yield* decoder.push(bytes);
  } catch (thrown) {
    if (state.closed) return;
    throw unavailable(api.connection.address, thrown);
  }
  if (decoder.atBoundary === false && !state.closed) {
    throw new EngineUnavailable('the container engine cut an output stream in the middle of a frame');
  }
}

/** Lines of a stream of JSON values, one a line. */
export async function* jsonLines(api: EngineApi, readable: Readable): AsyncIterable<unknown> {
  let rest = '';
  const lines = readable.setEncoding('utf8') as AsyncIterable<string>;
  try {
    for await (const text of lines) {
      const parts = (rest + text).split('\n');
      rest = parts.pop() ?? '';
      if (rest.length > maxLineBytes)
        throw new EngineUnavailable(`a line of over ${maxLineBytes} bytes from the engine`);
      for (const line of parts) if (line.trim() !== '') yield JSON.parse(line);
    }
  } catch (thrown) {
    throw thrown instanceof LongshoreError ? thrown : unavailable(api.connection.address, thrown);
  }
  if (rest.trim() !== '') yield JSON.parse(rest);
}
