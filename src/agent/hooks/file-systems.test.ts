import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { PayloadContainer, PayloadFileSystem, PayloadTask } from '../../agent-protocol/index.ts';
import { BadContainerConfig } from './container-config.ts';
import { FileSystemFailure, forcedUser, locateFileSystems } from './file-systems.ts';

const id = 'fs-0123456789abcdef0';
const account = '123456789012';

/** With the directory of one file system. */
function newDirectory(): { readonly directory: string; readonly root: string } {
  const directory = mkdtempSync(join(tmpdir(), 'longshore-efs-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const root = join(directory, account, id);
  mkdirSync(root, { recursive: true });
  return { directory, root };
}

function task(found: Partial<PayloadFileSystem>): PayloadTask {
  return {
    volumes: [{ name: 'data', type: 'efs', efsVolumeConfiguration: { fileSystemId: id } }],
    longshore: {
      account,
      region: 'us-east-1',
      efsVolumes: { data: { account, rootDirectory: '/', readOnly: false, ...found } },
    },
  } as unknown as PayloadTask;
}

async function outcome(directory: string | undefined, given: PayloadTask): Promise<string> {
  try {
    return (await locateFileSystems(directory, given))['data']?.path ?? '';
  } catch (error) {
    if (!(error instanceof FileSystemFailure)) throw error;
    return error.message;
  }
}

const words = (stderr: string, code: number): string =>
  `ResourceInitializationError: failed to invoke EFS utils commands to set up EFS volumes: stderr: ${stderr} : unsuccessful EFS utils command execution; code: ${code}`;
const missing = (path: string): string =>
  words(
    `b'mount.nfs4: mounting ${id}.efs.us-east-1.amazonaws.com:${path} failed, reason given by server: No such file or directory'`,
    32,
  );

test('[EFS-9] a root directory must be there, and no link in the file system leads out of it', async () => {
  const { directory, root } = newDirectory();
  mkdirSync(join(root, 'a/b'), { recursive: true });
  mkdirSync(join(root, 'etc'));
  symlinkSync('/etc', join(root, 'absolute'));
  symlinkSync('../../../../../etc', join(root, 'a/up'));
  symlinkSync('b', join(root, 'a/near'));
  symlinkSync('loop', join(root, 'loop'));
  symlinkSync('/proc', join(root, 'out'));
  const table: readonly (readonly [string, string])[] = [
    ['/', root],
    ['/a/b', join(root, 'a/b')],
    ['/a/near/', join(root, 'a/b')],
    ['/absolute', join(root, 'etc')],
    ['/a/up', join(root, 'etc')],
    ['/../../a', join(root, 'a')],
    ['/none', missing('/none')],
    ['/out', missing('/out')],
    [
      '/loop',
      words(
        `b'mount.nfs4: mounting ${id}.efs.us-east-1.amazonaws.com:/loop failed: Too many levels of symbolic links'`,
        32,
      ),
    ],
    ['/a:/b', words("a root directory with a colon, '/a:/b', is not implemented by Longshore", 1)],
  ];
  for (const [rootDirectory, want] of table)
    expect(await outcome(directory, task({ rootDirectory })), rootDirectory).toBe(want);
});

test('[EFS-10] an access point makes its root directory once, with owner and permissions', async () => {
  const { directory, root } = newDirectory();
  const owner = { ownerUid: process.getuid?.() ?? 0, ownerGid: process.getgid?.() ?? 0 };
  const given = task({ rootDirectory: '/x/y', creationInfo: { ...owner, permissions: '0750' } });
  await Promise.all([outcome(directory, given), outcome(directory, given)]);
  const made = statSync(join(root, 'x/y'));
  expect({ mode: made.mode & 0o7777, uid: made.uid }).toEqual({ mode: 0o750, uid: owner.ownerUid });
});

test('[EFS-10] a root directory whose owner or permissions cannot be set is not there for the next task', async () => {
  const { directory, root } = newDirectory();
  const creationInfo = { ownerUid: process.getuid?.() ?? 0, ownerGid: process.getgid?.() ?? 0, permissions: 'none' };
  const given = task({ rootDirectory: '/x', creationInfo });
  for (const attempt of [1, 2])
    expect(`${attempt}: ${await outcome(directory, given)}`).toContain(`${attempt}: ResourceInitializationError`);
  expect(existsSync(join(root, 'x'))).toBe(false);
});

test('[EFS-11] what cannot be mounted fails in the words of the mount helper', async () => {
  const { directory, root } = newDirectory();
  expect(await outcome(directory, task({ refusal: 'Failed to resolve' }))).toBe(words('Failed to resolve', 1));
  expect(await outcome(undefined, task({}))).toContain('this agent has no directory of file systems');
  rmSync(root, { recursive: true });
  expect(await outcome(directory, task({}))).toContain('is not on this machine: is --efs-directory mounted?');
});

test('[EFS-12] a container that mounts an access point with a POSIX user runs as that user, or not at all', () => {
  const container = (name: string, user: string, more: Partial<PayloadContainer> = {}) =>
    ({
      name,
      mountPoints: [],
      volumesFrom: [],
      dockerConfig: { config: JSON.stringify({ User: user }), hostConfig: '{}' },
      ...more,
    }) as unknown as PayloadContainer;
  const mounting = (...volumes: string[]) => ({
    mountPoints: volumes.map((sourceVolume) => ({ sourceVolume, containerPath: `/${sourceVolume}`, readOnly: false })),
  });
  const user = { uid: 1000, gid: 1001, secondaryGids: [5] };
  const located = {
    data: { path: '/d', readOnly: false, posixUser: user },
    other: { path: '/o', readOnly: false, posixUser: { ...user, uid: 7 } },
    plain: { path: '/p', readOnly: false },
  };
  const owner = container('owner', '', mounting('data'));
  const guest = container('guest', '1000', { volumesFrom: [{ sourceContainer: 'owner', readOnly: true }] });
  const all = { containers: [owner, guest] } as unknown as PayloadTask;
  expect(forcedUser(owner, all, located)).toEqual(user);
  expect(forcedUser(guest, all, located)).toEqual(user);
  expect(forcedUser(container('c', 'root', mounting('plain')), all, located)).toBeUndefined();
  expect(() => forcedUser(container('c', 'root', mounting('data')), all, located)).toThrow(BadContainerConfig);
  expect(() => forcedUser(container('c', '', mounting('data', 'other')), all, located)).toThrow('1000:1001 and 7:1001');
});
