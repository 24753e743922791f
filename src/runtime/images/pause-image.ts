import { Unsupported } from '../../kernel/index.ts';
import { imageArchive } from './image-archive.ts';
import type { ImageArchive, Sha256 } from './image-archive.ts';

/**
 * The program of a pause container, which holds a task's namespaces: it blocks INT, QUIT, TERM and CHLD (blocked signals reach even
 * PID 1), waits for one, reaps the children of which there is news, and exits with 0 on any other. Machine code without libraries:
 *
 *     rt_sigprocmask(SIG_BLOCK, &set)
 *     loop: signal = rt_sigtimedwait(&set, NULL, NULL)
 *           if signal == SIGCHLD: while wait4(-1, NULL, WNOHANG) > 0; continue
 *           if signal > 0: exit_group(0)
 */
interface Program {
  /** ELF's number of the machine. */
  readonly machine: number;
  /** Alignment of the segment: the largest page of the architecture. */
  readonly pageBytes: number;
  readonly code: string;
}

const programs: ReadonlyMap<string, Program> = new Map([
  [
    'amd64',
    {
      machine: 0x3e,
      pageBytes: 0x1000,
      code:
        '6a0e586a005f488d354600000031d26a08415a0f05b880000000488d3d3200000031f631d26a08415a0f0585c078e683f81175166a3d58' +
        '6aff5f31f66a015a4531d20f0585c07fecebcbb8e700000031ff0f050640010000000000',
    },
  ],
  [
    'arm64',
    {
      machine: 0xb7,
      pageBytes: 0x10000,
      code:
        'e81080d2000080d221030010020080d2030180d2010000d4281180d280020010010080d2020080d2030180d2010000d440ffff371f4400' +
        '7141010054882080d200008092010080d2220080d2030080d2010000d41f0000712cffff54efffff17c80b80d2000080d2010000d4' +
        '0640010000000000',
    },
  ],
]);

const loadAddress = 0x400000;
const fileHeaderBytes = 64;
const segmentHeaderBytes = 56;

/**
 * The image of pause containers, a few kilobytes, made from nothing.
 * @throws Unsupported for an architecture other than `amd64` and `arm64`
 */
export function pauseImage(architecture: string, sha256: Sha256): ImageArchive {
  const program = programs.get(architecture);
  if (program === undefined) {
    throw new Unsupported(`there is no pause program for the architecture "${architecture}", only for amd64 and arm64`);
  }
  return imageArchive(
    {
      repository: 'longshore/pause',
      architecture,
      config: { Entrypoint: ['/pause'] },
      files: [{ name: 'pause', mode: 0o755, content: executable(program) }],
    },
    sha256,
  );
}

/** A static ELF: the file header, a segment with the code, one that says the stack is not executable, the code. */
function executable({ machine, pageBytes, code }: Program): Uint8Array {
  const instructions = Uint8Array.from(code.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16));
  const start = fileHeaderBytes + 2 * segmentHeaderBytes;
  const file = new Uint8Array(start + instructions.length);
  const view = new DataView(file.buffer);
  const u16 = (at: number, value: number): void => view.setUint16(at, value, true);
  const u32 = (at: number, value: number): void => view.setUint32(at, value, true);
  const u64 = (at: number, value: number): void => view.setBigUint64(at, BigInt(value), true);
  // "\x7fELF", 64 bits, little endian, version 1.
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  u16(16, 2); // an executable
  u16(18, machine);
  u32(20, 1);
  u64(24, loadAddress + start); // entry point
  u64(32, fileHeaderBytes); // where the segments are listed
  u16(52, fileHeaderBytes);
  u16(54, segmentHeaderBytes);
  u16(56, 2);
  const load = fileHeaderBytes;
  u32(load, 1);
  u32(load + 4, 5); // read, execute
  u64(load + 16, loadAddress);
  u64(load + 24, loadAddress);
  u64(load + 32, file.length);
  u64(load + 40, file.length);
  u64(load + 48, pageBytes);
  const stack = load + segmentHeaderBytes;
  u32(stack, 0x6474e551); // GNU_STACK
  u32(stack + 4, 6); // read, write
  u64(stack + 48, 16);
  file.set(instructions, start);
  return file;
}
