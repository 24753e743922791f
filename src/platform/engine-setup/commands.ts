import { spawn } from 'node:child_process';
import { Unavailable } from '../../kernel/index.ts';

/** Lines of a failed command that its error shows. */
const keptLines = 12;

/**
 * Runs a program to its end, telling each line it prints.
 * @throws Unavailable with its last lines when it fails or takes too long
 */
export function runCommand(
  command: readonly [program: string, ...parameters: string[]],
  options: {
    readonly timeoutMs: number;
    readonly env?: Readonly<Record<string, string | undefined>>;
    readonly onLine?: (line: string) => void;
  },
): Promise<void> {
  const [program, ...parameters] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(program, parameters, {
      env: options.env ?? process.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: options.timeoutMs,
    });
    const last: string[] = [];
    let rest = '';
    const read = (bytes: Buffer): void => {
      const lines = (rest + bytes.toString('utf8')).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines.filter((text) => text.trim() !== '')) {
        options.onLine?.(line);
        last.push(line);
        if (last.length > keptLines) last.shift();
      }
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.on('error', (thrown) =>
      reject(new Unavailable(`cannot run ${program}: ${thrown.message}`, { cause: thrown })),
    );
    child.on('close', (code, signal) => {
      if (code === 0) return resolve();
      const why = signal === null ? `code ${code}` : `signal ${signal} (limit ${options.timeoutMs} ms)`;
      reject(new Unavailable(`"${command.join(' ')}" ended with ${why}: ${[...last, rest].join('\n').trim()}`));
    });
  });
}
