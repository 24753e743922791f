import { access, constants, readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/** What setting up an engine has to know of the machine. */
export interface Machine {
  readonly root: boolean;
  readonly linux: boolean;
  readonly aptGet: boolean;
  /** systemd runs it. */
  readonly systemd: boolean;
  /** Programs of `engineProgramPackages` that are installed. */
  readonly programs: ReadonlySet<string>;
  /** Control groups that a container engine can use are mounted. */
  readonly cgroups: boolean;
}

/** The programs needed, and the Debian and Ubuntu packages they come from. */
export const engineProgramPackages: ReadonlyMap<string, string> = new Map([
  ['dockerd', 'docker.io'],
  ['iptables', 'iptables'],
  ['nft', 'nftables'],
  ['ip', 'iproute2'],
  ['busybox', 'busybox-static'],
]);

export async function lookAtMachine(): Promise<Machine> {
  const programs = new Set<string>();
  for (const program of engineProgramPackages.keys())
    if ((await findProgram(program)) !== undefined) programs.add(program);
  const linux = process.platform === 'linux';
  return {
    root: process.getuid?.() === 0,
    linux,
    aptGet: (await findProgram('apt-get')) !== undefined,
    systemd: await exists('/run/systemd/system'),
    programs,
    cgroups: linux && cgroupsMounted(await readFile('/proc/mounts', 'utf8')),
  };
}

/** The unified hierarchy, or the old ones of memory, cpu and devices. */
export function cgroupsMounted(mounts: string): boolean {
  const groups = mounts.split('\n').map((line) => line.split(' '));
  if (groups.some(([, point, type]) => type === 'cgroup2' && point === '/sys/fs/cgroup')) return true;
  const controllers = groups.flatMap(([, , type, options]) => (type === 'cgroup' ? (options ?? '').split(',') : []));
  return ['memory', 'cpu', 'devices'].every((controller) => controllers.includes(controller));
}

/** The path of a program; those of administration are often not in a user's PATH. */
export async function findProgram(name: string): Promise<string | undefined> {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin'];
  for (const folder of folders) {
    const path = join(folder, name);
    if (folder !== '' && (await exists(path, constants.X_OK))) return path;
  }
  return undefined;
}

async function exists(path: string, mode: number = constants.F_OK): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}
