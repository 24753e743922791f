import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { labels } from '../agent-protocol/index.ts';
import { EngineRefused } from '../runtime/index.ts';
import { Harness, fakeEngine } from './contract/harness.ts';
import { until } from './contract/real-time.ts';
import { taskPayload } from './contract/tasks.ts';

let harness: Harness;

beforeEach(async () => {
  harness = new Harness(fakeEngine());
  await harness.open();
});
afterEach(async () => {
  await harness.close();
});

const hostConfig = {
  LogConfig: {
    Type: 'awslogs',
    Config: { 'awslogs-group': '/ecs/test', 'awslogs-region': 'us-east-1', 'awslogs-stream': 'job' },
  },
};

async function recordPath(): Promise<string> {
  for (const name of await readdir(harness.dataDir, { recursive: true }))
    if (/tasks\/[0-9a-f]{32}\.json$/.test(name)) return join(harness.dataDir, name);
  throw new Error('no task on disk');
}

// Killed in the second before it wrote that they run, while the task was told to stop: found by the crash test, seed 508551.
test('what the disk does not know to have run is looked at before the task is concluded: every exit code is reported', async () => {
  harness.runtime.addImage('long:1');
  const first = await harness.start();
  const task = taskPayload({}, { name: 'app', image: 'long:1' }, { name: 'side', image: 'long:1' });
  harness.server.payload(task);
  await until('RUNNING', () => harness.server.statuses(task['arn']).includes('RUNNING'));
  await first.stop();
  const path = await recordPath();
  const record = JSON.parse(await readFile(path, 'utf8'));
  record.state.desired = 'STOPPED';
  for (const container of record.state.containers) {
    container.known = 'CREATED';
    delete container.startedAtMs;
  }
  await writeFile(path, JSON.stringify(record));
  const codes: Record<string, number> = { app: 0, side: 3 };
  for (const { id, labels: of } of await harness.runtime.list({ [labels.taskArn]: task['arn'] }))
    harness.runtime.exit(id, codes[of[labels.containerName] ?? ''] ?? -1);
  await harness.start();
  await until('STOPPED', () => harness.server.statuses(task['arn']).includes('STOPPED'));
  expect(harness.server.reports(task['arn']).at(-1)).toMatchObject({
    containers: [
      { containerName: 'app', exitCode: 0 },
      { containerName: 'side', exitCode: 3 },
    ],
  });
});

// Found by the crash test, seeds 994989 and 508551: nothing was shipped until the agent was started once more.
test('what a container writes that was made by one run of the agent and started by the next is shipped', async () => {
  harness.runtime.addImage('job:1', { output: [{ atMs: 0, stream: 'stdout', text: 'began\n' }], exitAfterMs: 100 });
  const { runtime } = harness;
  const start = runtime.start.bind(runtime);
  let asked = false;
  runtime.start = () => {
    asked = true;
    return new Promise(() => undefined);
  };
  const first = await harness.start();
  const task = taskPayload({}, { image: 'job:1', hostConfig });
  harness.server.payload(task);
  await until('the start', () => asked);
  await first.stop();
  runtime.start = start;
  await harness.start();
  await until('STOPPED', () => harness.server.statuses(task['arn']).includes('STOPPED'));
  expect(harness.server.logs.get('/ecs/test job')?.map(({ message }) => message)).toEqual(['began']);
});

test('a container that the engine refuses to inspect keeps nobody from the others of its task', async () => {
  const { runtime } = harness;
  runtime.addImage('long:1');
  const first = await harness.start();
  const task = taskPayload({}, { name: 'app', image: 'long:1' }, { name: 'side', image: 'long:1', essential: false });
  harness.server.payload(task);
  await until('RUNNING', () => harness.server.statuses(task['arn']).includes('RUNNING'));
  await first.stop();
  const ids = new Map<string | undefined, string>();
  for (const { id, labels: of } of await runtime.list({ [labels.taskArn]: task['arn'] }))
    ids.set(of[labels.containerName], id);
  runtime.exit(ids.get('app') ?? '', 3);
  const inspect = runtime.inspect.bind(runtime);
  let refused = 0;
  runtime.inspect = (container) => {
    if (container !== ids.get('side') || refused > 1) return inspect(container);
    refused += 1;
    return Promise.reject(new EngineRefused(500, 'cannot be inspected'));
  };
  await harness.start();
  await until('STOPPED', () => harness.server.statuses(task['arn']).includes('STOPPED'));
  expect(refused).toBeGreaterThan(0);
  expect(harness.server.reports(task['arn']).at(-1)?.['containers'][0]).toMatchObject({ exitCode: 3 });
});
