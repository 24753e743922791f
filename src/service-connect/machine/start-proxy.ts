import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { limits } from '../limits.ts';

const program = fileURLToPath(new URL('../proxy-process.js', import.meta.url));
/** A proxy holds little; what it may grow to is bounded, so that many of them fit on a machine. */
const memory = ['--max-semi-space-size=1', '--max-old-space-size=128', '--v8-pool-size=1'];

/**
 * Starts a proxy in the network namespace of a process. It outlives whoever starts it. Resolves when it listens.
 * @param onEnd called when it has ended, by whatever
 * @throws Error with what it said
 */
export async function startProxy(pid: number, file: string, onEnd: () => void): Promise<void> {
  const child = spawn('nsenter', [`--net=/proc/${pid}/ns/net`, process.execPath, ...memory, program, file], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], UV_THREADPOOL_SIZE: '1' },
  });
  let said = '';
  child.stderr.on('data', (piece: Buffer) => {
    said = (said + piece.toString()).slice(-2_000);
  });
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`it did not listen within ${limits.startMs} ms: ${said.trim()}`));
    }, limits.startMs);
    child.once('error', (error) => {
      clearTimeout(timer);
      reject(new Error(`nsenter could not be run: ${error.message}`));
    });
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      reject(new Error(`it ended with ${code ?? signal}: ${said.trim()}`));
      onEnd();
    });
    child.stdout.once('data', () => {
      clearTimeout(timer);
      resolve();
    });
  });
  // It goes on without us.
  child.stdout.destroy();
  child.stderr.destroy();
  child.unref();
}
