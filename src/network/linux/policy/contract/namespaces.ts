import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { silentLog } from '../../../../kernel/index.ts';
import { testInterface } from '../../../contract/network-contract.ts';
import type { TaskInterface, TaskNetwork } from '../../../index.ts';
import { openLinuxNetwork } from '../../linux-network.ts';

/** A task without containers: a network namespace with an interface. */
export interface TestTask extends TaskInterface {
  readonly pid: number;
}

/** Real namespaces on the routed network, and programs in them. Root; no engine. */
export class Namespaces {
  readonly owner: string;
  readonly #children: ChildProcess[] = [];

  constructor(owner: string) {
    this.owner = owner;
  }

  open(name = this.owner): Promise<TaskNetwork> {
    return openLinuxNetwork({ owner: name, log: silentLog });
  }

  /** Attaches one; what may pass to and from it must be known. */
  async task(network: TaskNetwork, number: number, change: Partial<TaskInterface> = {}): Promise<TestTask> {
    const wanted = testInterface(number, change);
    const pid = await this.started('unshare', ['--net', 'sh', '-c', 'echo ready; exec sleep 600']);
    await network.attach(wanted, { id: '', pid });
    return { ...wanted, pid };
  }

  /** Starts an echo server at TCP ports of a task. */
  async serve({ pid }: TestTask, ...ports: readonly number[]): Promise<void> {
    await this.started('nsenter', ['-t', String(pid), '-n', process.execPath, '-e', echoServer('0.0.0.0', ports)]);
  }

  async serveHere(address: string, ...ports: readonly number[]): Promise<void> {
    await this.started(process.execPath, ['-e', echoServer(address, ports)]);
  }

  /** A process that has printed a line. */
  async started(program: string, parameters: readonly string[]): Promise<number> {
    const child = spawn(program, parameters, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#children.push(child);
    await new Promise((resolve) => child.stdout?.once('data', resolve));
    return child.pid ?? 0;
  }

  /** Does a connection come about? `from` undefined: of a process of the machine, maybe from an address of it. */
  reaches(from: TestTask | undefined, to: string, port: number, source?: string): boolean {
    const program = `require('net').connect({ host: '${to}', port: ${port}${source === undefined ? '' : `, localAddress: '${source}'`} })
      .on('connect', () => process.exit(0)).on('error', () => process.exit(1)).setTimeout(700, () => process.exit(2))`;
    const node = [process.execPath, '-e', program];
    return succeeds(from === undefined ? node : ['nsenter', '-t', String(from.pid), '-n', ...node]);
  }

  /** A connection that stays; `echo` says whether it still carries. */
  async talk(from: TestTask, to: string, port: number): Promise<{ echo(): Promise<boolean> }> {
    const program = `const s = require('net').connect({ host: '${to}', port: ${port} }, () => console.log('up'));
      s.on('data', (d) => process.stdout.write(d)); process.stdin.on('data', (d) => s.write(d))`;
    const child = spawn('nsenter', ['-t', String(from.pid), '-n', process.execPath, '-e', program]);
    this.#children.push(child);
    await new Promise((resolve) => child.stdout.once('data', resolve));
    return {
      echo: () =>
        new Promise((resolve) => {
          const timer = setTimeout(() => resolve(false), 1_000);
          child.stdout.once('data', () => {
            clearTimeout(timer);
            resolve(true);
          });
          child.stdin.write('hello\n');
        }),
    };
  }

  end(): void {
    for (const child of this.#children.splice(0)) child.kill('SIGKILL');
  }
}

export function sh(command: string): string {
  return execFileSync('sh', ['-c', command], { encoding: 'utf8', timeout: 20_000 });
}

function succeeds([program = '', ...parameters]: readonly string[]): boolean {
  try {
    execFileSync(program, parameters, { timeout: 10_000, stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function echoServer(address: string, ports: readonly number[]): string {
  return `let open = 0; for (const port of ${JSON.stringify(ports)}) require('net').createServer((s) => s.pipe(s).on('error', () => {}))
    .listen(port, '${address}', () => { open += 1; if (open === ${ports.length}) console.log('up'); })`;
}
