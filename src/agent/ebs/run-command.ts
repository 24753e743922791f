import { execFile } from 'node:child_process';

/** A command failed, or is not on this machine; the message says which and why. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
  /** `missing`: there is no such program. */
  readonly exitCode: number | 'missing' | 'killed';

  constructor(message: string, exitCode: CommandFailure['exitCode']) {
    super(message);
    this.exitCode = exitCode;
  }
}

const maxOutputBytes = 64 * 1024;

/** Runs a program of the machine, for a bounded time. @returns what it printed. @throws CommandFailure */
export function runCommand(
  program: string,
  args: readonly string[],
  { timeoutMs }: { readonly timeoutMs: number },
): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: maxOutputBytes } as const;
    execFile(program, [...args], options, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout);
      const command = [program, ...args].join(' ');
      if (error.code === 'ENOENT') return reject(new CommandFailure(`${program} is not on this machine`, 'missing'));
      if (error.killed === true)
        return reject(new CommandFailure(`${command} did not end within ${timeoutMs / 1000} s`, 'killed'));
      const said = (stderr.trim() || stdout.trim() || error.message).split('\n').slice(-3).join(' ');
      const exitCode = typeof error.code === 'number' ? error.code : 'killed';
      reject(new CommandFailure(`${command} failed: ${said}`, exitCode));
    });
  });
}
