import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile, realpath } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { TarEntry } from '../../runtime/index.ts';

// What images are made of here: files of this machine, and a few that are written.

const run = promisify(execFile);
/** ldd starts a program for each file, of which PostgreSQL has a hundred. */
const commandTimeoutMs = 300_000;

/** In Docker's words. */
export const architecture: string = process.arch === 'x64' ? 'amd64' : process.arch;

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** An executable and the shared libraries it needs, at the places where it looks for them. */
export async function program(name: string, path: string): Promise<readonly TarEntry[]> {
  return [await copied(name, path, 0o755), ...(await librariesOf([path]))];
}

/** The shared libraries that programs and libraries need, at the places where they look for them. */
export async function librariesOf(paths: readonly string[]): Promise<readonly TarEntry[]> {
  const libraries = await sharedLibraries(paths);
  return Promise.all(libraries.map((library) => copied(library.slice(1), library, 0o755)));
}

/** A file of this machine; of a symbolic link what it leads to. */
export async function copied(name: string, from: string, mode: number): Promise<TarEntry> {
  return { name, mode, content: await readFile(await realpath(from)) };
}

/** Lines of ldd such as `libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x…)` and `/lib64/ld-linux-x86-64.so.2 (0x…)`. */
async function sharedLibraries(paths: readonly string[]): Promise<readonly string[]> {
  const output = await run('ldd', [...paths], { timeout: commandTimeoutMs, maxBuffer: 16 << 20 }).then(
    ({ stdout }) => stdout,
    (thrown: { stdout?: string; stderr?: string }) => {
      // The answer for a static program, which is an error for ldd.
      if (`${thrown.stdout}${thrown.stderr}`.includes('not a dynamic executable')) return thrown.stdout ?? '';
      throw thrown;
    },
  );
  return [...new Set([...output.matchAll(/(?:=>\s*|^\s*)(\/\S+) \(0x/gm)].map(([, library]) => library ?? ''))];
}

export function textFile(name: string, text: string, mode = 0o644): TarEntry {
  return { name, mode, content: Buffer.from(text) };
}

/** Every folder of the files, before what is in it, and a /tmp for all. */
export function folders(files: readonly TarEntry[]): readonly TarEntry[] {
  const names = new Set<string>();
  for (const { name } of files) {
    for (let slash = name.indexOf('/'); slash !== -1; slash = name.indexOf('/', slash + 1))
      names.add(name.slice(0, slash + 1));
  }
  return [...[...names].map((name) => ({ name, mode: 0o755 })), { name: 'tmp/', mode: 0o1777 }];
}
