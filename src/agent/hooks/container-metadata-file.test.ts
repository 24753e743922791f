import { access, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { ContainerSpec } from '../../runtime/index.ts';
import { instanceArn } from '../contract/ecs-server.ts';
import { Harness, fakeEngine } from '../contract/harness.ts';
import { until } from '../contract/real-time.ts';
import { taskPayload } from '../contract/tasks.ts';

let harness: Harness;
let specs: ContainerSpec[] = [];

beforeEach(async () => {
  harness = new Harness(fakeEngine());
  harness.runtime.addImage('longshore/web:1');
  await harness.open();
  const { runtime } = harness;
  specs = [];
  const create = runtime.create.bind(runtime);
  vi.spyOn(runtime, 'create').mockImplementation((spec) => {
    specs.push(spec);
    return create(spec);
  });
});
afterEach(() => harness.close());

const has = (task: Record<string, any>, status: string) => () => harness.server.statuses(task['arn']).includes(status);
const read = async (path: string): Promise<any> => JSON.parse(await readFile(path, 'utf8'));
const hostPath = (task: Record<string, any>): string =>
  join(harness.dataDir, 'metadata/default', task['arn'].split('/').at(-1), 'app/ecs-container-metadata.json');

test('[AG-5] the file says what the definition knows, then all there is, and goes with the container', async () => {
  await harness.start({ settings: { containerMetadata: true, cleanupWaitMs: 1_000 } });
  const task = taskPayload({}, { portMappings: [{ containerPort: 80, hostPort: 0, protocol: 'tcp' }] });
  const early: unknown[] = [];
  const { runtime } = harness;
  const start = runtime.start.bind(runtime);
  vi.spyOn(runtime, 'start').mockImplementation(async (id) => {
    early.push(await read(hostPath(task)));
    return start(id);
  });
  harness.server.payload(task);
  await until('RUNNING', has(task, 'RUNNING'));
  const known = {
    Cluster: 'default',
    ContainerInstanceARN: instanceArn,
    TaskARN: task['arn'],
    TaskDefinitionFamily: 'web',
    TaskDefinitionRevision: '1',
    ContainerName: 'app',
  };
  expect(early).toEqual([known]);
  await vi.waitFor(async () => expect(await read(hostPath(task))).toHaveProperty('MetadataFileStatus', 'READY'));
  expect(await read(hostPath(task))).toEqual({
    ...known,
    ContainerID: expect.stringMatching(/^[0-9a-f]{64}$/),
    DockerContainerName: expect.stringMatching(/^\/ecs-web-1-app-/),
    ImageID: expect.any(String),
    ImageName: 'longshore/web:1',
    PortMappings: [{ ContainerPort: 80, HostPort: expect.any(Number), BindIp: '0.0.0.0', Protocol: 'tcp' }],
    Networks: [{ NetworkMode: 'bridge', IPv4Addresses: [] }],
    MetadataFileStatus: 'READY',
    AvailabilityZone: 'us-east-1a',
  });
  expect((await stat(hostPath(task))).mode & 0o777).toBe(0o644);
  harness.server.payload({ ...task, desiredStatus: 'STOPPED' });
  await until('STOPPED', has(task, 'STOPPED'));
  await vi.waitFor(() => expect(access(hostPath(task))).rejects.toThrow('ENOENT'), 5_000);
});

test('[AG-5] the variable names the file inside, where its folder is mounted', async () => {
  await harness.start({ settings: { containerMetadata: true } });
  const task = taskPayload({}, {});
  harness.server.payload(task);
  await until('RUNNING', has(task, 'RUNNING'));
  const [spec] = specs;
  const [variable = ''] = ((spec?.config['Env'] ?? []) as string[]).filter((one) =>
    one.startsWith('ECS_CONTAINER_METADATA_FILE='),
  );
  const inside = variable.slice(variable.indexOf('=') + 1);
  expect(inside).toMatch(/^\/opt\/ecs\/metadata\/[0-9a-f-]{36}\/ecs-container-metadata\.json$/);
  const folder = hostPath(task).replace('/ecs-container-metadata.json', '');
  expect(spec?.config.HostConfig?.['Binds']).toEqual([
    `${folder}:${inside.replace('/ecs-container-metadata.json', '')}:ro`,
  ]);
});

test.each([
  { name: 'it is off unless asked for', options: {} },
  { name: 'FARGATE has none', options: { settings: { containerMetadata: true }, launchKind: 'FARGATE' as const } },
])('[AG-6] $name', async ({ options }) => {
  await harness.start(options);
  const task = taskPayload({}, {});
  harness.server.payload(task);
  await until('RUNNING', has(task, 'RUNNING'));
  expect(specs[0]?.config['Env']).not.toEqual(expect.arrayContaining([expect.stringContaining('METADATA_FILE')]));
});
