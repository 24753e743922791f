import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../../kernel/index.ts';
import { messageOf } from '../../kernel/index.ts';
import { writeFileAtomically } from './write-file.ts';

/** Who this agent is; kept in `instance.json` of its data directory. */
export interface InstanceIdentity {
  readonly cluster: string;
  readonly containerInstanceArn: string;
  /** Largest manifest timeline accepted. */
  readonly manifestTimeline: number;
  /** Of the machine that wrote this. */
  readonly machineId?: string;
}

export class InstanceFile {
  readonly #path: string;
  readonly #log: Log;
  #identity: InstanceIdentity | undefined;
  #writing: Promise<void> = Promise.resolve();

  private constructor(path: string, log: Log, identity: InstanceIdentity | undefined) {
    this.#path = path;
    this.#log = log;
    this.#identity = identity;
  }

  /** @throws when the directory cannot be made or the file is damaged */
  static async open(dataDir: string, log: Log): Promise<InstanceFile> {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    const path = join(dataDir, 'instance.json');
    let text: string;
    try {
      text = await readFile(path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new InstanceFile(path, log, undefined);
      throw error;
    }
    try {
      return new InstanceFile(path, log, JSON.parse(text) as InstanceIdentity);
    } catch {
      throw new Error(`'${path}' is damaged; remove it to register as a new container instance`);
    }
  }

  get identity(): InstanceIdentity | undefined {
    return this.#identity;
  }

  /** Resolves when the identity is on disk. */
  save(identity: InstanceIdentity): Promise<void> {
    this.#identity = identity;
    const content = `${JSON.stringify(identity, null, 2)}\n`;
    this.#writing = this.#writing.then(() => writeFileAtomically(this.#path, content));
    return this.#writing;
  }

  saveTimeline(manifestTimeline: number): void {
    if (this.#identity === undefined) return;
    this.save({ ...this.#identity, manifestTimeline }).catch((error: unknown) => {
      this.#log.error('could not write the instance file', { path: this.#path, error: messageOf(error) });
      this.#writing = Promise.resolve();
    });
  }

  flush(): Promise<void> {
    return this.#writing.catch(() => undefined);
  }
}

/**
 * By which the control plane knows that a registration whose answer was lost is tried again, also by the next run of the agent: made
 * once, and written to disk before it is first sent. @throws when the directory cannot be written
 */
export async function registrationToken(dataDir: string, newToken: () => string): Promise<string> {
  const path = join(dataDir, 'registration-token');
  const kept = (
    await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '';
      throw error;
    })
  ).trim();
  if (kept !== '') return kept;
  const token = newToken();
  await writeFileAtomically(path, `${token}\n`);
  return token;
}

/** The container instance that an agent's data directory belongs to; undefined when it never registered. */
export async function instanceArnIn(dataDir: string, log: Log): Promise<string | undefined> {
  return (await InstanceFile.open(dataDir, log)).identity?.containerInstanceArn;
}
