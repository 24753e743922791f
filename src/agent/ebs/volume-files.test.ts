import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { VolumeFiles } from './volume-files.ts';

const account = '123456789012';

function newFiles(): { readonly files: VolumeFiles; readonly all: () => readonly string[] } {
  const directory = mkdtempSync(join(tmpdir(), 'longshore-ebs-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const own = join(directory, account);
  return { files: new VolumeFiles(directory), all: () => (existsSync(own) ? readdirSync(own).sort() : []) };
}

test('[EBS-1] a volume that could not be prepared leaves nothing, and is made by the next try', async () => {
  const { files, all } = newFiles();
  const volume = { volumeId: 'vol-1', sizeGiB: 1 };
  const failing = files.make(account, volume, () => Promise.reject(new Error('mkfs.ext4 failed')));
  await expect(failing).rejects.toThrow('mkfs.ext4 failed');
  expect(all()).toEqual([]);
  await files.make(account, volume);
  expect(all()).toEqual(['vol-1.img']);
});

test('[EBS-3] neither a copy of what is not there nor one that fails leaves anything', async () => {
  const { files, all } = newFiles();
  await files.make(account, { volumeId: 'vol-1', sizeGiB: 1 });
  await files.snapshot(account, 'vol-1', 'snap-1');
  const copy = { volumeId: 'vol-2', sizeGiB: 2, snapshotId: 'snap-1' };
  await expect(files.make(account, copy, () => Promise.reject(new Error('full')))).rejects.toThrow('full');
  await expect(files.snapshot(account, 'vol-3', 'snap-2')).rejects.toThrow('the data of vol-3 is not on this machine');
  expect(all()).toEqual(['snap-1.img', 'vol-1.img']);
});
