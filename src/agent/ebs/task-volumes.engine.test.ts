import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { PayloadEbsVolume, PayloadTask } from '../../agent-protocol/index.ts';
import { silentLog } from '../../kernel/index.ts';
import { realClock } from '../contract/real-time.ts';
import { attachDevice, devicesOf } from './loop-devices.ts';
import { ebsLimitation, EbsVolumes } from './task-volumes.ts';
import { VolumeFiles } from './volume-files.ts';

const account = '123456789012';
const isRoot = (await ebsLimitation()) === undefined;
const gibibyte = 1024 ** 3;

function task(volume: Partial<PayloadEbsVolume>): PayloadTask {
  const whole = { account, volumeId: 'vol-1', sizeGiB: 1, fileSystem: 'ext4', deleteOnTermination: true, ...volume };
  return { arn: 'task/1', longshore: { ebsVolumes: { data: whole } } } as unknown as PayloadTask;
}

/** Loop devices of files in a directory, also of removed ones. */
function devicesIn(directory: string): readonly { readonly device: string }[] {
  const lines = execFileSync('losetup', ['--list', '--noheadings', '--output', 'NAME,BACK-FILE'])
    .toString()
    .split('\n');
  return lines.flatMap((line) => {
    const [device = '', file = ''] = line.trim().split(/\s+/);
    return file.startsWith(directory) ? [{ device }] : [];
  });
}

function opened() {
  const directory = mkdtempSync(join(tmpdir(), 'longshore-ebs-test-'));
  const files = new VolumeFiles(directory);
  const ebs = new EbsVolumes({ directory, clock: realClock, log: silentLog });
  onTestFinished(() => {
    for (const { device } of devicesIn(directory)) execFileSync('losetup', ['-d', device]);
    rmSync(directory, { recursive: true, force: true });
  });
  /** Runs a shell where a device is mounted at /mnt and nobody else sees it. */
  const mounted = (device: string, script: string): string =>
    execFileSync('unshare', ['-m', 'sh', '-c', `mount ${device} /mnt && { ${script}; } && umount /mnt`]).toString();
  return { directory, files, ebs, mounted };
}

