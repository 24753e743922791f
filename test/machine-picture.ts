import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** What a machine has that Longshore may have made, a list of lines for each kind of thing. */
export type MachinePicture = Readonly<Record<string, readonly string[]>>;

const engine = process.env['LONGSHORE_ENGINE'] ?? 'unix:///var/run/docker.sock';

/**
 * @param directory data directory of the installation: mounts, loop devices and processes are looked at where they name it, because other
 * tests of this machine have their own
 */
export function machinePicture(directory: string): MachinePicture {
  return {
    rules: lines('nft', ['list', 'ruleset']).map((line) => line.replace(/counter packets \d+ bytes \d+/, 'counter')),
    links: lines('ip', ['-o', 'link']).map((line) => line.replace(/^\d+: ([^:@]+).*$/, '$1')),
    addresses: lines('ip', ['-o', 'addr']).map((line) => line.replace(/^\d+: (\S+) +(\S+ \S+).*$/, '$1 $2')),
    routes: lines('ip', ['route', 'show', 'table', 'all']),
    routeRules: lines('ip', ['rule']),
    mounts: readFileSync('/proc/self/mounts', 'utf8')
      .split('\n')
      .filter((line) => line.includes(directory)),
    loopDevices: lines('losetup', ['--list', '--noheadings', '--output', 'NAME,BACK-FILE']).filter((line) =>
      line.includes(directory),
    ),
    processes: processesThatName(directory),
    containers: docker(['ps', '--all', '--format', '{{.Names}}']),
    networks: docker(['network', 'ls', '--format', '{{.Name}}']),
    volumes: docker(['volume', 'ls', '--quiet']),
  };
}

function docker(args: readonly string[]): readonly string[] {
  return lines('docker', ['--host', engine, ...args]);
}

function lines(program: string, args: readonly string[]): readonly string[] {
  const text = execFileSync(program, args, { encoding: 'utf8', timeout: 20_000 });
  return text
    .split('\n')
    .filter((line) => line !== '')
    .toSorted();
}

function processesThatName(directory: string): readonly string[] {
  return readdirSync('/proc').flatMap((id) => {
    if (!/^\d+$/.test(id) || Number(id) === process.pid) return [];
    try {
      const command = readFileSync(`/proc/${id}/cmdline`, 'utf8').replaceAll('\0', ' ');
      return command.includes(directory) ? [command] : [];
    } catch {
      return []; // it ended meanwhile
    }
  });
}
