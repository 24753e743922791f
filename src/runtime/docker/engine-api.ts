import { EngineTimeout, EngineUnavailable } from '../index.ts';
import type { Call, OpenStream, Reply } from './connection.ts';
import type { EngineConnection } from './connection.ts';
import { negotiate } from './versions.ts';
import type { EngineVersion } from './versions.ts';

/** Calls with the API version in front of their path: negotiated at the first call, and again after `forgetVersion`. */
export class EngineApi {
  readonly connection: EngineConnection;
  #version: Promise<EngineVersion> | undefined;

  constructor(connection: EngineConnection) {
    this.connection = connection;
  }

  version(): Promise<EngineVersion> {
    this.#version ??= negotiate(this.connection).catch((thrown: unknown) => {
      this.#version = undefined;
      // Nothing was asked of it yet: it is not there, which is another thing than a call whose outcome is unknown.
      throw thrown instanceof EngineTimeout ? new EngineUnavailable(thrown.message, { cause: thrown }) : thrown;
    });
    return this.#version;
  }

  /** The engine may have been replaced: ask it again. */
  forgetVersion(): void {
    this.#version = undefined;
  }

  async call(call: Call, allow?: readonly number[]): Promise<Reply> {
    return this.connection.call(await this.#versioned(call), allow);
  }

  /** Calls, and reads the reply as JSON; undefined when the engine says 404. */
  async find<T>(call: Call): Promise<T | undefined> {
    const reply = await this.call(call, [404]);
    return reply.status === 404 ? undefined : (JSON.parse(reply.body) as T);
  }

  async open(call: Call, options?: { readonly upgrade?: boolean }): Promise<OpenStream> {
    return this.connection.open(await this.#versioned(call), options);
  }

  async #versioned(call: Call): Promise<Call> {
    const { apiVersion } = await this.version();
    return { ...call, path: `/v${apiVersion}${call.path}` };
  }
}
