import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Unsupported } from '../../kernel/index.ts';
import { pauseImage } from './pause-image.ts';
import { tarArchive } from './tar.ts';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** The names and contents of an archive as the machine's own tar reads it. */
function listed(tar: Uint8Array): string {
  const folder = mkdtempSync(join(tmpdir(), 'tar-'));
  try {
    writeFileSync(join(folder, 'a.tar'), tar);
    return execFileSync('tar', ['-tvf', join(folder, 'a.tar')], { encoding: 'utf8' });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('tarArchive', () => {
  test('is read by tar: files, directories, links, modes', () => {
    const tar = tarArchive([
      { name: 'bin/', mode: 0o755 },
      { name: 'bin/sh', mode: 0o777, linkTo: 'busybox' },
      { name: 'bin/busybox', mode: 0o755, content: new Uint8Array(700) },
    ]);
    const lines = listed(tar).trimEnd().split('\n');
    expect(lines).toEqual([
      expect.stringMatching(/^drwxr-xr-x 0\/0 .* bin\/$/),
      expect.stringMatching(/^lrwxrwxrwx 0\/0 .* bin\/sh -> busybox$/),
      expect.stringMatching(/^-rwxr-xr-x 0\/0 +700 .* bin\/busybox$/),
    ]);
  });

  test('refuses a name that does not fit', () => {
    expect(() => tarArchive([{ name: 'n'.repeat(101), mode: 0o644 }])).toThrow('does not fit');
  });
});

describe('pauseImage', () => {
  test.each(['amd64', 'arm64'])('%s: the same bytes and reference every time, named by content', (architecture) => {
    const image = pauseImage(architecture, sha256);
    expect(image).toEqual(pauseImage(architecture, sha256));
    expect(image.reference).toMatch(/^longshore\/pause:[0-9a-f]{12}$/);
    expect(listed(image.tar)).toMatch(/manifest\.json/);
  });

  test('architectures differ in reference', () => {
    expect(pauseImage('amd64', sha256).reference).not.toBe(pauseImage('arm64', sha256).reference);
  });

  test('another architecture is refused by name', () => {
    expect(() => pauseImage('riscv64', sha256)).toThrow(Unsupported);
  });
});
