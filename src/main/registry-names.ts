import { InvalidArgument } from '../kernel/index.ts';
import { readIfPresent, writePrivateFile } from '../platform/index.ts';
import { places } from './data-directory.ts';

/** Where the names of AWS's registries lead to on this machine: a loopback address of its own, so that nothing else is disturbed. */
export const registryAddress = '127.80.255.1';
/** What a registry's name means without a port. */
export const registryPort = 443;

/** Names one installation answers to at most: they stand in one certificate. */
const maxNames = 100;

/** @throws InvalidArgument for what is no account or region */
export function registryName(account: string, region: string): string {
  if (!/^\d{12}$/.test(account)) throw new InvalidArgument(`--account is '${account}', which is not twelve digits`);
  if (!/^[a-z]{2}(-[a-z]+)+-\d+$/.test(region))
    throw new InvalidArgument(`--region is '${region}', which is no region such as us-east-1`);
  return `${account}.dkr.ecr.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;
}

/** The names that docker is to find on this machine, as `longshore registry trust` wrote them down. */
export function registryNames(directory: string): readonly string[] {
  const text = readIfPresent(places.registryNames(directory));
  if (text === undefined) return [];
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value.filter((name) => typeof name === 'string') : [];
  } catch {
    return []; // nothing depends on it but what the command writes anew
  }
}

/** @throws InvalidArgument when there would be too many */
export function addRegistryName(directory: string, name: string): readonly string[] {
  const names = [...new Set([...registryNames(directory), name])];
  if (names.length > maxNames)
    throw new InvalidArgument(
      `an installation answers to at most ${maxNames} names: longshore registry distrust first`,
    );
  writePrivateFile(places.registryNames(directory), `${JSON.stringify(names)}\n`);
  return names;
}

export function forgetRegistryNames(directory: string): void {
  if (registryNames(directory).length > 0) writePrivateFile(places.registryNames(directory), '[]\n');
}
