import { resolve } from 'node:path';
import { InvalidArgument } from '../kernel/index.ts';
import { dataPlaneKinds, type DataPlaneKind } from '../main/index.ts';
import { logLevels, type LogLevel } from '../platform/index.ts';
import { defaultDataDirectory, type Environment, type Settings } from './options.ts';

export function dataDirectoryOf(settings: Settings, environment: Environment): string {
  return settings.get('data-dir') ?? defaultDataDirectory(environment, process.getuid?.() === 0);
}

/** As the engine needs it: absolute. */
export function efsDirectoryOf(settings: Settings): string | undefined {
  const given = settings.get('efs-directory');
  return given === undefined ? undefined : resolve(given);
}

export function logLevelOf(settings: Settings): LogLevel {
  const text = settings.require('log-level');
  const level = logLevels.find((one) => one === text);
  if (level === undefined)
    throw new InvalidArgument(`--log-level is '${text}', which is none of ${logLevels.join(', ')}`);
  return level;
}

/** @throws InvalidArgument for a store that is not there yet */
export function requireEmbeddedStore(settings: Settings): void {
  const kind = settings.require('store');
  if (kind !== 'embedded')
    throw new InvalidArgument(`--store is '${kind}': only embedded is implemented by Longshore so far`);
}

export function dataPlaneOf(settings: Settings): DataPlaneKind {
  const text = settings.require('data-plane');
  const kind = dataPlaneKinds.find((one) => one === text);
  if (kind === undefined)
    throw new InvalidArgument(`--data-plane is '${text}', which is none of ${dataPlaneKinds.join(', ')}`);
  return kind;
}
