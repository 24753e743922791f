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
  /** May be given more than once; see `Settings.all`. */
  readonly many?: true;
}

export interface Settings {
  /** The value given, else the environment's, else the fallback. */
  get(name: string): string | undefined;
  /** Like `get`, where there must be one. */
  require(name: string): string;
  flag(name: string): boolean;
  /** Every value given of an option that may be given more than once. */
  all(name: string): readonly string[];
  /** An argument without a name, from 0; there are as many as the command declares. */
  argument(index: number): string;
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
export function readSettings(
  options: readonly Option[],
  args: readonly string[],
  environment: Environment,
  argumentNames: readonly string[] = [],
): Settings {
  const { values, positionals } = parse(options, args, argumentNames.length > 0);
  if (positionals.length !== argumentNames.length) {
    throw new InvalidArgument(`these arguments are needed: ${argumentNames.join(' ')}`);
  }
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
    all: (name) => {
      find(name);
      const given = values[name];
      return Array.isArray(given) ? given.map(String) : [];
    },
    argument: (index) => positionals[index] ?? '',
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

type Given = Record<string, string | boolean | (string | boolean)[] | undefined>;

function parse(
  options: readonly Option[],
  args: readonly string[],
  allowPositionals: boolean,
): { readonly values: Given; readonly positionals: readonly string[] } {
  const declared = Object.fromEntries(
    options.map(({ name, value, many }) => [
      name,
      { type: value === undefined ? ('boolean' as const) : ('string' as const), multiple: many === true },
    ]),
  );
  try {
    return parseArgs({ args: [...args], options: declared, strict: true, allowPositionals });
  } catch (error) {
    throw new InvalidArgument(error instanceof Error ? (error.message.split('. ')[0] ?? error.message) : String(error));
  }
}
