import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { labels } from '../agent-protocol/index.ts';
import { buildLocalImage } from '../platform/index.ts';
import { DockerRuntime } from '../runtime/docker/index.ts';
import { EcsTestServer, instanceArn } from './contract/ecs-server.ts';
import { keptLog, until } from './contract/real-time.ts';
import { pausesLast } from './hooks/pauses-last.ts';
import { taskPayload } from './contract/tasks.ts';

const engine = process.env['LONGSHORE_ENGINE'] ?? process.env['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock';
const script = fileURLToPath(new URL('./contract/agent-process.ts', import.meta.url));
const server = new EcsTestServer();
const runtime = new DockerRuntime({ address: engine, log: keptLog() });
let dataDir = '';
let agent: ChildProcess | undefined;

function startAgent(): { readonly process: ChildProcess; readonly ready: Promise<void> } {
  const given = JSON.stringify({ endpoint: server.endpoint, dataDir, engine });
  const child = spawn(process.execPath, ['--import', 'tsx', script, given], { stdio: ['ignore', 'pipe', 'inherit'] });
  agent = child;
  const ready = new Promise<void>((resolve) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      if (process.env['AGENT_TEST_LOG'] !== undefined) process.stderr.write(chunk);
      if (chunk.toString().includes('ready\n')) resolve();
    });
  });
  return { process: child, ready };
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}

/** Where a line does not follow the one before: gaps and repetitions. */
function jumps(lines: readonly string[]): readonly string[] {
  return lines.flatMap((line, index) => {
    const before = index === 0 ? -1 : Number(lines[index - 1]?.slice(5));
    return Number(line.slice(5)) === before + 1 ? [] : [`${before} -> ${line} at ${index}`];
  });
}

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'ls-agent-'));
  await runtime.loadImage((await buildLocalImage()).tar);
  await server.listen();
});
afterAll(async () => {
  if (agent !== undefined && agent.exitCode === null) await kill(agent);
  for (const container of pausesLast(await runtime.list({ [labels.instance]: instanceArn })))
    await runtime.remove(container.id);
  runtime.close();
  await server.close();
  await rm(dataDir, { recursive: true, force: true });
});

test('killed at any moment, the agent loses no task, starts none twice, and ships every log line once', async () => {
  const logConfig = (name: string): object => ({
    LogConfig: {
      Type: 'awslogs',
      Config: { 'awslogs-group': '/ecs/test', 'awslogs-region': 'us-east-1', 'awslogs-stream': name },
    },
  });
  const writer = taskPayload(
    {},
    {
      command: [
        'sh',
        '-c',
        'i=0; while [ $i -lt 3000 ]; do echo line $i; i=$((i+1)); [ $((i % 10)) = 0 ] && sleep 0.01; done; sleep 600',
      ],
      hostConfig: logConfig('writer'),
    },
  );
  const others = Array.from({ length: 5 }, () => taskPayload({}, { command: ['sleep', '600'] }));
  const all = [writer, ...others];
  // Sent again at each connection, as a control plane does.
  const resend = setInterval(() => server.connected && server.payload(...all), 150);
  try {
    for (const lifeMs of [900, 1_000, 1_150, 1_300, 1_500, 1_900]) {
      const { process: child } = startAgent();
      await new Promise((resolve) => setTimeout(resolve, lifeMs));
      await kill(child);
    }
    await startAgent().ready;
    await until(
      'every task is reported RUNNING',
      () => all.every((task) => server.statuses(task['arn']).includes('RUNNING')),
      30_000,
    );
    const lines = (): readonly string[] => (server.logs.get('/ecs/test writer') ?? []).map((event) => event.message);
    await until('all lines are shipped', () => lines().includes('line 2999'), 30_000);
    const wanted = Array.from({ length: 3_000 }, (_, index) => `line ${index}`);
    expect(jumps(lines())).toEqual([]);
    expect(lines()).toHaveLength(wanted.length);
  } finally {
    clearInterval(resend);
  }
  for (const task of all) {
    const containers = await runtime.list({ [labels.taskArn]: task['arn'] });
    expect(containers.map(({ status }) => status)).toEqual(['running']);
    expect(server.statuses(task['arn'])).not.toContain('STOPPED');
  }
});
