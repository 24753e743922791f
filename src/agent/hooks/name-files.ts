import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { PayloadTask } from '../../agent-protocol/index.ts';
import { hostsText, resolvText } from './interfaces.ts';

/**
 * /etc/hosts and /etc/resolv.conf of awsvpc tasks on an engine whose containers do not take them over from the container they share the
 * network with: Podman gives each its own. One folder a task, mounted into all its containers.
 */
export class NameFiles {
  readonly #folder: string;
  readonly #dnsServers: readonly string[];
  readonly #written = new Map<string, Promise<void>>();

  constructor(dataDir: string, dnsServers: readonly string[]) {
    this.#folder = resolve(dataDir, 'names');
    this.#dnsServers = dnsServers;
  }

  /** @returns the binds for a container of the task */
  async prepare(task: PayloadTask): Promise<readonly string[]> {
    const folder = this.#of(task);
    const written = this.#written.get(task.arn) ?? this.#write(folder, task);
    this.#written.set(task.arn, written);
    await written;
    return ['hosts', 'resolv.conf'].map((name) => `${join(folder, name)}:/etc/${name}`);
  }

  async remove(task: PayloadTask): Promise<void> {
    this.#written.delete(task.arn);
    await rm(this.#of(task), { recursive: true, force: true });
  }

  async #write(folder: string, task: PayloadTask): Promise<void> {
    await mkdir(folder, { recursive: true });
    const resolv = resolvText(task, this.#dnsServers);
    const texts = { hosts: hostsText(task), 'resolv.conf': resolv || (await readFile('/etc/resolv.conf', 'utf8')) };
    for (const [name, text] of Object.entries(texts)) {
      await writeFile(join(folder, name), text);
      await chmod(join(folder, name), 0o644);
    }
  }

  #of(task: PayloadTask): string {
    return join(this.#folder, task.arn.slice(task.arn.lastIndexOf('/') + 1));
  }
}