describe.runIf(isRoot)('EBS volumes on loop devices', () => {
  test.each(['ext3', 'ext4'] as const)(
    '[EBS-13] a blank volume gets %s of its size, in a sparse file',
    async (type) => {
      const { ebs, files, mounted } = opened();
      const [attached] = await ebs.attach(task({ fileSystem: type }));
      const path = files.path(account, 'vol-1');
      expect(attached).toMatchObject({ name: 'data', fileSystem: type, device: (await devicesOf(path))[0] });
      expect(statSync(path).size).toBe(gibibyte);
      expect(statSync(path).blocks * 512).toBeLessThan(gibibyte / 8);
      const kib = Number(mounted(attached?.device ?? '', 'df -k --output=size /mnt | tail -1'));
      expect(kib).toBeGreaterThan(900_000);
      expect(mounted(attached?.device ?? '', 'stat -c %a:%u:%g /mnt').trim()).toBe('775:0:0');
    },
  );

  test('[EBS-13] attached again after an interruption it is the same device, and what is on it stays', async () => {
    const { ebs, files, mounted } = opened();
    const [first] = await ebs.attach(task({}));
    mounted(first?.device ?? '', 'echo hello > /mnt/word');
    const [second] = await ebs.attach(task({}));
    expect(second).toEqual(first);
    expect(mounted(first?.device ?? '', 'cat /mnt/word')).toBe('hello\n');
    await ebs.detach(task({}), { failed: false });
    await ebs.detach(task({}), { failed: false });
    expect(await devicesOf(files.path(account, 'vol-1'))).toEqual([]);
    expect(readdirSync(join(files.path(account, ''), '..'))).toEqual([]);
  });

  test('[EBS-13] half a file is made anew; a kept volume keeps its file', async () => {
    const { ebs, files } = opened();
    await files
      .make(account, { volumeId: 'vol-1', sizeGiB: 1 }, () => Promise.reject(new Error('killed')))
      .catch(() => undefined);
    await ebs.attach(task({ deleteOnTermination: false }));
    await ebs.detach(task({ deleteOnTermination: false }), { failed: false });
    expect(statSync(files.path(account, 'vol-1')).size).toBe(gibibyte);
    await ebs.detach(task({ deleteOnTermination: false }), { failed: true });
    expect(existsSync(files.path(account, 'vol-1'))).toBe(false);
  });

  test('[EBS-9] a copy of a snapshot has its files, and fills a larger volume', async () => {
    const { ebs, files, mounted } = opened();
    const [source] = await ebs.attach(task({ deleteOnTermination: false }));
    mounted(source?.device ?? '', 'echo hello > /mnt/word');
    await ebs.detach(task({ deleteOnTermination: false }), { failed: false });
    expect(await files.snapshot(account, 'vol-1', 'snap-1')).toBeLessThan(gibibyte / 8);
    const copy = { volumeId: 'vol-2', snapshotId: 'snap-1', sizeGiB: 3 };
    const [attached] = await ebs.attach(task(copy));
    expect(mounted(attached?.device ?? '', 'cat /mnt/word')).toBe('hello\n');
    expect(Number(mounted(attached?.device ?? '', 'df -k --output=size /mnt | tail -1'))).toBeGreaterThan(2_900_000);
    await expect(ebs.attach(task({ ...copy, volumeId: 'vol-3', fileSystem: 'xfs' }))).rejects.toThrow(
      'ECS timed out while configuring the EBS volume attachment to your Task: snap-1 holds ext4, not xfs',
    );
    await expect(ebs.attach(task({ ...copy, volumeId: 'vol-4', snapshotId: 'snap-2' }))).rejects.toThrow(
      'ECS failed to set up the EBS volume. Encountered the data of snap-2 is not on this machine',
    );
  });

  test('[EBS-13] a device that is still mounted is waited for', async () => {
    const { ebs, files } = opened();
    await ebs.attach(task({}));
    const device = await attachDevice(files.path(account, 'vol-1'));
    execFileSync('sh', ['-c', `unshare -m sh -c 'mount ${device} /mnt && sleep 2' >/dev/null 2>&1 &`]);
    await expect.poll(() => execFileSync('lsblk', ['-no', 'NAME', device]).toString()).not.toBe('');
    await new Promise((resolve) => setTimeout(resolve, 500));
    const startedMs = Date.now();
    await ebs.detach(task({}), { failed: false });
    expect(Date.now() - startedMs).toBeGreaterThan(500);
    expect(await devicesOf(files.path(account, 'vol-1'))).toEqual([]);
  });

  test('[EBS-13] a device whose file somebody removed meanwhile is detached all the same, and is not taken for a new file', async () => {
    const { ebs, files, directory } = opened();
    const [first] = await ebs.attach(task({}));
    // As the control plane does with the volumes of a machine that it gave up.
    await files.remove(account, 'vol-1');
    const [second] = await ebs.attach(task({}));
    expect(second?.device).not.toBe(first?.device);
    await files.remove(account, 'vol-1');
    await ebs.detach(task({}), { failed: false });
    expect(devicesIn(directory)).toEqual([]);
  });

  test('[EBS-13] without a type it is xfs, or ext4 where the machine cannot make xfs', async () => {
    const { ebs } = opened();
    const { fileSystem: _none, ...rest } = task({}).longshore?.ebsVolumes?.['data'] ?? ({} as never);
    const untyped = { ...task({}), longshore: { ebsVolumes: { data: rest } } } as unknown as PayloadTask;
    const has = (program: string): boolean => existsSync(`/usr/sbin/${program}`) || existsSync(`/sbin/${program}`);
    expect((await ebs.attach(untyped))[0]?.fileSystem).toBe(has('mkfs.xfs') ? 'xfs' : 'ext4');
  });
});

test('[EBS-13] an agent without a directory, or a program that is missing, says so', async () => {
  const without = new EbsVolumes({ clock: realClock, log: silentLog });
  await expect(without.attach(task({}))).rejects.toThrow('no directory of volumes (--ebs-directory)');
});
