import { execFile } from 'node:child_process';
import { readdir, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { NotFound, Unavailable } from '../../kernel/index.ts';
import { imageArchive } from '../../runtime/index.ts';
import type { ImageArchive, TarEntry } from '../../runtime/index.ts';
import { architecture, copied, folders, librariesOf, sha256, textFile } from './image-parts.ts';
import { findProgram } from './machine.ts';
import { postgresEntryPoint } from './postgres-image-files.ts';

const run = promisify(execFile);
const commandTimeoutMs = 60_000;

/** What the image is called: `longshore/postgres:local`. */
export const postgresImage = { repository: 'longshore/postgres', tag: 'local' } as const;

/** Where Debian's and Ubuntu's packages put each version. */
const programsDirectory = '/usr/lib/postgresql';
const sharedDirectory = '/usr/share/postgresql';
/** Debian's PostgreSQL reads the system's time zones. */
const zonesDirectory = '/usr/share/zoneinfo';
const localeDirectory = '/usr/lib/locale/C.utf8';
/** What the entry point and PostgreSQL's own scripts call, of Debian's essential packages. */
const tools =
  'bash cat chmod chown cp date dirname env find grep head id locale ls mkdir mv printf rm sed setpriv sleep sort tail touch tr uname'.split(
    ' ',
  );
/** Compiled queries take the LLVM compiler, which is larger than all the rest; PostgreSQL does without. Headers and time zones twice are no use. */
const leftOut = /\/(?:bitcode|pgxs|man|right|posix)(?:\/|$)|\/llvmjit/;

export interface BuiltPostgresImage extends ImageArchive {
  /** Such as `15.18`. */
  readonly version: string;
}

/**
 * An image of PostgreSQL made from the Debian or Ubuntu packages on this machine, with the conventions of the official one.
 * @throws NotFound when they are not installed
 */
export async function buildPostgresImage(): Promise<BuiltPostgresImage> {
  const major = await newestMajor();
  const bin = join(programsDirectory, major, 'bin');
  const { stdout } = await run(join(bin, 'postgres'), ['--version'], { timeout: commandTimeoutMs });
  const version = /\(PostgreSQL\) (\d+(?:\.\d+)*)/.exec(stdout)?.[1];
  if (version === undefined) throw new Unavailable(`${bin}/postgres does not say its version: ${stdout.trim()}`);
  const files = await allFiles(major);
  const archive = imageArchive(
    {
      repository: postgresImage.repository,
      tag: postgresImage.tag,
      architecture,
      config: {
        Entrypoint: ['docker-entrypoint.sh'],
        Cmd: ['postgres'],
        Env: [
          `PATH=${bin}:/usr/local/bin:/usr/bin:/bin`,
          'LANG=C.UTF-8',
          `PG_MAJOR=${major}`,
          `PG_VERSION=${version}`,
          'PGDATA=/var/lib/postgresql/data',
        ],
        WorkingDir: '/',
        ExposedPorts: { '5432/tcp': {} },
        StopSignal: 'SIGINT',
      },
      files: [...folders(files), ...files],
    },
    sha256,
  );
  return { ...archive, version };
}

async function newestMajor(): Promise<string> {
  const names = await readdir(programsDirectory).catch(() => []);
  const majors = names.filter((name) => /^\d+(?:\.\d+)?$/.test(name)).sort((one, other) => Number(other) - Number(one));
  for (const major of majors) if (await isFile(join(programsDirectory, major, 'bin', 'postgres'))) return major;
  throw new NotFound(
    `PostgreSQL is not installed in ${programsDirectory}: apt-get install --no-install-recommends postgresql (Debian, Ubuntu), or use the official image postgres:16`,
  );
}

async function allFiles(major: string): Promise<readonly TarEntry[]> {
  const binaries = await filesBelow(join(programsDirectory, major));
  const others = (
    await Promise.all([join(sharedDirectory, major), zonesDirectory, localeDirectory].map(filesBelow))
  ).flat();
  const called = await Promise.all(
    tools.map(async (name) => {
      const path = await findProgram(name);
      if (path === undefined) throw new NotFound(`the image needs ${name}, which is not installed on this machine`);
      return { name: `bin/${name}`, path };
    }),
  );
  const libraries = await librariesOf([...binaries, ...called.map(({ path }) => path)]);
  return [
    ...(await Promise.all(called.map(({ name, path }) => copied(name, path, 0o755)))),
    { name: 'bin/sh', mode: 0o777, linkTo: 'bash' },
    ...libraries,
    ...(await Promise.all(binaries.map((path) => copied(path.slice(1), path, 0o755)))),
    ...(await Promise.all(others.map((path) => copied(path.slice(1), path, 0o644)))),
    textFile('usr/local/bin/docker-entrypoint.sh', postgresEntryPoint, 0o755),
    textFile('etc/passwd', 'root:x:0:0:root:/:/bin/sh\npostgres:x:999:999:PostgreSQL:/var/lib/postgresql:/bin/sh\n'),
    textFile('etc/group', 'root:x:0:\npostgres:x:999:\n'),
  ];
}

/** Regular files, and what symbolic links to such lead to. */
async function filesBelow(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile() || entry.isSymbolicLink())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !leftOut.test(`/${relative(directory, path)}`));
  const regular = await Promise.all(paths.map(isFile));
  return paths.filter((_path, at) => regular[at] === true);
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}
