import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

/** Makes a directory (and its parents) that only the owner can look into. */
export function privateDirectory(path: string): string {
  makeDirectories(path, 0o700);
  return path;
}

/** Makes a directory that only the owner can look into, also when it is there and others could. For directories that are Longshore's alone. */
export function ownersAlone(path: string): void {
  privateDirectory(path);
  chmodSync(path, 0o700);
}

/** Not mkdir's own `recursive`: where nothing can be made, such as under /proc, Node 20 tries for ever (the kernel says ENOENT). */
export function makeDirectories(path: string, mode: number): void {
  const parent = dirname(path);
  if (parent !== path && !existsSync(parent)) makeDirectories(parent, mode);
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !statSync(path).isDirectory()) throw error;
  }
}

/** Writes a file that only the owner can read, whole or not at all, even over a crash. */
export function writePrivateFile(path: string, text: string): void {
  const draft = `${path}.new`;
  const file = openSync(draft, 'w', 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(draft, path);
  const directory = openSync(dirname(path), 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

/** The file's text; undefined when there is no such file. */
export function readIfPresent(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
