import { spawn } from 'node:child_process';
import { NetworkFailed } from '../index.ts';

/** One command of the system takes milliseconds; this long means that it hangs. */
const commandTimeoutMs = 20_000;
/** `ip -j link` of some 10,000 interfaces. */
const maxOutputBytes = 32 * 1024 * 1024;

/**
 * Runs a program with text on its standard input.
 * @returns what it printed
 * @throws NetworkFailed with what it wrote to standard error
 */
export function run(program: string, parameters: readonly string[], input = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, parameters, { timeout: commandTimeoutMs, killSignal: 'SIGKILL' });
    const output: Buffer[] = [];
    const errors: Buffer[] = [];
    let size = 0;
    const keep = (parts: Buffer[]) => (bytes: Buffer) => {
      size += bytes.length;
      if (size > maxOutputBytes) child.kill('SIGKILL');
      else parts.push(bytes);
    };
    child.stdout.on('data', keep(output));
    child.stderr.on('data', keep(errors));
    // A program that ends before it has read everything says why on standard error.
    child.stdin.on('error', () => undefined);
    child.on('error', (thrown) =>
      reject(new NetworkFailed(`cannot run ${program}: ${thrown.message}`, { cause: thrown })),
    );
    child.on('close', (code, signal) => {
      if (code === 0) return resolve(Buffer.concat(output).toString('utf8'));
      const said = Buffer.concat(errors).toString('utf8').trim();
      const ended = signal === null ? `code ${code}` : `signal ${signal} after at most ${commandTimeoutMs} ms`;
      reject(new NetworkFailed(`${program} ${parameters.join(' ')} ended with ${ended}: ${said}`));
    });
    child.stdin.end(input);
  });
}

/** Several `ip` commands in one process. The error names the command that failed. */
export async function ipBatch(commands: readonly string[], inNamespaceOf?: number): Promise<void> {
  const input = commands.map((command) => `${command}\n`).join('');
  const ip = ['-batch', '-'];
  try {
    if (inNamespaceOf === undefined) await run('ip', ip, input);
    else await run('nsenter', ['-t', String(inNamespaceOf), '-n', 'ip', ...ip], input);
  } catch (thrown) {
    if (!(thrown instanceof NetworkFailed)) throw thrown;
    const line = /Command failed -:(\d+)/.exec(thrown.message)?.[1];
    const command = line === undefined ? undefined : commands[Number(line) - 1];
    if (command === undefined) throw thrown;
    throw new NetworkFailed(`"ip ${command}" failed: ${thrown.message}`, { cause: thrown });
  }
}

/** The JSON that `ip -j …` prints: a list, empty when it prints nothing. */
export async function ipJson<T>(parameters: readonly string[], inNamespaceOf?: number): Promise<readonly T[]> {
  const ip = ['-j', ...parameters];
  const output =
    inNamespaceOf === undefined
      ? await run('ip', ip)
      : await run('nsenter', ['-t', String(inNamespaceOf), '-n', 'ip', ...ip]);
  return output.trim() === '' ? [] : (JSON.parse(output) as readonly T[]);
}

export async function nft(script: string): Promise<void> {
  if (script !== '') await run('nft', ['-f', '-'], script);
}
