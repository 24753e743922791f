import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Internal, messageOf, Unavailable } from '../kernel/index.ts';
import { privateDirectory, readIfPresent, writePrivateFile } from '../platform/index.ts';

/** A long-term key pair, as AWS clients use it. */
export interface KeyPair {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** What makes one installation itself: made once, kept in the data directory, readable by the owner only. */
export interface Installation {
  readonly directory: string;
  /** 32 bytes that seal session tokens. */
  readonly sealingKey: Buffer;
  /** Signs for the platform account: the agents of the hidden FARGATE pool. */
  readonly pool: KeyPair;
  /** Root of the default account where the default credentials are refused. */
  readonly root: KeyPair;
}

interface InstallationFile {
  readonly sealingKey: string;
  readonly pool: KeyPair;
  readonly root: KeyPair;
}

function newKeyPair(prefix: string): KeyPair {
  return {
    accessKeyId: `${prefix}${randomBytes(8).toString('hex').toUpperCase()}`,
    secretAccessKey: randomBytes(30).toString('base64url'),
  };
}

function isInstallationFile(value: unknown): value is InstallationFile {
  return typeof value === 'object' && value !== null && 'sealingKey' in value && 'pool' in value && 'root' in value;
}

const fileName = 'installation.json';

/** Whether a data directory has been used before. */
export function isInstallation(directory: string): boolean {
  return existsSync(join(directory, fileName));
}

/**
 * Opens the installation in a data directory, making it on first use.
 * @throws Unavailable when this user may not use the directory, or it cannot be made
 */
export function openInstallation(directory: string): Installation {
  const path = join(directory, fileName);
  let kept: unknown;
  try {
    privateDirectory(directory);
    kept = JSON.parse(readIfPresent(path) ?? firstText(path));
  } catch (error) {
    if (error instanceof SyntaxError) throw new Internal(`${path} is not JSON: move it away to start anew`);
    throw new Unavailable(
      `the data directory ${directory} cannot be used (${messageOf(error)}): name one of yours with --data-dir`,
    );
  }
  if (!isInstallationFile(kept)) throw new Internal(`${path} is not an installation file: move it away to start anew`);
  return opened(directory, kept);
}

/** Makes the keys of a new installation and keeps them. @returns the file's text */
function firstText(path: string): string {
  const made: InstallationFile = {
    sealingKey: randomBytes(32).toString('base64'),
    pool: newKeyPair('LKIAPOOL'),
    root: newKeyPair('LKIAROOT'),
  };
  const text = `${JSON.stringify(made, null, 2)}\n`;
  writePrivateFile(path, text);
  return text;
}

function opened(directory: string, file: InstallationFile): Installation {
  return { directory, sealingKey: Buffer.from(file.sealingKey, 'base64'), pool: file.pool, root: file.root };
}
