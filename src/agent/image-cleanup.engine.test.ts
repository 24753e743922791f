import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { labels } from '../agent-protocol/index.ts';
import { silentLog } from '../kernel/index.ts';
import { DockerRuntime } from '../runtime/docker/index.ts';
import { pauseImage } from '../runtime/index.ts';
import { instanceArn } from './contract/ecs-server.ts';
import { Harness } from './contract/harness.ts';
import { until } from './contract/real-time.ts';
import { TestRegistry } from './contract/registry.ts';
import { taskPayload } from './contract/tasks.ts';
import { pausesLast } from './hooks/pauses-last.ts';
import { defaultSettings } from './options.ts';

const address = process.env['LONGSHORE_ENGINE'] ?? process.env['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock';
/** Named in Podman's registries.conf as insecure; see CONTRIBUTING.md. */
const registryPort = 5055;
const runtime = new DockerRuntime({ address, log: silentLog });
const harness = new Harness(runtime);
let registry: TestRegistry;
let host = '';

beforeAll(async () => {
  const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
  registry = new TestRegistry(pauseImage((await runtime.info()).architecture, sha256).tar);
  host = await registry.listen(registryPort);
  await harness.open();
});
afterAll(async () => {
  for (const container of pausesLast(await runtime.list({ [labels.instance]: instanceArn })))
    await runtime.remove(container.id);
  for (const name of ['ours', 'theirs']) await runtime.removeImage(`${host}/${name}:1`);
  await harness.close();
  registry.close();
  runtime.close();
});

test('[AG-20] pulled for a task, an image goes after it; pulled by the user, it stays', async ({ skip }) => {
  const [ours, theirs] = [`${host}/ours:1`, `${host}/theirs:1`];
  try {
    await runtime.pullImage(theirs, { timeoutMs: 60_000, inactivityTimeoutMs: 60_000 });
  } catch (error) {
    if ((await runtime.info()).kind === 'podman') skip(`Podman does not trust the registry: ${String(error)}`);
    throw error;
  }
  const imageCleanup = { ...defaultSettings.imageCleanup, intervalMs: 500, minimumAgeMs: 0 };
  await harness.start({ settings: { imageCleanup } });
  const tasks = [ours, theirs].map((image) => taskPayload({}, { image, stopTimeout: 1 }));
  harness.server.payload(...tasks);
  const all = (status: string) => () => tasks.every((task) => harness.server.statuses(task['arn']).includes(status));
  await until('RUNNING', all('RUNNING'), 60_000);
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  expect(await runtime.inspectImage(ours)).toBeDefined();
  for (const task of tasks) harness.server.payload({ ...task, desiredStatus: 'STOPPED' });
  await until('STOPPED', all('STOPPED'), 60_000);
  await until('the image was removed', () => harness.log.lines.some((line) => line.includes('was removed')), 30_000);
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  expect(await runtime.inspectImage(ours)).toBeUndefined();
  expect(await runtime.inspectImage(theirs)).toBeDefined();
});
