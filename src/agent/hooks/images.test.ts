import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { ContainerRuntime } from '../../runtime/index.ts';
import { EngineRefused, EngineUnavailable } from '../../runtime/index.ts';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeRuntime } from '../../runtime/fake/index.ts';
import { ImageLedger } from '../image-cleanup/image-ledger.ts';
import { keptLog, realClock, realIds } from '../contract/real-time.ts';
import type { ImagesOptions } from './images.ts';
import { Images } from './images.ts';

let dataDir = '';
let ledger: ImageLedger;
const log = keptLog();

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'ls-images-'));
  ledger = await ImageLedger.open(dataDir, log);
});
afterEach(async () => {
  await ledger.flush();
  await rm(dataDir, { recursive: true, force: true });
});

function imagesOf(runtime: ContainerRuntime, more: Partial<ImagesOptions> = {}): Images {
  return new Images({
    runtime,
    behavior: 'default',
    digests: true,
    timeoutMs: 10_000,
    inactivityTimeoutMs: 5_000,
    ledger,
    clock: realClock,
    ids: realIds,
    log,
    ...more,
  });
}

test('an engine that is away is no failed pull: the caller can wait for it', async () => {
  const away = new EngineUnavailable('the engine does not answer');
  const runtime = {
    inspectImage: () => Promise.resolve(undefined),
    pullImage: () => Promise.reject(away),
  } as unknown as ContainerRuntime;
  const clock = { ...realClock, after: (_: number, run: () => void) => realClock.after(0, run) };
  const images = imagesOf(runtime, { clock });
  await expect(images.ensure('web:1')).rejects.toBe(away);
});

test('only what was pulled and not there before is written down, also for the next agent', async () => {
  const runtime = new FakeRuntime({ clock: realClock });
  runtime.addImage('registry.test/ours:1', {}, { remote: true });
  runtime.addImage('registry.test/theirs:1');
  const images = imagesOf(runtime, { behavior: 'always' });
  await images.ensure('registry.test/ours:1');
  await images.ensure('registry.test/theirs:1');
  await ledger.flush();
  const read = await ImageLedger.open(dataDir, log);
  expect(read.all().map(({ reference }) => reference)).toEqual(['registry.test/ours:1']);
});

test('a task that comes while its image is removed waits, and pulls it again', async () => {
  const runtime = new FakeRuntime({ clock: realClock });
  runtime.addImage('registry.test/ours:1', {}, { remote: true });
  const images = imagesOf(runtime, { behavior: 'prefer-cached' });
  await images.ensure('registry.test/ours:1');
  const removing = images.remove('registry.test/ours:1');
  const ready = await images.ensure('registry.test/ours:1');
  await removing;
  expect(ready.fromRegistry).toBe(true);
  expect(await runtime.inspectImage('registry.test/ours:1')).toBeDefined();
});

test('what is being pulled is not removed', async () => {
  const runtime = new FakeRuntime({ clock: realClock });
  runtime.addImage('registry.test/ours:1', { pullMs: 50 }, { remote: true });
  const images = imagesOf(runtime);
  const ready = images.ensure('registry.test/ours:1');
  await expect(images.remove('registry.test/ours:1')).rejects.toThrow('is being pulled');
  await ready;
});

test('an engine that cannot ask for digests pulls instead, and never what has no registry', async () => {
  const runtime = new FakeRuntime({ clock: realClock, info: { kind: 'podman' } });
  runtime.addImage('registry.test/ours:1');
  const pull = vi.spyOn(runtime, 'pullImage');
  const inspect = vi.spyOn(runtime, 'inspectImage');
  const images = imagesOf(runtime, { digests: false });
  await images.ensure('registry.test/ours:1');
  expect(pull).toHaveBeenCalledTimes(1);
  inspect.mockResolvedValue({
    id: 'sha256:1',
    repoDigests: [],
    repoTags: [],
    sizeBytes: 1,
    volumes: [],
    exposedPorts: [],
    environment: [],
  });
  await images.ensure('longshore/web:1');
  expect(pull).toHaveBeenCalledTimes(1);
});

