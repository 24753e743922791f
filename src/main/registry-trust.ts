import { mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { messageOf, type Clock } from '../kernel/index.ts';
import { quote, readIfPresent } from '../platform/index.ts';
import { places } from './data-directory.ts';
import { registryCertificate } from './registry-door.ts';
import { addRegistryName, forgetRegistryNames, registryAddress, registryNames } from './registry-names.ts';

/** What of the machine is changed so that docker finds a registry of AWS's here. */
export interface TrustedMachine {
  readonly hostsFile: string;
  /** Where engines look for authorities, a folder a registry; dockerd reads it at each use. */
  readonly certsDirectory: string;
}

export const thisMachine: TrustedMachine = { hostsFile: '/etc/hosts', certsDirectory: '/etc/docker/certs.d' };

/** A change that this user may not make, and the command that makes it. */
export interface Missing {
  readonly problem: string;
  readonly command: string;
}

const mark = '# longshore registry trust';

function hostsLine(name: string): string {
  return `${registryAddress} ${name} ${mark}`;
}

/** A hosts file in which a name leads here. @returns undefined when it does already */
export function hostsWith(text: string, name: string): string | undefined {
  if (text.split('\n').includes(hostsLine(name))) return undefined;
  return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${hostsLine(name)}\n`;
}

/** A hosts file without what `hostsWith` wrote for these names. @returns undefined when there is nothing of it */
export function hostsWithout(text: string, names: readonly string[]): string | undefined {
  const ours = new Set(names.map(hostsLine));
  const lines = text.split('\n');
  const left = lines.filter((line) => !ours.has(line));
  return left.length === lines.length ? undefined : left.join('\n');
}

/**
 * Makes a name of a registry of AWS's lead to this installation, for the engine of this machine.
 * @returns what could not be done
 */
export async function trustRegistry(
  directory: string,
  name: string,
  { machine = thisMachine, clock }: { readonly machine?: TrustedMachine; readonly clock: Clock },
): Promise<readonly Missing[]> {
  // The certificate first: a running control plane begins to answer when it sees the name.
  await registryCertificate(directory, [...new Set([...registryNames(directory), name])], clock.nowMs());
  addRegistryName(directory, name);
  const { hostsFile, certsDirectory } = machine;
  const authority = places.apiAuthority(directory);
  const file = join(certsDirectory, name, 'ca.crt');
  return [
    ...attempt(`sh -c 'echo "${hostsLine(name)}" >> ${hostsFile}'`, () => {
      const changed = hostsWith(readIfPresent(hostsFile) ?? '', name);
      // In place: in containers the file is a mount, which nothing can be renamed to.
      if (changed !== undefined) writeFileSync(hostsFile, changed);
    }),
    ...attempt(`install -D -m 644 ${quote(authority)} ${file}`, () => {
      const text = readFileSync(authority, 'utf8');
      if (readIfPresent(file) === text) return;
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text, { mode: 0o644 });
    }),
  ];
}

/** Takes back all that `trustRegistry` did for an installation. @returns what could not be done */
export function distrustRegistries(
  directory: string,
  { machine = thisMachine }: { readonly machine?: TrustedMachine } = {},
): { readonly names: readonly string[]; readonly missing: readonly Missing[] } {
  const { hostsFile, certsDirectory } = machine;
  const names = registryNames(directory);
  const without = names.map((name) => `-e "${hostsLine(name)}"`).join(' ');
  const missing = attempt(`sh -c 'left=$(grep -vxF ${without} ${hostsFile}); echo "$left" > ${hostsFile}'`, () => {
    const changed = hostsWithout(readIfPresent(hostsFile) ?? '', names);
    if (changed !== undefined) writeFileSync(hostsFile, changed);
  });
  for (const name of names) {
    const folder = join(certsDirectory, name);
    missing.push(
      ...attempt(`rm -r ${folder}`, () => {
        rmSync(join(folder, 'ca.crt'), { force: true });
        removeEmpty(folder);
        removeEmpty(certsDirectory);
      }),
    );
  }
  // While something is left, the names are what it is found by.
  if (missing.length === 0) forgetRegistryNames(directory);
  return { names, missing };
}

function attempt(command: string, change: () => void): Missing[] {
  try {
    change();
    return [];
  } catch (error) {
    return [{ problem: messageOf(error), command }];
  }
}

function removeEmpty(folder: string): void {
  try {
    if (readdirSync(folder).length === 0) rmdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
