import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { realClock } from '../contract/real-time.ts';
import { detachDevices } from './loop-devices.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'losetup-'));
  vi.stubEnv('PATH', `${directory}:${process.env['PATH']}`);
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(directory, { recursive: true });
});

/** A `losetup` that cannot detach /dev/loop9; it lists it until it was told to detach, or, when it `stays`, for ever. */
function losetup({ stays }: { readonly stays: boolean }): void {
  const told = join(directory, 'told');
  const script = `#!/bin/sh
case "$1" in
  --detach) touch ${told}; echo "losetup: $2: detach failed: No such device or address" >&2; exit 1 ;;
  *) case "$2" in *deleted*) exit 0 ;; esac; ${stays ? 'true' : `test ! -e ${told}`} && echo /dev/loop9; exit 0 ;;
esac
`;
  writeFileSync(join(directory, 'losetup'), script);
  chmodSync(join(directory, 'losetup'), 0o755);
}

test('[EBS-13] a device that went by itself between the look and the command is detached', async () => {
  losetup({ stays: false });
  await detachDevices('/volumes/vol-1', realClock);
});

test('[EBS-13] a device that is there and cannot be detached is said', async () => {
  losetup({ stays: true });
  await expect(detachDevices('/volumes/vol-1', realClock)).rejects.toThrow('losetup --detach /dev/loop9 failed');
});
