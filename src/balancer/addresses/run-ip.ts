import { execFile } from 'node:child_process';

const timeoutMs = 10_000;

/** Runs `ip`. @throws Error with what it wrote to standard error */
export function runIp(parameters: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile('ip', [...parameters], { timeout: timeoutMs }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`ip ${parameters.join(' ')} failed: ${stderr.trim() || error.message}`, { cause: error }));
    });
  });
}
