import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { InvalidArgument, messageOf, type ServerTrust } from '../kernel/index.ts';
import {
  dataPlaneKinds,
  vxlanUses,
  type DataPlaneKind,
  type TransportChoice,
  type UnderlayChoice,
} from '../main/index.ts';
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

/** As the engine needs it: absolute. */
export function rdsDirectoryOf(settings: Settings): string | undefined {
  const given = settings.get('rds-directory');
  return given === undefined ? undefined : resolve(given);
}

/** As loop devices need it: absolute. */
export function ebsDirectoryOf(settings: Settings): string | undefined {
  const given = settings.get('ebs-directory');
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

const longestLostSeconds = 7 * 24 * 60 * 60;

/** How long a machine of the FARGATE capacity may be away, in milliseconds. */
export function fargateLostMsOf(settings: Settings): number {
  return settings.integer('fargate-lost-after', 1, longestLostSeconds) * 1_000;
}

export function dataPlaneOf(settings: Settings): DataPlaneKind {
  const text = settings.require('data-plane');
  const kind = dataPlaneKinds.find((one) => one === text);
  if (kind === undefined)
    throw new InvalidArgument(`--data-plane is '${text}', which is none of ${dataPlaneKinds.join(', ')}`);
  return kind;
}

/** How the API is to be carried, as the user says. Files are named absolutely: `longshore down` reads them elsewhere. */
export function transportOf(settings: Settings): TransportChoice {
  const certFile = settings.get('tls-cert');
  const keyFile = settings.get('tls-key');
  return {
    ...(certFile === undefined ? {} : { certFile: resolve(certFile) }),
    ...(keyFile === undefined ? {} : { keyFile: resolve(keyFile) }),
    ...(settings.flag('insecure-plain-http') ? { insecurePlainHttp: true } : {}),
  };
}

/** How other machines reach this one. @throws InvalidArgument */
export function underlayOf(settings: Settings): UnderlayChoice {
  const address = settings.get('underlay-address');
  if (address !== undefined && isIP(address) !== 4)
    throw new InvalidArgument(`--underlay-address is '${address}', which is no IPv4 address such as 10.0.0.5`);
  const text = settings.require('vxlan');
  const vxlan = vxlanUses.find((use) => use === text);
  if (vxlan === undefined) throw new InvalidArgument(`--vxlan is '${text}', which is none of ${vxlanUses.join(', ')}`);
  return { ...(address === undefined ? {} : { address }), vxlan };
}

/** How an https endpoint is to be verified. @throws InvalidArgument when the file of authorities cannot be used */
export function trustOf(settings: Settings): ServerTrust {
  const caFile = settings.get('ca-file');
  const servername = settings.get('tls-server-name');
  return {
    ...(caFile === undefined ? {} : { ca: authorities(caFile) }),
    ...(servername === undefined ? {} : { servername }),
  };
}

function authorities(path: string): string {
  try {
    const text = readFileSync(path, 'utf8');
    void new X509Certificate(text); // node:tls takes what is none without a word
    return text;
  } catch (error) {
    throw new InvalidArgument(`--ca-file ${path} cannot be used: ${messageOf(error)}`);
  }
}