test.each([
  {
    name: 'FARGATE, with a password: no copy',
    puller: { auth: { username: 'u', password: 'wrong', serverAddress: 'registry.test' }, isFargate: true },
    want: 'CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref registry.test/app:7: pulling from host registry.test failed with status code [manifests 7]: 401 Unauthorized',
  },
  {
    name: 'an instance: the copy that it has',
    puller: { auth: { username: 'u', password: 'wrong', serverAddress: 'registry.test' }, isFargate: false },
    want: 'sha256:local',
  },
  { name: 'no password: the copy', puller: { isFargate: true }, want: 'sha256:local' },
])('[INJ-6] of a registry that refuses, on $name', async ({ puller, want }) => {
  const refused = new EngineRefused(
    500,
    'Head "http://registry.test/v2/app/manifests/7": unauthorized: authentication required',
  );
  const local = { id: 'sha256:local', repoDigests: [`registry.test/app@sha256:${'0'.repeat(64)}`] };
  let asked = 0;
  const runtime = {
    inspectImage: () => Promise.resolve(local),
    resolveDigest: () => {
      asked += 1;
      return Promise.reject(refused);
    },
    pullImage: () => Promise.reject(refused),
  } as unknown as ContainerRuntime;
  const images = imagesOf(runtime);
  const get = (): Promise<string | undefined> =>
    images.ensure('registry.test/app:7', puller).then(
      ({ imageId }) => imageId,
      (error: Error) => error.message,
    );
  expect([await get(), await get()]).toEqual([want, want]);
  // A refusal is an answer: the registry is not taken to be down.
  expect(asked).toBe(2);
});

test('[INJ-6] a pull is shared only by who comes with the same password', async () => {
  const passwords: string[] = [];
  let arrive: () => void = () => undefined;
  const arrived = new Promise<void>((resolve) => (arrive = resolve));
  const runtime = {
    inspectImage: () => Promise.resolve(undefined),
    pullImage: async (_: string, { auth }: { auth: { password: string } }) => {
      passwords.push(auth.password);
      await arrived;
    },
  } as unknown as ContainerRuntime;
  const images = imagesOf(runtime);
  const pulls = ['right', 'right', 'wrong'].map((password) =>
    images.ensure('registry.test/app:7', { auth: { username: 'u', password, serverAddress: 'registry.test' } }),
  );
  arrive();
  await Promise.all(pulls);
  expect(passwords).toEqual(['right', 'wrong']);
});

test.each([
  ['longshore/web:1', ['127.0.0.1:4566/123456789012/my-app@sha256:1'], undefined],
  ['longshore/web:1', ['127.0.0.1:4566/my-app@sha256:1', 'longshore/web@sha256:2'], 'sha256:2'],
  ['nginx', ['nginx@sha256:3'], 'sha256:3'],
  ['docker.io/library/nginx:1', ['nginx@sha256:3'], 'sha256:3'],
  ['nginx:1', ['docker.io/library/nginx@sha256:3'], 'sha256:3'],
  ['registry.test:5000/a/b:1', ['a/b@sha256:4', 'registry.test:5000/a/b@sha256:5'], 'sha256:5'],
])('of %s with the digests %j, its own counts: %s', async (reference, repoDigests, expected) => {
  const runtime = new FakeRuntime({ clock: realClock });
  const info = {
    id: 'sha256:9',
    repoDigests,
    repoTags: [reference],
    sizeBytes: 1,
    volumes: [],
    exposedPorts: [],
    environment: [],
  };
  vi.spyOn(runtime, 'inspectImage').mockResolvedValue(info);
  const asked = vi.spyOn(runtime, 'resolveDigest').mockResolvedValue(expected ?? 'sha256:other');
  const pull = vi.spyOn(runtime, 'pullImage');
  const ready = await imagesOf(runtime).ensure(reference);
  expect(ready.imageDigest).toBe(expected);
  // What was never in the registry of its name is not asked for there: a copy elsewhere does not make it so.
  expect(asked).toHaveBeenCalledTimes(expected === undefined ? 0 : 1);
  expect(pull).not.toHaveBeenCalled();
});
