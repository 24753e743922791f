import { Unsupported } from '../../kernel/index.ts';
import { runCommand } from './commands.ts';
import { findEngine } from './find-engine.ts';
import type { EngineCandidate, EngineSearch } from './find-engine.ts';
import { engineProgramPackages, lookAtMachine } from './machine.ts';
import type { Machine } from './machine.ts';
import { startDockerd } from './start-dockerd.ts';

const installTimeoutMs = 15 * 60_000;
const systemctlTimeoutMs = 90_000;

export type SetUpStep =
  | { readonly kind: 'install'; readonly packages: readonly string[] }
  /** The system's own service. */
  | { readonly kind: 'startService' }
  /** A dockerd of our own, in the engine folder. */
  | { readonly kind: 'startDockerd' };

export interface SetUpOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where an engine started here keeps its data, socket and log; at most 60 characters, for the sockets in it. */
  readonly engineDir: string;
  readonly onProgress: (line: string) => void;
}

/**
 * Finds the engine of this machine, or installs and starts one where that is possible and permitted.
 * Calling it again finds the one that runs.
 * @throws Unsupported with the one thing to do, when there is something that only the user can do
 */
export async function setUpEngine(options: SetUpOptions): Promise<EngineCandidate> {
  const search = await findEngine(options);
  if (search.found !== undefined) return search.found;
  for (const step of planSetUp(await lookAtMachine(), search, options.env)) await apply(step, options);
  const again = await findEngine(options);
  if (again.found !== undefined) return again.found;
  throw new Unsupported(`the container engine was set up, but does not answer: ${again.reasons.join('; ')}`);
}

/**
 * What to do on a machine where no engine answers.
 * @throws Unsupported naming the command that the user has to run
 */
export function planSetUp(
  machine: Machine,
  search: EngineSearch,
  env: Readonly<Record<string, string | undefined>>,
): readonly SetUpStep[] {
  for (const name of ['LONGSHORE_ENGINE', 'DOCKER_HOST']) {
    if (env[name]) throw new Unsupported(`${name} names an engine that does not answer: ${search.reasons.join('; ')}`);
  }
  const forbidden = search.reasons.find((reason) => reason.includes('may not open it'));
  if (forbidden !== undefined) throw new Unsupported(`there is a container engine, but ${forbidden}`);
  if (!machine.linux) {
    throw new Unsupported(
      'no container engine answers: install and start Docker Desktop, or set LONGSHORE_ENGINE to an engine',
    );
  }
  const packages = [...engineProgramPackages].flatMap(([program, name]) =>
    machine.programs.has(program) ? [] : [name],
  );
  if (!machine.root) throw new Unsupported(`no container engine answers; run: ${commandForUser(machine, packages)}`);
  if (packages.length > 0 && !machine.aptGet) {
    throw new Unsupported(
      `no container engine answers, and this system has no apt-get: install ${packages.join(', ')} its own way`,
    );
  }
  if (!machine.systemd && !machine.cgroups) {
    throw new Unsupported(
      'control groups are not mounted, which containers need; run: mount -t cgroup2 cgroup2 /sys/fs/cgroup',
    );
  }
  const start: SetUpStep = machine.systemd ? { kind: 'startService' } : { kind: 'startDockerd' };
  return packages.length === 0 ? [start] : [{ kind: 'install', packages }, start];
}

function commandForUser(machine: Machine, packages: readonly string[]): string {
  const install = packages.length === 0 ? [] : [`sudo apt-get install -y ${packages.join(' ')}`];
  const start = machine.systemd ? 'sudo systemctl start docker' : 'sudo dockerd &';
  return [...install, start, 'sudo usermod -aG docker "$USER"'].join(' && ').replace('& &&', '&');
}

async function apply(step: SetUpStep, { env, engineDir, onProgress }: SetUpOptions): Promise<void> {
  switch (step.kind) {
    case 'install': {
      const quiet = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
      const install = { timeoutMs: installTimeoutMs, env: quiet, onLine: onProgress };
      onProgress(`installing ${step.packages.join(', ')}`);
      await runCommand(['apt-get', 'update', '-q'], install);
      return runCommand(['apt-get', 'install', '-q', '-y', '--no-install-recommends', ...step.packages], install);
    }
    case 'startService':
      onProgress('starting the docker service');
      return runCommand(['systemctl', 'start', 'docker'], { timeoutMs: systemctlTimeoutMs, onLine: onProgress });
    case 'startDockerd': {
      // The package may have started one already.
      if ((await findEngine({ env, engineDir })).found !== undefined) return;
      onProgress(`starting dockerd in ${engineDir}`);
      return startDockerd(engineDir);
    }
  }
}
