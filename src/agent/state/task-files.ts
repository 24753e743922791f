import { mkdir, readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../../kernel/index.ts';
import { messageOf } from '../../kernel/index.ts';
import type { SentState, TaskState } from '../engine/index.ts';
import { writeFileAtomically } from './write-file.ts';

/** What the agent keeps of a task on disk: everything but credentials. */
export interface TaskRecord {
  readonly format: 1;
  readonly state: TaskState;
  readonly sent: SentState;
  /** Docker name of each container, chosen before it is made. */
  readonly dockerNames: Readonly<Record<string, string>>;
  /** The id in each container's metadata addresses. */
  readonly endpointIds: Readonly<Record<string, string>>;
  readonly credentialIds: { readonly task?: string; readonly execution?: string };
  /** The pause container that holds the task's network namespace, and the one for its pid and ipc namespaces. */
  readonly pause?: { readonly id: string; readonly pid: number };
  readonly namespacePause?: string;
  /** Docker name of each volume that lives and dies with the task. */
  readonly taskVolumes: readonly string[];
  readonly stoppedAtMs?: number;
}

const fileName = /^[0-9A-Za-z_-]+\.json$/;

/** One small file a task. Writes of a task follow one another; only the latest content waits. */
export class TaskFiles {
  readonly #folder: string;
  readonly #log: Log;
  readonly #pending = new Map<string, { content: string | undefined; done: Promise<void> }>();

  private constructor(folder: string, log: Log) {
    this.#folder = folder;
    this.#log = log;
  }

  static async open(dataDir: string, log: Log): Promise<TaskFiles> {
    const folder = join(dataDir, 'tasks');
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return new TaskFiles(folder, log);
  }

  /** A file that cannot be read is reported and left where it is. */
  async readAll(): Promise<readonly TaskRecord[]> {
    const records: TaskRecord[] = [];
    for (const name of await readdir(this.#folder)) {
      if (!fileName.test(name)) continue;
      const path = join(this.#folder, name);
      try {
        const record = JSON.parse(await readFile(path, 'utf8')) as TaskRecord;
        if (record.format !== 1) throw new Error(`format ${String(record.format)} is not known`);
        records.push(record);
      } catch (error) {
        this.#log.error('a task file cannot be read; the control plane will send the task again', {
          path,
          error: messageOf(error),
        });
      }
    }
    return records;
  }

  /** Resolves when this content, or a later one, is on disk. */
  write(taskArn: string, record: TaskRecord): Promise<void> {
    return this.#queue(taskArn, JSON.stringify(record));
  }

  remove(taskArn: string): Promise<void> {
    return this.#queue(taskArn, '');
  }

  async flush(): Promise<void> {
    await Promise.allSettled([...this.#pending.values()].map((entry) => entry.done));
  }

  #queue(taskArn: string, content: string): Promise<void> {
    const pending = this.#pending.get(taskArn);
    if (pending !== undefined) {
      pending.content = content;
      return pending.done;
    }
    const entry: { content: string | undefined; done: Promise<void> } = { content, done: Promise.resolve() };
    this.#pending.set(taskArn, entry);
    entry.done = this.#drain(taskArn, entry);
    return entry.done;
  }

  async #drain(taskArn: string, entry: { content: string | undefined }): Promise<void> {
    const path = join(this.#folder, `${taskArn.slice(taskArn.lastIndexOf('/') + 1)}.json`);
    // What changes in the same turn of the loop is written once.
    await Promise.resolve();
    try {
      while (entry.content !== undefined) {
        const content = entry.content;
        entry.content = undefined;
        if (content === '') await rm(path, { force: true });
        else await writeFileAtomically(path, content);
      }
    } finally {
      this.#pending.delete(taskArn);
    }
  }
}
