import { toBytes } from '../../kernel/index.ts';
import { InvalidArgument } from '../../kernel/index.ts';

const blockBytes = 512;
const maxNameBytes = 100;

/** A member of a tar archive; directories end with a slash. */
export interface TarEntry {
  /** At most 100 bytes. */
  readonly name: string;
  readonly mode: number;
  readonly content?: Uint8Array;
  /** The target, for a symbolic link. */
  readonly linkTo?: string;
}

/** A POSIX (ustar) archive, owned by root, of 1970: the same entries always give the same bytes. */
export function tarArchive(entries: readonly TarEntry[]): Uint8Array {
  const blocks = entries.flatMap((entry) => [header(entry), padded(entry.content ?? new Uint8Array(0))]);
  return joined([...blocks, new Uint8Array(2 * blockBytes)]);
}

function header(entry: TarEntry): Uint8Array {
  const name = toBytes(entry.name);
  const link = toBytes(entry.linkTo ?? '');
  if (name.length > maxNameBytes || link.length > maxNameBytes) {
    throw new InvalidArgument(`"${entry.name}" does not fit into a tar header (${maxNameBytes} bytes)`);
  }
  const type = entry.linkTo !== undefined ? '2' : entry.name.endsWith('/') ? '5' : '0';
  const block = new Uint8Array(blockBytes);
  block.set(name, 0);
  block.set(octal(entry.mode, 7), 100);
  block.set(octal(0, 7), 108);
  block.set(octal(0, 7), 116);
  block.set(octal(entry.content?.length ?? 0, 11), 124);
  block.set(octal(0, 11), 136);
  // The checksum is taken with blanks in its own place.
  block.set(toBytes('        '), 148);
  block.set(toBytes(type), 156);
  block.set(link, 157);
  block.set(toBytes('ustar\u000000'), 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.set(toBytes(`${sum.toString(8).padStart(6, '0')}\u0000 `), 148);
  return block;
}

function octal(value: number, digits: number): Uint8Array {
  return toBytes(value.toString(8).padStart(digits, '0'));
}

function padded(content: Uint8Array): Uint8Array {
  const block = new Uint8Array(Math.ceil(content.length / blockBytes) * blockBytes);
  block.set(content);
  return block;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
