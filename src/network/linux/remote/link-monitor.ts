import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { interfacePrefix } from '../names.ts';

/** Ends with its parent, however that ends: its standard input does. */
const command = 'exec 3<&0; (read _ <&3; kill $$) >/dev/null 2>&1 & exec ip -o monitor link address 3<&-';
const restartMs = 5_000;
/** Devices of tasks and containers, which come and go and lead to no machine. */
const taskDevice = new RegExp(String.raw`^(?:Deleted )?\d+: (?:${interfacePrefix}|veth|docker|br-|lo[: ])`);

/** Calls when a device or an address of the machine itself comes, goes or changes: the kernel drops the routes of a device that goes down. */
export class LinkMonitor {
  readonly #changed: () => void;
  #child: ChildProcessByStdio<Writable, Readable, null> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(changed: () => void) {
    this.#changed = changed;
    this.#start();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#child?.stdin.end();
  }

  #start(): void {
    const child = spawn('sh', ['-c', command], { stdio: ['pipe', 'pipe', 'ignore'] });
    this.#child = child;
    let rest = '';
    child.stdout.setEncoding('utf8').on('data', (piece: string) => {
      const lines = (rest + piece).split('\n');
      rest = (lines.pop() ?? '').slice(-1_000);
      if (lines.some((line) => line !== '' && !taskDevice.test(line))) this.#changed();
    });
    child.on('error', () => undefined);
    child.on('close', () => {
      child.stdin.destroy();
      if (this.#closed) return;
      // What happened meanwhile is not known.
      this.#timer = setTimeout(() => {
        this.#start();
        this.#changed();
      }, restartMs);
      this.#timer.unref();
    });
    child.stdin.on('error', () => undefined);
    child.unref();
    for (const stream of [child.stdin, child.stdout]) (stream as unknown as { unref(): void }).unref();
  }
}
