import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { labels } from '../agent-protocol/index.ts';
import type { TaskNetwork } from '../network/index.ts';
import { DockerRuntime } from '../runtime/docker/index.ts';
import { EcsTestServer, instanceArn } from './contract/ecs-server.ts';
import { keptLog, realClock, realIds, until } from './contract/real-time.ts';
import { taskPayload } from './contract/tasks.ts';
import type { Agent } from './index.ts';
import { startAgent } from './index.ts';

const engine = process.env['LONGSHORE_TEST_ENGINE'] ?? 'unix:///tmp/ls-engine/docker.sock';

const noNetwork: TaskNetwork = {
  capabilities: { awsvpc: false, limitations: [] },
  prepare: () => Promise.resolve(),
  attach: () => Promise.reject(new Error('not here')),
  detach: () => Promise.resolve(),
  list: () => Promise.resolve([]),
  destroy: () => Promise.resolve(),
};

describe('the agent on a real engine', () => {
  const server = new EcsTestServer();
  const runtime = new DockerRuntime({ address: engine, log: keptLog() });
  const log = keptLog();
  let dataDir = '';
  let agent: Agent;

  const start = (): Promise<Agent> =>
    startAgent({
      endpoint: server.endpoint,
      region: 'us-east-1',
      cluster: 'default',
      credentials: () => ({ accessKeyId: 'AKIDTEST', secretAccessKey: 'secret' }),
      dataDir,
      runtime,
      network: noNetwork,
      clock: realClock,
      ids: realIds,
      log,
      launchKind: 'EC2',
      pausePoolSize: 0,
      settings: { cleanupWaitMs: 500 },
    });

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'ls-agent-'));
    await server.listen();
    agent = await start();
    await agent.ready;
  });

  afterAll(async () => {
    await agent.stop();
    for (const container of await runtime.list({ [labels.instance]: instanceArn })) await runtime.remove(container.id);
    runtime.close();
    await server.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  test('runs a bridge task, reports RUNNING with its host port, then STOPPED with its exit code', async () => {
    const task = taskPayload(
      {},
      {
        command: ['sh', '-c', 'trap "exit 7" TERM; while :; do sleep 0.1; done'],
        portMappings: [{ containerPort: 80, hostPort: 0, protocol: 'tcp' }],
      },
    );
    const messageId = server.payload(task);
    await until('RUNNING is reported', () => server.statuses(task['arn']).includes('RUNNING'));
    const [running] = server.reports(task['arn']);
    expect(running?.['containers'][0].networkBindings[0]).toMatchObject({
      bindIP: '0.0.0.0',
      containerPort: 80,
      protocol: 'tcp',
    });
    expect(server.frames.some((frame) => frame.type === 'AckRequest' && frame.message['messageId'] === messageId)).toBe(
      true,
    );
    server.payload({ ...task, desiredStatus: 'STOPPED' });
    await until('STOPPED is reported', () => server.statuses(task['arn']).includes('STOPPED'));
    expect(server.statuses(task['arn'])).toEqual(['RUNNING', 'STOPPED']);
    expect(server.reports(task['arn'])[1]?.['containers'][0]).toMatchObject({
      containerName: 'app',
      status: 'STOPPED',
      exitCode: 7,
    });
    await until('the container is gone', () => log.lines.some((line) => line.includes('cleaned up')));
    expect(await runtime.list({ [labels.taskArn]: task['arn'] })).toEqual([]);
  });
});
