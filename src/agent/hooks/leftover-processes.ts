import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

export interface LeftoverProcess {
  readonly pid: number;
  /** It is the runtime's own, and has not become the container's program yet. */
  readonly unborn: boolean;
}

/** runc's (and crun's) process inside a container, until it executes the container's program. */
const unbornCommands = ['runc\0init', 'runc:[', 'crun\0'];

/** Processes of this machine that are in the cgroup of a container, whether the engine knows of them or not; none on another system. */
export async function leftoverProcesses(dockerId: string, proc = '/proc'): Promise<readonly LeftoverProcess[]> {
  const names = await readdir(proc).catch(() => []);
  const found = await Promise.all(
    names.map(async (name): Promise<readonly LeftoverProcess[]> => {
      if (!/^\d+$/.test(name)) return [];
      // One that ended meanwhile has no files any more.
      const groups = await readFile(join(proc, name, 'cgroup'), 'utf8').catch(() => '');
      if (!groups.includes(dockerId)) return [];
      const command = await readFile(join(proc, name, 'cmdline'), 'utf8').catch(() => '');
      return [{ pid: Number(name), unborn: unbornCommands.some((start) => command.startsWith(start)) }];
    }),
  );
  return found.flat();
}
