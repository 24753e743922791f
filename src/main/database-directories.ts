import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DatabaseDirectories, DatabaseReady } from '../services/rds/index.ts';

/** The container's users come in: PostgreSQL runs as a user of its image's. Nobody but the owner gets here from outside. */
const openMode = 0o755;
const readyForm = /^(\d+) (\d+)$/;

/**
 * Databases as directories `ACCOUNT/RESOURCE` below one, which only the owner can enter: `id` says whose it is, `data` is PostgreSQL's, in `control` the
 * container is told something, in `state` it answers.
 */
export function databaseDirectories(root: string): DatabaseDirectories {
  const path = (account: string, resourceId: string): string => join(root, account, resourceId);
  return {
    path,
    async make(account, resourceId) {
      await mkdir(join(root, account), { recursive: true, mode: 0o700 });
      const own = path(account, resourceId);
      await mkdir(own, { mode: openMode });
      for (const part of ['data', 'control', 'state']) await mkdir(join(own, part), { mode: openMode });
      await writeFile(join(own, 'id'), `${resourceId}\n`);
    },
    async sayPassword(account, resourceId, { verifier, version }) {
      const file = join(path(account, resourceId), 'control', 'password');
      const text = `${version} ${verifier}\n`;
      if ((await present(file)) === text) return;
      await writeFile(`${file}.new`, text, { mode: 0o600 });
      await rename(`${file}.new`, file);
    },
    async ready(account, resourceId) {
      return readReady(await present(join(path(account, resourceId), 'state', 'ready')));
    },
    async remove(account, resourceId) {
      await rm(path(account, resourceId), { recursive: true, force: true });
    },
  };
}

async function present(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}

function readReady(text: string | undefined): DatabaseReady | undefined {
  const [, boot, version] = readyForm.exec(text?.trim() ?? '') ?? [];
  return boot === undefined ? undefined : { boot: Number(boot), passwordVersion: Number(version) };
}
