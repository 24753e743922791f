import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { imageArchive } from '../../runtime/index.ts';
import type { ImageArchive, TarEntry } from '../../runtime/index.ts';
import { architecture, folders, program, sha256, textFile } from './image-parts.ts';
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
      architecture,
      config: { Cmd: made.command, Env: ['PATH=/bin'], WorkingDir: '/', ExposedPorts: { '8080/tcp': {} } },
      files: [...folders(made.files), ...made.files],
    },
    sha256,
  );
  return { ...archive, madeFrom: busybox === undefined ? 'node' : 'busybox' };
}

interface Made {
  readonly files: readonly TarEntry[];
  readonly command: readonly string[];
}

async function busyboxFiles(path: string): Promise<Made> {
  return {
    command: ['/bin/web'],
    files: [
      ...(await program('bin/busybox', path)),
      ...(await busyboxApplets(path)),
      textFile('bin/web', shellServer, 0o755),
      textFile('www/index.html', page),
      textFile('www/cgi-bin/task', taskPage, 0o755),
      textFile('etc/passwd', 'root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n'),
      textFile('etc/group', 'root:x:0:\nnogroup:x:65534:\n'),
    ],
  };
}

/** The names that busybox answers to. */
export async function busyboxApplets(path: string): Promise<readonly TarEntry[]> {
  const { stdout } = await run(path, ['--list'], { timeout: commandTimeoutMs });
  const applets = stdout.split('\n').filter((applet) => applet !== '' && applet !== 'busybox');
  return applets.map((applet) => ({ name: `bin/${applet}`, mode: 0o777, linkTo: 'busybox' }));
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
