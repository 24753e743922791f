import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';

const programs = '/usr/lib/postgresql';

function isInstalled(): boolean {
  return (
    existsSync(programs) && readdirSync(programs).some((version) => existsSync(`${programs}/${version}/bin/postgres`))
  );
}

/** Installs PostgreSQL where this user may and apt has it. */
function install(): string {
  if (process.getuid?.() !== 0) return 'skipped: PostgreSQL is not installed, and only root may install it';
  try {
    const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const options = { env: environment, stdio: 'ignore', timeout: 300_000 } as const;
    execFileSync('apt-get', ['update'], options);
    execFileSync('apt-get', ['install', '--yes', '--no-install-recommends', 'postgresql'], options);
    return isInstalled() ? 'installed by apt' : `skipped: apt installed no PostgreSQL in ${programs}`;
  } catch (error) {
    return `skipped: apt-get could not install PostgreSQL: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** Says why the tests that need PostgreSQL run or do not. */
export const whyNoPostgres: string = isInstalled() ? 'PostgreSQL of this machine' : install();

/** Is there a PostgreSQL to make an image of? */
export const hasPostgres: boolean = isInstalled();
if (!hasPostgres) console.error(whyNoPostgres);
