import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { InvalidArgument } from '../kernel/index.ts';

/** One setting of a command: `--name`, and the environment variable that stands in for it. */
export interface Option {
  readonly name: string;
  /** What stands for the value in the help, such as `PORT`; absent for switches. */
  readonly value?: string;
  readonly environment?: string;
  readonly about: string;
  readonly fallback?: string;
}

export interface Settings {
  /** The value given, else the environment's, else the fallback. */
  get(name: string): string | undefined;
  /** Like `get`, where there must be one. */
  require(name: string): string;
  flag(name: string): boolean;
  /** A whole number within bounds. */
  integer(name: string, minimum: number, maximum: number): number;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where state is kept unless told otherwise. */
export function defaultDataDirectory(environment: Environment, isRoot: boolean): string {
  if (isRoot) return '/var/lib/longshore';
  return join(environment['XDG_DATA_HOME'] ?? join(homedir(), '.local/share'), 'longshore');
}

/**
 * Reads a command's arguments.
 * @throws InvalidArgument naming the argument that is wrong
 */
export function readSettings(options: readonly Option[], args: readonly string[], environment: Environment): Settings {
  const values = parse(options, args);
  const find = (name: string): Option => {
    const option = options.find((one) => one.name === name);
    if (option === undefined) throw new InvalidArgument(`no option --${name} is declared`);
    return option;
  };
  const get = (name: string): string | undefined => {
    const option = find(name);
    const given = values[name];
    if (typeof given === 'string') return given;
    const inherited = option.environment === undefined ? undefined : environment[option.environment];
    return inherited === undefined || inherited === '' ? option.fallback : inherited;
  };
  const require = (name: string): string => {
    const value = get(name);
    if (value === undefined || value === '') throw new InvalidArgument(`--${name} ${find(name).value ?? ''} is needed`);
    return value;
  };
  return {
    get,
    require,
    flag: (name) =>
      values[name] === true || ['1', 'true', 'yes'].includes(environment[find(name).environment ?? ''] ?? ''),
    integer(name, minimum, maximum) {
      const text = require(name);
      const value = Number(text);
      if (!Number.isInteger(value) || value < minimum || value > maximum) {
        throw new InvalidArgument(`--${name} is '${text}', which is not a whole number from ${minimum} to ${maximum}`);
      }
      return value;
    },
  };
}

function parse(options: readonly Option[], args: readonly string[]): Record<string, string | boolean | undefined> {
  const declared = Object.fromEntries(
    options.map(({ name, value }) => [
      name,
      { type: value === undefined ? ('boolean' as const) : ('string' as const) },
    ]),
  );
  try {
    return parseArgs({ args: [...args], options: declared, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new InvalidArgument(error instanceof Error ? (error.message.split('. ')[0] ?? error.message) : String(error));
  }
}
