import { createHash } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { limits } from '../limits.ts';
import type { MetadataAnswer, MetadataRequest } from './routes.ts';

const socketName = /^agent-[0-9a-f]{16}\.sock$/;
/** Tells a neighbour where the request really came from; trusted on the sockets only, which are root's. */
export const sourceHeader = 'x-longshore-source';

/** The other agents of this machine: each has a socket in the shared run directory, and whoever has port 80 asks them. */
export class Neighbours {
  readonly #runDir: string;
  readonly #own: string;

  constructor(runDir: string, instanceArn: string) {
    this.#runDir = runDir;
    this.#own = `agent-${createHash('sha256').update(instanceArn).digest('hex').slice(0, 16)}.sock`;
  }

  /** @returns the path to listen at, free */
  async prepare(): Promise<string> {
    await mkdir(this.#runDir, { recursive: true, mode: 0o700 });
    const path = join(this.#runDir, this.#own);
    await rm(path, { force: true });
    return path;
  }

  /** Asks every neighbour; @returns the first answer of one that knows the id */
  async ask(asked: MetadataRequest): Promise<MetadataAnswer | undefined> {
    const names = await readdir(this.#runDir).catch(() => []);
    const answers = await Promise.all(
      names
        .filter((name) => socketName.test(name) && name !== this.#own)
        .map((name) => this.#askOne(join(this.#runDir, name), asked)),
    );
    return answers.find((answer) => answer !== undefined);
  }

  /** A neighbour that is gone, or does not know the id, has no answer. */
  #askOne(socketPath: string, asked: MetadataRequest): Promise<MetadataAnswer | undefined> {
    return new Promise((resolve) => {
      const query = asked.query.toString();
      const call = request(
        {
          socketPath,
          method: asked.method,
          path: query === '' ? asked.path : `${asked.path}?${query}`,
          headers: { [sourceHeader]: asked.source },
          timeout: limits.metadataTimeoutMs,
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', () => resolve(undefined));
          response.on('end', () => {
            const status = response.statusCode ?? 500;
            if (status === unknownHere) return resolve(undefined);
            resolve(answerOf(status, Buffer.concat(chunks).toString('utf8')));
          });
        },
      );
      call.on('error', () => resolve(undefined));
      call.on('timeout', () => call.destroy());
      call.end(asked.body);
    });
  }
}

/** What is no JSON comes from no agent. */
function answerOf(status: number, text: string): MetadataAnswer | undefined {
  try {
    return { status, body: JSON.parse(text || 'null') as unknown };
  } catch {
    return undefined;
  }
}

/** Between neighbours: this agent does not know the id. */
export const unknownHere = 421;
