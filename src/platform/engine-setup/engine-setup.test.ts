import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Unsupported } from '../../kernel/index.ts';
import { engineCandidates, findEngine } from './find-engine.ts';
import { buildLocalImage } from './local-image.ts';
import { cgroupsMounted, engineProgramPackages } from './machine.ts';
import type { Machine } from './machine.ts';
import { planSetUp } from './set-up-engine.ts';
import { stopDockerd } from './start-dockerd.ts';

const state: { folder: string; servers: Server[] } = { folder: '', servers: [] };
beforeEach(() => {
  state.folder = mkdtempSync(join(tmpdir(), 'engine-'));
});
afterEach(() => {
  for (const server of state.servers.splice(0)) server.close();
  rmSync(state.folder, { recursive: true });
});

async function serve(name: string, status: number): Promise<string> {
  const path = join(state.folder, name);
  const server = createServer((_request, response) => response.writeHead(status).end());
  state.servers.push(server);
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return path;
}

describe('findEngine', () => {
  test('looks only where the user says', async () => {
    const path = await serve('named.sock', 200);
    const named = { LONGSHORE_ENGINE: `unix://${path}`, DOCKER_HOST: 'unix:///nonesuch' };
    expect(await findEngine({ env: named })).toEqual({
      found: { address: `unix://${path}`, from: 'LONGSHORE_ENGINE' },
      reasons: [],
    });
    const search = await findEngine({
      env: { DOCKER_HOST: `unix://${state.folder}/none.sock` },
      engineDir: state.folder,
    });
    expect(search).toEqual({
      found: undefined,
      reasons: [`unix://${state.folder}/none.sock (DOCKER_HOST): not there`],
    });
  });

  test('finds one of ours, and says why not the others', async () => {
    await serve('docker.sock', 200);
    const search = await findEngine({ env: {}, engineDir: state.folder });
    expect(search.found?.address).toMatch(/docker\.sock$/);
  });

  test.each([
    ['tcp://127.0.0.1:2375', 'write http://127.0.0.1:2375'],
    ['ssh://host', 'not supported'],
  ])('%s: %s', async (address, reason) => {
    const search = await findEngine({ env: { DOCKER_HOST: address } });
    expect(search.reasons).toEqual([expect.stringContaining(reason)]);
  });

  test('something else behind the socket is no engine', async () => {
    const path = await serve('web.sock', 404);
    const search = await findEngine({ env: { LONGSHORE_ENGINE: `unix://${path}` } });
    expect(search.reasons).toEqual([expect.stringContaining('HTTP 404: not a container engine')]);
  });

  test('the usual places, in order', () => {
    const places = engineCandidates({ XDG_RUNTIME_DIR: '/run/user/7' }, '/srv/engine').map(({ address }) => address);
    expect(places).toEqual([
      'unix:///var/run/docker.sock',
      'unix:///srv/engine/docker.sock',
      'unix:///run/user/7/docker.sock',
      'unix:///run/podman/podman.sock',
      'unix:///run/user/7/podman/podman.sock',
    ]);
  });
});

describe('planSetUp', () => {
  const all = new Set(engineProgramPackages.keys());
  const machine: Machine = { root: true, linux: true, aptGet: true, systemd: true, programs: all, cgroups: true };
  const none = { found: undefined, reasons: ['unix:///var/run/docker.sock (Docker): not there'] };

  test.each([
    { name: 'installed, systemd', given: {}, want: [{ kind: 'startService' }] },
    { name: 'installed, no systemd', given: { systemd: false }, want: [{ kind: 'startDockerd' }] },
    {
      name: 'only busybox there',
      given: { programs: new Set(['busybox']) },
      want: [
        { kind: 'install', packages: ['docker.io', 'iptables', 'nftables', 'iproute2'] },
        { kind: 'startService' },
      ],
    },
  ])('$name', ({ given, want }) => {
    expect(planSetUp({ ...machine, ...given }, none, {})).toEqual(want);
  });

  test.each<{ name: string; given: Partial<Machine>; env?: Record<string, string>; want: string }>([
    { name: 'not root', given: { root: false }, want: 'run: sudo systemctl start docker' },
    {
      name: 'not root, nothing there',
      given: { root: false, programs: new Set() },
      want: 'sudo apt-get install -y docker.io',
    },
    { name: 'no apt-get', given: { aptGet: false, programs: new Set() }, want: 'install docker.io' },
    { name: 'no cgroups', given: { systemd: false, cgroups: false }, want: 'mount -t cgroup2' },
    { name: 'not Linux', given: { linux: false }, want: 'Docker Desktop' },
    { name: 'named by the user', given: {}, env: { DOCKER_HOST: 'unix:///x' }, want: 'DOCKER_HOST names an engine' },
  ])('says what to do: $name', ({ given, env = {}, want }) => {
    const plan = (): unknown => planSetUp({ ...machine, ...given }, none, env);
    expect(plan).toThrow(Unsupported);
    expect(plan).toThrow(want);
  });

  test('an engine that may not be used is not installed a second time', () => {
    const reasons = ['unix:///var/run/docker.sock (Docker): this user may not open it: join the "docker" group'];
    expect(() => planSetUp({ ...machine, root: false }, { found: undefined, reasons }, {})).toThrow(
      'join the "docker" group',
    );
  });
});

describe('the machine', () => {
  test.each([
    ['cgroup2 /sys/fs/cgroup cgroup2 rw 0 0', true],
    ['cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0', false],
    ['c /sys/fs/cgroup/memory cgroup rw,memory 0 0\nc /x cgroup rw,cpu,cpuacct 0 0\nc /y cgroup rw,devices 0 0', true],
    ['', false],
  ])('cgroups in %j: %s', (mounts, expected) => {
    expect(cgroupsMounted(mounts)).toBe(expected);
  });

  test('stopDockerd stops only what is ours', async () => {
    expect(await stopDockerd(state.folder)).toBe(false);
    const { writeFileSync } = await import('node:fs');
    writeFileSync(join(state.folder, 'docker.pid'), `${process.pid}\n`);
    expect(await stopDockerd(state.folder)).toBe(false);
  });
});

test('the local image is the same at every build', async () => {
  const image = await buildLocalImage();
  expect(image.reference).toMatch(/^longshore\/web:[0-9a-f]{12}$/);
  expect((await buildLocalImage()).reference).toBe(image.reference);
});
