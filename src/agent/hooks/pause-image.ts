import { createHash } from 'node:crypto';

/** Name under which the engine knows the pause image. */
export const pauseImage = 'longshore/pause:1';

/**
 * A program that does nothing but reap orphans and end on SIGTERM, as machine code: it blocks INT, QUIT, TERM and CHLD, waits with
 * rt_sigtimedwait, reaps on CHLD and exits 0 on the others. Position-independent, a single page, no stack tricks.
 */
const code = {
  amd64:
    '6a0e586a005f488d354600000031d26a08415a0f05b880000000488d3d3200000031f631d26a08415a0f0585c078e683f81175166a3d586aff5f31f66a015a4531d20f0585c07fecebcbb8e700000031ff0f050640010000000000',
  arm64:
    'e81080d2000080d221030010020080d2030180d2010000d4281180d280020010010080d2020080d2030180d2010000d440ffff371f44007141010054882080d200008092010080d2220080d2030080d2010000d41f0000712cffff54efffff17c80b80d2000080d2010000d40640010000000000',
} as const;

type Architecture = keyof typeof code;

/** An ELF file of one loadable segment that holds the code. */
function pauseProgram(architecture: Architecture): Buffer {
  const text = Buffer.from(code[architecture], 'hex');
  const headers = 64 + 2 * 56;
  const base = 0x400000n;
  const align = architecture === 'arm64' ? 0x10000n : 0x1000n;
  const file = Buffer.alloc(headers + text.length);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0]); // ELF, 64 bit, little endian
  file.writeUInt16LE(2, 16); // executable
  file.writeUInt16LE(architecture === 'arm64' ? 183 : 62, 18);
  file.writeUInt32LE(1, 20);
  file.writeBigUInt64LE(base + BigInt(headers), 24); // entry
  file.writeBigUInt64LE(64n, 32); // program headers follow
  file.writeUInt16LE(64, 52);
  file.writeUInt16LE(56, 54);
  file.writeUInt16LE(2, 56);
  file.writeUInt16LE(64, 58);
  const size = BigInt(file.length);
  programHeader(file, 64, { type: 1, flags: 5, address: base, size, align });
  programHeader(file, 120, { type: 0x6474e551, flags: 6, address: 0n, size: 0n, align: 16n }); // stack that is not executable
  text.copy(file, headers);
  return file;
}

function programHeader(
  file: Buffer,
  at: number,
  header: {
    readonly type: number;
    readonly flags: number;
    readonly address: bigint;
    readonly size: bigint;
    readonly align: bigint;
  },
): void {
  file.writeUInt32LE(header.type, at);
  file.writeUInt32LE(header.flags, at + 4);
  file.writeBigUInt64LE(0n, at + 8);
  file.writeBigUInt64LE(header.address, at + 16);
  file.writeBigUInt64LE(header.address, at + 24);
  file.writeBigUInt64LE(header.size, at + 32);
  file.writeBigUInt64LE(header.size, at + 40);
  file.writeBigUInt64LE(header.align, at + 48);
}

/** The image as `docker load` takes it. @throws when there is no program for the architecture */
export function pauseImageArchive(architecture: string): Uint8Array {
  if (architecture !== 'amd64' && architecture !== 'arm64')
    throw new Error(`there is no pause program for architecture '${architecture}'; awsvpc tasks cannot run here`);
  const layer = tar([{ name: 'pause', mode: 0o755, content: pauseProgram(architecture) }]);
  const config = Buffer.from(
    JSON.stringify({
      architecture,
      os: 'linux',
      created: '1970-01-01T00:00:00Z',
      config: { Entrypoint: ['/pause'], StopSignal: 'SIGTERM' },
      rootfs: { type: 'layers', diff_ids: [`sha256:${sha256(layer)}`] },
      history: [{ created: '1970-01-01T00:00:00Z', created_by: 'longshore' }],
    }),
  );
  const configName = `${sha256(config)}.json`;
  const manifest = [{ Config: configName, RepoTags: [pauseImage], Layers: ['layer.tar'] }];
  return tar([
    { name: 'manifest.json', mode: 0o644, content: Buffer.from(JSON.stringify(manifest)) },
    { name: configName, mode: 0o644, content: config },
    { name: 'layer.tar', mode: 0o644, content: layer },
  ]);
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

interface TarEntry {
  readonly name: string;
  readonly mode: number;
  readonly content: Buffer;
}

function tar(entries: readonly TarEntry[]): Buffer {
  const blocks = entries.flatMap(({ name, mode, content }) => {
    const header = Buffer.alloc(512);
    header.write(name, 0, 100, 'utf8');
    const octal = (value: number, length: number): string => value.toString(8).padStart(length - 1, '0');
    header.write(octal(mode, 8), 100);
    header.write(octal(0, 8), 108);
    header.write(octal(0, 8), 116);
    header.write(octal(content.length, 12), 124);
    header.write(octal(0, 12), 136);
    header.write('        ', 148);
    header.write('0', 156);
    header.write('ustar\x0000', 257, 8, 'latin1');
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${octal(sum, 7)}\0 `, 148);
    return [header, content, Buffer.alloc((512 - (content.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}
