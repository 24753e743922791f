import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile, realpath } from 'node:fs/promises';
import { promisify } from 'node:util';
import { imageArchive } from '../../runtime/index.ts';
import type { ImageArchive, TarEntry } from '../../runtime/index.ts';
import { nodeServer, page, shellServer, taskPage } from './local-image-files.ts';
import { findProgram } from './machine.ts';

const run = promisify(execFile);
const commandTimeoutMs = 10_000;

/** What the image is called in task definitions: `longshore/web:1`. */
export const localImage = { repository: 'longshore/web', tag: '1' } as const;

export interface LocalImage extends ImageArchive {
  /** What it was made from: only `busybox` brings a shell and its tools. */
  readonly madeFrom: 'busybox' | 'node';
}

/**
 * An image made from what is on this machine, for where no registry can be reached. Its containers serve HTTP on port 8080 (or `PORT`)
 * and print a line per request. Made from busybox where there is one, else from the running Node.
 */
export async function buildLocalImage(options: { readonly busybox?: boolean } = {}): Promise<LocalImage> {
  const busybox = options.busybox === false ? undefined : await findProgram('busybox');
  const made = busybox === undefined ? await nodeFiles() : await busyboxFiles(busybox);
  const archive = imageArchive(
    {
      repository: localImage.repository,
      tag: localImage.tag,
      architecture: process.arch === 'x64' ? 'amd64' : process.arch,
      config: { Cmd: made.command, Env: ['PATH=/bin'], WorkingDir: '/', ExposedPorts: { '8080/tcp': {} } },
      files: [...folders(made.files), ...made.files],
    },
    (bytes) => createHash('sha256').update(bytes).digest('hex'),
  );
  return { ...archive, madeFrom: busybox === undefined ? 'node' : 'busybox' };
}

interface Made {
  readonly files: readonly TarEntry[];
  readonly command: readonly string[];
}

async function busyboxFiles(path: string): Promise<Made> {
  const { stdout } = await run(path, ['--list'], { timeout: commandTimeoutMs });
  const applets = stdout.split('\n').filter((applet) => applet !== '' && applet !== 'busybox');
  return {
    command: ['/bin/web'],
    files: [
      ...(await program('bin/busybox', path)),
      ...applets.map((applet) => ({ name: `bin/${applet}`, mode: 0o777, linkTo: 'busybox' })),
      textFile('bin/web', shellServer, 0o755),
      textFile('www/index.html', page),
      textFile('www/cgi-bin/task', taskPage, 0o755),
      textFile('etc/passwd', 'root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n'),
      textFile('etc/group', 'root:x:0:\nnogroup:x:65534:\n'),
    ],
  };
}

async function nodeFiles(): Promise<Made> {
  return {
    command: ['/bin/node', '/web.mjs'],
    files: [
      ...(await program('bin/node', process.execPath)),
      textFile('web.mjs', nodeServer),
      textFile('www/index.html', page),
    ],
  };
}

/** An executable and the shared libraries it needs, at the places where it looks for them. */
async function program(name: string, path: string): Promise<readonly TarEntry[]> {
  const libraries = await sharedLibraries(path);
  const files = [{ name, from: path }, ...libraries.map((library) => ({ name: library.slice(1), from: library }))];
  return Promise.all(
    files.map(async (file) => ({ name: file.name, mode: 0o755, content: await readFile(await realpath(file.from)) })),
  );
}

/** Lines of ldd such as `libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x…)` and `/lib64/ld-linux-x86-64.so.2 (0x…)`. */
async function sharedLibraries(path: string): Promise<readonly string[]> {
  const output = await run('ldd', [path], { timeout: commandTimeoutMs }).then(
    ({ stdout }) => stdout,
    (thrown: { stdout?: string; stderr?: string }) => {
      // The answer for a static program, which is an error for ldd.
      if (`${thrown.stdout}${thrown.stderr}`.includes('not a dynamic executable')) return '';
      throw thrown;
    },
  );
  return [...output.matchAll(/(?:=>\s*|^\s*)(\/\S+) \(0x/gm)].map(([, library]) => library ?? '');
}

function textFile(name: string, text: string, mode = 0o644): TarEntry {
  return { name, mode, content: Buffer.from(text) };
}

/** Every folder of the files, before what is in it, and a /tmp for all. */
function folders(files: readonly TarEntry[]): readonly TarEntry[] {
  const names = new Set<string>();
  for (const { name } of files) {
    for (let slash = name.indexOf('/'); slash !== -1; slash = name.indexOf('/', slash + 1))
      names.add(name.slice(0, slash + 1));
  }
  return [...[...names].map((name) => ({ name, mode: 0o755 })), { name: 'tmp/', mode: 0o1777 }];
}
