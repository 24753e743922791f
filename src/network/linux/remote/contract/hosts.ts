import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import type { Underlay } from '../../../../network-protocol/index.ts';
import { testInterface } from '../../../contract/network-contract.ts';
import type { PolicyChange, TaskInterface } from '../../../index.ts';
import type { HostOrder } from './host-process.ts';

/** A task without containers, on a machine of a test. */
export interface RemoteTask extends TaskInterface {
  readonly pid: number;
}

/** Network namespaces that stand for machines, switches, routers and tasks. All are gone with their processes. */
export class Hosts {
  readonly #children: ChildProcess[] = [];

  /** A namespace of its own. @returns the id of the process that holds it */
  async namespace(): Promise<number> {
    const child = spawn('unshare', ['--net', 'sh', '-c', 'echo ready; exec sleep 900'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#children.push(child);
    await once(child.stdout, 'data');
    const pid = child.pid ?? 0;
    inside(pid, 'ip link set lo up');
    return pid;
  }

  /** A switch: `cable` plugs others in. */
  async segment(): Promise<number> {
    const pid = await this.namespace();
    inside(pid, 'ip link add sw type bridge; ip link set sw up');
    return pid;
  }

  /** A device of a namespace on a segment. */
  cable(segment: number, pid: number, device: string, address: string): void {
    const port = `p${pid}${device}`.slice(0, 15);
    inside(segment, `ip link add ${port} type veth peer name ${device} netns ${pid}; ip link set ${port} master sw up`);
    inside(pid, `ip addr add ${address} dev ${device}; ip link set ${device} up`);
  }

  async started(pid: number, command: readonly string[]): Promise<ChildProcess> {
    const child = spawn('nsenter', ['-t', String(pid), '-n', ...command], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#children.push(child);
    await once(child.stdout, 'data');
    return child;
  }

  end(): void {
    for (const child of this.#children.splice(0)) child.kill('SIGKILL');
  }
}

/** A machine with an agent. */
export class Host {
  readonly pid: number;
  readonly underlay: Underlay;
  readonly #hosts: Hosts;
  readonly #owner: string;
  #agent: ChildProcess | undefined;
  #lines: AsyncIterator<string> | undefined;

  constructor(hosts: Hosts, pid: number, { owner, underlay }: { readonly owner: string; readonly underlay: Underlay }) {
    this.#hosts = hosts;
    this.pid = pid;
    this.#owner = owner;
    this.underlay = underlay;
  }

  /** Starts its agent, for the first time or again. */
  async start(): Promise<void> {
    const program = join(import.meta.dirname, 'host-process.ts');
    const args = ['-t', String(this.pid), '-n', process.execPath, '--import', 'tsx', program, this.#owner];
    this.#agent = spawn('nsenter', [...args, JSON.stringify(this.underlay)], { stdio: ['pipe', 'pipe', 'inherit'] });
    const reader: Interface = createInterface({ input: this.#agent.stdout as NodeJS.ReadableStream });
    this.#lines = reader[Symbol.asyncIterator]();
    await this.#lines.next();
  }

  async kill(): Promise<void> {
    this.#agent?.kill('SIGKILL');
    if (this.#agent !== undefined) await once(this.#agent, 'exit');
  }

  /** @throws with what the agent says */
  async order(order: HostOrder): Promise<void> {
    this.#agent?.stdin?.write(`${JSON.stringify(order)}\n`);
    const { value } = (await this.#lines?.next()) ?? { value: 'no agent' };
    if (value !== 'done') throw new Error(String(value));
  }

  apply(change: PolicyChange): Promise<void> {
    return this.order({ do: 'apply', change });
  }

  /** A task with an interface of a number; what may pass to and from it must be known. */
  async task(number: number): Promise<RemoteTask> {
    const wanted = testInterface(number);
    const pid = await this.#hosts.namespace();
    await this.order({ do: 'attach', wanted, pid });
    return { ...wanted, pid };
  }

  sh(command: string): string {
    return inside(this.pid, command);
  }
}

export function inside(pid: number, command: string): string {
  return execFileSync('nsenter', ['-t', String(pid), '-n', 'sh', '-c', command], { encoding: 'utf8', timeout: 20_000 });
}

/** Answers with what it hears, on TCP ports of a task. */
export async function serve(
  hosts: Hosts,
  { pid }: { readonly pid: number },
  ...ports: readonly number[]
): Promise<void> {
  const program = `let open = 0; for (const port of ${JSON.stringify(ports)}) require('net').createServer((s) => s.pipe(s).on('error', () => {}))
    .listen(port, '0.0.0.0', () => { open += 1; if (open === ${ports.length}) console.log('up'); })`;
  await hosts.started(pid, [process.execPath, '-e', program]);
}

/** Does a connection come about and carry this many bytes there and back? */
export function reaches(from: { readonly pid: number }, to: string, port: number, bytes = 1): boolean {
  const program = `let left = ${bytes}; const s = require('net').connect({ host: '${to}', port: ${port} }, () => s.write(Buffer.alloc(left)))
    .on('data', (d) => { left -= d.length; if (left <= 0) process.exit(0); }).on('error', () => process.exit(1)).setTimeout(2500, () => process.exit(2))`;
  try {
    inside(from.pid, `exec ${process.execPath} -e "${program.replaceAll('"', '\\"')}"`);
    return true;
  } catch {
    return false;
  }
}
