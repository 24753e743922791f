import { createHash } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { callWayPath, destinationText, type CalledService, type CallWay } from '../../agent-protocol/index.ts';
import { Unavailable, type Clock, type EpochMs } from '../../kernel/index.ts';
import type { OtherAgents } from '../calls/call-way-source.ts';
import { limits } from '../limits.ts';
import { sleep } from '../sleep.ts';
import type { MetadataAnswer, MetadataRequest } from './routes.ts';

const socketName = /^agent-[0-9a-f]{16}\.sock$/;
/** Tells a neighbour where the request really came from; trusted on the sockets only, which are root's. */
export const sourceHeader = 'x-longshore-source';

/** Of one neighbour: its answer, nothing when it does not know the id, or that its socket is there and nobody behind it. */
type Heard = MetadataAnswer | 'away' | undefined;

/** The other agents of this machine: each has a socket in the shared run directory, and whoever has port 80 asks them. */
export class Neighbours implements OtherAgents {
  readonly #runDir: string;
  readonly #own: string;
  readonly #clock: Clock;
  /** Sockets behind which nobody is, and since when that is known. */
  readonly #awaySinceMs = new Map<string, EpochMs>();

  constructor(runDir: string, instanceArn: string, clock: Clock) {
    this.#clock = clock;
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

  /**
   * Asks every neighbour. While one is away, being started again perhaps, the id may be its own: it is asked anew for a bounded time.
   * @returns the first answer of one that knows the id
   */
  async ask(asked: MetadataRequest): Promise<MetadataAnswer | undefined> {
    const endMs = this.#clock.nowMs() + limits.neighbourAwayMs;
    for (;;) {
      const answers = await this.#askAll(asked);
      const known = answers.find((answer) => typeof answer === 'object');
      if (known !== undefined || !answers.includes('away') || this.#clock.nowMs() >= endMs) return known;
      await sleep(this.#clock, limits.neighbourRetryMs);
    }
  }

  /** Asks every neighbour once: a call does not wait for an agent that is being started again. @throws Unavailable */
  async callWay(from: string, to: CalledService): Promise<CallWay | undefined> {
    const query = new URLSearchParams({ to: destinationText(to) });
    const answers = await this.#askAll({ method: 'GET', path: callWayPath, query, body: '', source: from });
    const known = answers.find((answer) => typeof answer === 'object');
    if (known?.status === 200) return known.body as CallWay;
    if (known === undefined && !answers.includes('away')) return undefined;
    throw new Unavailable(`another agent of this machine cannot say how calls leave ${from}`);
  }

  async #askAll(asked: MetadataRequest): Promise<readonly Heard[]> {
    const names = await readdir(this.#runDir).catch(() => []);
    return Promise.all(
      names
        .filter((name) => socketName.test(name) && name !== this.#own)
        .map(async (name) => {
          const heard = await this.#askOne(join(this.#runDir, name), asked);
          await this.#note(name, heard);
          return heard;
        }),
    );
  }

  /** Sockets of agents that were killed and do not come back go, lest every question about an unknown id waits for them for ever. */
  async #note(name: string, heard: Heard): Promise<void> {
    if (heard !== 'away') {
      this.#awaySinceMs.delete(name);
      return;
    }
    const nowMs = this.#clock.nowMs();
    const sinceMs = this.#awaySinceMs.get(name) ?? nowMs;
    this.#awaySinceMs.set(name, sinceMs);
    if (nowMs - sinceMs < limits.neighbourGoneMs) return;
    this.#awaySinceMs.delete(name);
    await rm(join(this.#runDir, name), { force: true });
  }

  #askOne(socketPath: string, asked: MetadataRequest): Promise<Heard> {
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
          response.on('error', () => resolve('away'));
          response.on('end', () => {
            const status = response.statusCode ?? 500;
            if (status === unknownHere) return resolve(undefined);
            resolve(answerOf(status, Buffer.concat(chunks).toString('utf8')));
          });
        },
      );
      call.on('error', (error: NodeJS.ErrnoException) =>
        resolve(error.code === 'ECONNREFUSED' || error.code === 'ECONNRESET' ? 'away' : undefined),
      );
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
