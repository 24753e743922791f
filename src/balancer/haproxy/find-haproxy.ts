import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';

export interface FoundHaproxy {
  readonly program: string;
  /** Such as 2.6.12. */
  readonly version: string;
}

const lowest = [2, 6] as const;
/** Where packages put it that are not on every user's PATH. */
const usual = ['/usr/sbin', '/usr/local/sbin'];
const versionTimeoutMs = 10_000;

/** The first HAProxy on the path that can be used. @returns why there is none otherwise */
export async function findHaproxy(path: string): Promise<FoundHaproxy | string> {
  let problem = 'no haproxy on the PATH';
  for (const directory of new Set([...path.split(':').filter((one) => one.startsWith('/')), ...usual])) {
    const program = join(directory, 'haproxy');
    const executable = await access(program, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (!executable) continue;
    const found = readVersion(program, await versionText(program));
    if (typeof found !== 'string') return found;
    problem = found;
  }
  return problem;
}

function versionText(program: string): Promise<string> {
  return new Promise((resolve) => {
    execFile(program, ['-vv'], { timeout: versionTimeoutMs, env: {} }, (error, stdout) =>
      resolve(error === null ? stdout : ''),
    );
  });
}

/** What `haproxy -vv` says, read. */
export function readVersion(program: string, text: string): FoundHaproxy | string {
  const [, version = '', major = '', minor = ''] = /version ((\d+)\.(\d+)[^\s-]*)/.exec(text) ?? [];
  if (version === '') return `${program} did not say its version`;
  const old = Number(major) < lowest[0] || (Number(major) === lowest[0] && Number(minor) < lowest[1]);
  if (old) return `${program} is version ${version}; ${lowest.join('.')} or later is needed`;
  const features = /^Feature list :(.*)$/m.exec(text)?.[1] ?? '';
  if (!/\+OPENSSL\b/.test(features)) return `${program} is built without TLS`;
  if (!/\+(STATIC_)?PCRE/.test(features)) return `${program} is built without PCRE, which rules need`;
  return { program, version };
}
