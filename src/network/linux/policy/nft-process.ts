import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { NetworkFailed } from '../../index.ts';

/** Its answer to this is always the same, needs no kernel, and comes after all that it said of the line before. */
const mark = 'describe ipv4_addr\n';
const markAnswer = /^datatype ipv4_addr .*\n/m;

const limits = {
  /** A transaction takes milliseconds, with a thousand tasks under 100; this long means that it hangs. */
  answerMs: 20_000,
  /** Of what it says about one transaction. */
  outputCharacters: 64 * 1024,
  /** A larger one is not worth a process that stays, and no line of a terminal. */
  lineCharacters: 256 * 1024,
} as const;

/** Is a transaction small enough for `NftProcess`? */
export function fitsOneLine(commands: readonly string[]): boolean {
  return commands.reduce((sum, command) => sum + command.length + 1, 0) <= limits.lineCharacters;
}

/**
 * An nft that stays, because starting one costs more than a transaction. One transaction at a time: whoever uses it waits for the answer.
 * A process that ended is started anew with the next transaction.
 */
export class NftProcess {
  #child: ChildProcessWithoutNullStreams | undefined;
  #answer: ((text: string) => void) | undefined;
  #output = '';

  /**
   * Carries out commands as one transaction.
   * @throws NetworkFailed with what nft said, or that it ended; in the second case nobody knows whether the transaction took place
   */
  async run(commands: readonly string[]): Promise<void> {
    const child = (this.#child ??= this.#start());
    const said = await new Promise<string>((resolve, reject) => {
      const timer = setTimeout(() => {
        child.kill('SIGKILL');
        reject(new NetworkFailed(`nft did not answer within ${limits.answerMs} ms`));
      }, limits.answerMs);
      const ended = (): void => {
        clearTimeout(timer);
        reject(new NetworkFailed(`nft ended in the middle of a transaction: ${this.#output.trim()}`));
      };
      child.once('close', ended);
      this.#answer = (text) => {
        clearTimeout(timer);
        child.off('close', ended);
        resolve(text);
      };
      this.#output = '';
      child.stdin.write(`${commands.join('; ')}\n${mark}`);
    });
    const words = said.trim();
    if (words !== '') throw new NetworkFailed(`nft refused a change of security groups: ${words.slice(0, 500)}`);
  }

  close(): void {
    this.#child?.stdin.end();
    this.#child = undefined;
  }

  #start(): ChildProcessWithoutNullStreams {
    // Both outputs in one, so that an error is never read after the mark that follows it.
    const child = spawn('sh', ['-c', 'exec nft -i 2>&1']);
    const gone = (): void => {
      if (this.#child === child) this.#child = undefined;
    };
    child.on('error', gone);
    child.on('close', gone);
    child.stdin.on('error', () => undefined); // its end says all
    child.stdout.setEncoding('utf8').on('data', (piece: string) => this.#hear(piece));
    child.unref();
    for (const stream of [child.stdin, child.stdout, child.stderr]) (stream as unknown as { unref(): void }).unref();
    return child;
  }

  #hear(piece: string): void {
    this.#output = (this.#output + piece).slice(-limits.outputCharacters);
    const found = markAnswer.exec(this.#output);
    if (found === null) return;
    const answer = this.#answer;
    this.#answer = undefined;
    answer?.(this.#output.slice(0, found.index));
  }
}
