import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock, Log } from '../../kernel/index.ts';
import { messageOf } from '../../kernel/index.ts';
import { limits } from '../limits.ts';
import { configurationText, type Structure } from './configuration.ts';
import { serverChanges, serverLines, type Servers } from './servers.ts';
import { Worker } from './worker.ts';

export interface FleetOptions {
  readonly program: string;
  readonly directory: string;
  readonly clock: Clock;
  readonly log: Log;
  /** The process that served ended by itself. */
  onCrash(): void;
}

interface Serving {
  readonly worker: Worker;
  readonly structure: Structure;
  servers: Servers;
}

/** The HAProxy processes: the one that serves, and those before it that still finish what they have. */
export class Fleet {
  readonly #options: FleetOptions;
  readonly #retired = new Set<Worker>();
  readonly #leaving = new Set<string>();
  /** Retired, and none of its listeners is there any more. */
  readonly #unfollowed = new Set<Worker>();
  readonly #finishing = new WeakSet<Worker>();
  #leftover: Leftover | undefined;
  #serving: Serving | undefined;
  #generation = 0;
  #closed = false;

  constructor(options: FleetOptions) {
    this.#options = options;
    this.#leftover = findLeftover(options.directory);
  }

  /** Every process that may have something in flight. */
  get workers(): readonly Worker[] {
    return [...(this.#serving === undefined ? [] : [this.#serving.worker]), ...this.#retired];
  }

  /** Another process may hold listening sockets of ours. */
  get hasLeftover(): boolean {
    return this.#leftover !== undefined;
  }

  /**
   * Serves this: by commands to the process that is there where only servers changed, by a new process otherwise.
   * @throws Error when HAProxy does not take it; then what was served before goes on
   */
  async serve(structure: Structure, servers: Servers): Promise<void> {
    const serving = this.#serving;
    if (structure.backends.length === 0 && structure.sections.length === 0) return this.#serveNothing();
    if (serving === undefined || serving.worker.ended || !sameStructure(serving.structure, structure))
      return this.#replace(structure, servers);
    await this.setServers(servers);
  }

  async setServers(wanted: Servers): Promise<void> {
    const serving = this.#serving;
    if (serving === undefined || serving.worker.ended) return;
    const { commands, leaving } = serverChanges(serving.servers, wanted);
    // One that left and comes back before it was deleted is still there.
    const back = commands.filter(
      (command) => command.startsWith('add server ') && this.#leaving.has(command.split(' ')[2] ?? ''),
    );
    for (const command of back) this.#leaving.delete(command.split(' ')[2] ?? '');
    serving.servers = wanted;
    for (const path of leaving) this.#leaving.add(path);
    const complaints = await serving.worker.tell(commands.filter((command) => !back.includes(command)));
    if (complaints.length > 0)
      this.#options.log.warn('HAProxy did not take a command', { said: complaints.join('; ') });
  }

  /** A retired process without anything in flight: what its idle connections still send goes to its successor, or nowhere. */
  async #endIfIdle(worker: Worker): Promise<void> {
    if (this.#finishing.has(worker)) return;
    const inFlight = await worker.inFlight().catch(() => 0);
    if (inFlight > 0) return;
    this.#finishing.add(worker);
    if (this.#unfollowed.has(worker)) worker.kill();
    else worker.finish();
  }

  /** Deletes servers that have nothing left, and ends processes whose connections all are idle and lead nowhere. */
  async sweep(): Promise<void> {
    for (const worker of this.#retired) await this.#endIfIdle(worker);
    const serving = this.#serving;
    if (serving === undefined || serving.worker.ended) return;
    for (const path of this.#leaving) {
      const answer = await serving.worker.ask(`del server ${path}`);
      if (/deleted|No such/.test(answer)) this.#leaving.delete(path);
      else this.#options.log.debug('a server is not deleted yet', { server: path, said: answer.trim() });
    }
  }

  async #serveNothing(): Promise<void> {
    const serving = this.#serving;
    this.#serving = undefined;
    this.#leaving.clear();
    this.#endLeftover();
    if (serving === undefined || serving.worker.ended) return;
    this.#retired.add(serving.worker);
    this.#unfollowed.add(serving.worker);
    await serving.worker.retire(frontendsOf(serving.structure));
    this.#removeFiles(new Map());
  }

  async #replace(structure: Structure, servers: Servers): Promise<void> {
    const before = this.#serving;
    const worker = await this.#start(structure, servers, before?.worker.ended === true ? undefined : before?.worker);
    this.#serving = { worker, structure, servers };
    this.#leaving.clear();
    this.#endLeftover();
    this.#removeFiles(structure.files);
    if (before === undefined || before.worker.ended) return;
    this.#retired.add(before.worker);
    const relays = relaysOf(structure);
    const followed = relaysOf(before.structure).filter((name) => relays.includes(name));
    if (followed.length === 0) this.#unfollowed.add(before.worker);
    await before.worker.retire(frontendsOf(before.structure), followed).catch(() => undefined); // it ended by itself
    this.#bound();
  }

  #start(structure: Structure, servers: Servers, before: Worker | undefined): Promise<Worker> {
    const { directory, program, clock } = this.#options;
    this.#generation += 1;
    const name = `${process.pid}-${this.#generation}`;
    const socket = join(directory, `api-${name}`);
    const configurationFile = join(directory, `haproxy-${name}.cfg`);
    const write = (file: string, text: string): void => writeFileSync(file, text, { mode: 0o600 });
    for (const [file, text] of structure.files) write(join(directory, file), text);
    write(
      configurationFile,
      configurationText(structure, {
        statsSocket: socket,
        serverLines: ({ name: of }) => serverLines(servers.get(of)),
      }),
    );
    return Worker.start({
      program,
      configurationFile,
      socket,
      takeOver: before?.socket ?? this.#leftover?.socket,
      clock,
      onEnd: (worker, how) => this.#onEnd(worker, how, [socket, configurationFile]),
    });
  }

  #onEnd(worker: Worker, how: string, files: readonly string[]): void {
    for (const file of files) rmSync(file, { force: true });
    this.#retired.delete(worker);
    this.#unfollowed.delete(worker);
    if (this.#closed || this.#serving?.worker !== worker) return;
    this.#options.log.error('HAProxy ended, starting it again', { how, said: worker.alerts });
    this.#options.onCrash();
  }

  /** Processes that live on for a few long connections are not kept without end. */
  #bound(): void {
    const [oldest] = this.#retired;
    if (oldest !== undefined && this.#retired.size > limits.retiredProcesses) oldest.kill();
  }

  /** Private keys and pages that nothing needs any more: HAProxy reads them only when it starts. */
  #removeFiles(wanted: ReadonlyMap<string, string>): void {
    for (const file of readdirSync(this.#options.directory))
      if (/^(body|error|list|certificate)-/.test(file) && !wanted.has(file))
        rmSync(join(this.#options.directory, file), { force: true });
  }

  #endLeftover(): void {
    if (this.#leftover === undefined) return;
    for (const pid of this.#leftover.pids) {
      try {
        process.kill(pid, 'SIGUSR1');
      } catch (error) {
        this.#options.log.debug('a process of before is gone', { pid, error: messageOf(error) });
      }
    }
    this.#leftover = undefined;
  }

  close(): void {
    this.#closed = true;
    this.#endLeftover();
    for (const worker of this.workers) worker.kill();
    this.#removeFiles(new Map());
  }
}

function sameStructure(one: Structure, other: Structure): boolean {
  const text = ({ head, sections, backends, files }: Structure): string =>
    JSON.stringify([head, sections, backends, [...files.keys()]]);
  return text(one) === text(other);
}

function frontendsOf({ sections }: Structure): readonly string[] {
  return sections.flatMap((section) => /^frontend (\w+)/.exec(section)?.[1] ?? []);
}

function relaysOf({ sections }: Structure): readonly string[] {
  return sections.flatMap((section) => /^backend (relay-\w+)/.exec(section)?.[1] ?? []);
}

/** HAProxy processes of a data plane that did not end them, such as one that was killed: they still serve. */
interface Leftover {
  readonly pids: readonly number[];
  readonly socket: string | undefined;
}

function findLeftover(directory: string): Leftover | undefined {
  const found: { readonly pid: number; readonly socket: string }[] = [];
  let pids: readonly string[];
  try {
    pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return undefined; // not Linux: nothing to look at
  }
  for (const pid of pids) {
    try {
      const [, , , file = ''] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      const [, name] = file.startsWith(`${directory}/`) ? (/\/haproxy-([\d-]+)\.cfg$/.exec(file) ?? []) : [];
      if (name !== undefined) found.push({ pid: Number(pid), socket: join(directory, `api-${name}`) });
    } catch {
      continue; // it ended meanwhile, or is another user's
    }
  }
  if (found.length === 0) return undefined;
  return { pids: found.map(({ pid }) => pid), socket: found.at(-1)?.socket };
}
