import { spawn } from 'node:child_process';
import { readFileSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { labels } from '../src/agent-protocol/index.ts';
import { AwsClient } from '../src/cli/aws-client.ts';
import { fetchPage, runDemoTask, type DemoTask } from '../src/cli/demo/run-task.ts';
import { silentLog } from '../src/kernel/index.ts';
import { findEngine } from '../src/platform/index.ts';
import { DockerRuntime } from '../src/runtime/docker/index.ts';
import {
  freePort,
  longshore,
  newDataDirectory,
  startCommand,
  startLongshore,
  type RunningCommand,
  type RunningLongshore,
} from './longshore-process.ts';

// The commands of `longshore`, as a user runs them, against a real engine. They need root, like the agent, but no AWS CLI.

let directory = '';
let running: RunningLongshore | undefined;
beforeEach(() => {
  directory = newDataDirectory();
});
afterEach(async () => {
  await running?.kill();
  running = undefined;
  await longshore(['down', '--data-dir', directory]);
  rmSync(directory, { recursive: true, force: true });
});

const key = { accessKeyId: 'test', secretAccessKey: 'test' } as const;

function clientOf(endpoint: string, credentials: { accessKeyId: string; secretAccessKey: string } = key): AwsClient {
  return new AwsClient({ endpoint, region: 'us-east-1', ...credentials });
}

async function engine(): Promise<string> {
  const { found, reasons } = await findEngine({ env: process.env });
  if (found === undefined) throw new Error(`these tests need a container engine: ${reasons.join('; ')}`);
  return found.address;
}

/** Containers of this test's agents that are left in the engine. */
async function containersLeft(): Promise<number> {
  const runtime = new DockerRuntime({ address: await engine(), log: silentLog });
  try {
    let count = 0;
    for (const name of readdirSync(join(directory, 'agents'))) {
      const text = readFileSync(join(directory, 'agents', name, 'instance.json'), 'utf8');
      const { containerInstanceArn } = JSON.parse(text) as { containerInstanceArn: string };
      count += (await runtime.list({ [labels.instance]: containerInstanceArn })).length;
    }
    return count;
  } finally {
    runtime.close();
  }
}

async function start(args: readonly string[] = []): Promise<RunningLongshore> {
  running = await startLongshore({ directory, port: await freePort(), args });
  return running;
}

async function statusOf(endpoint: string, task: DemoTask): Promise<{ lastStatus: string; stoppedReason?: string }> {
  const { tasks } = await clientOf(endpoint).json<{
    tasks: readonly { lastStatus: string; stoppedReason?: string }[];
  }>('ecs', 'DescribeTasks', { cluster: 'demo', tasks: [task.arn] });
  const [found] = tasks;
  if (found === undefined) throw new Error(`${task.arn} is gone`);
  return found;
}

/** A `longshore agent` of the test's data directory and a cluster of its own, with a running task. */
async function agentWithTask(endpoint: string, cluster: string): Promise<{ readonly agent: RunningCommand }> {
  const client = clientOf(endpoint);
  await client.json('ecs', 'CreateCluster', { clusterName: cluster });
  const where = ['--endpoint', endpoint, '--data-dir', directory, '--introspection-port', 'off'];
  const agent = await startCommand({
    directory,
    logName: cluster,
    args: ['agent', '--cluster', cluster, ...where],
    readyLine: 'longshore agent ready',
  });
  const { tasks } = await client.json<{ tasks: readonly { taskArn: string }[] }>('ecs', 'RunTask', {
    cluster,
    taskDefinition: 'web',
    launchType: 'EC2',
  });
  const task = { cluster, tasks: tasks.map(({ taskArn }) => taskArn) };
  const status = async (): Promise<string | undefined> => {
    const shown = await client.json<{ tasks: readonly { lastStatus: string }[] }>('ecs', 'DescribeTasks', task);
    return shown.tasks[0]?.lastStatus;
  };
  await expect.poll(status, { timeout: 30_000 }).toBe('RUNNING');
  return { agent };
}

describe('longshore demo', () => {
  test('--once shows a page and log lines of a task, and leaves nothing behind', async () => {
    const port = await freePort();
    const { code, stdout, stderr } = await longshore(['demo', '--once', '--data-dir', directory, '--port', `${port}`]);
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('is RUNNING after') });
    expect(stdout).toContain('<h1>A task of Longshore</h1>');
    expect(stdout).toMatch(/ web: \S+ serves on port 8080/);
    expect(stdout).toMatch(
      /aws ecs describe-tasks --cluster demo --tasks arn:aws:ecs:us-east-1:123456789012:task\/demo\//,
    );
    expect(await containersLeft()).toBe(0);
    await expect(fetch(`http://127.0.0.1:${port}/health`)).rejects.toThrow('fetch failed');
  });

  test('uses the Longshore that runs, and leaves it and its other tasks alone', async () => {
    await longshore(['image']);
    const { endpoint, port } = await start();
    const other = await runDemoTask(clientOf(endpoint), () => undefined);
    const { code, stderr } = await longshore(['demo', '--once', '--data-dir', directory, '--port', `${port}`]);
    expect({ code, stderr }).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('using the Longshore that answers'),
    });
    expect((await statusOf(endpoint, other)).lastStatus).toBe('RUNNING');
  });
});

describe('longshore down', () => {
  test('stops a running up, its tasks with a reason, and removes what it made; again is harmless', async () => {
    await longshore(['image']);
    const { endpoint, process: up } = await start();
    const task = await runDemoTask(clientOf(endpoint), () => undefined);
    const { code, stderr } = await longshore(['down', '--data-dir', directory]);
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('1 task stopped') });
    expect(up.exitCode).toBe(0);
    expect(await containersLeft()).toBe(0);
    expect(await longshore(['down', '--data-dir', directory])).toMatchObject({ code: 0 });
    const again = await start();
    expect(await statusOf(again.endpoint, task)).toMatchObject({
      lastStatus: 'STOPPED',
      stoppedReason: 'Stopped by longshore down',
    });
  });

  test('stops what a killed up left running', async () => {
    await longshore(['image']);
    const { endpoint, kill } = await start();
    const task = await runDemoTask(clientOf(endpoint), () => undefined);
    await kill();
    expect(await fetchPage(task.address)).toContain('Longshore');
    expect(await longshore(['down', '--data-dir', directory])).toMatchObject({ code: 0 });
    expect(await containersLeft()).toBe(0);
  });

  test('stops the tasks of agents that are there, says which are not, and ends the agents of its data directory', async () => {
    await longshore(['image']);
    const { endpoint } = await start();
    const client = clientOf(endpoint);
    await client.json('ecs', 'RegisterTaskDefinition', {
      family: 'web',
      networkMode: 'bridge',
      containerDefinitions: [{ name: 'web', image: 'longshore/web:1', memory: 64, stopTimeout: 5 }],
    });
    const there = await agentWithTask(endpoint, 'there');
    const killed = await agentWithTask(endpoint, 'killed');
    await killed.agent.kill();
    const startedMs = performance.now();
    const { code, stderr } = await longshore(['down', '--data-dir', directory]);
    expect(performance.now() - startedMs).toBeLessThan(90_000);
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('\n1 task stopped\n') });
    expect(stderr).toContain('1 task could not be stopped: the agent did not connect within 15 s');
    expect(stderr).toContain('stopping the agent cluster-there');
    expect(there.agent.process.exitCode).toBe(0);
    expect(await containersLeft()).toBe(0);
  });

  test('has nothing to do where nothing was', async () => {
    const { code, stderr } = await longshore(['down', '--data-dir', join(directory, 'none')]);
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('nothing to take down') });
  });
});

describe('longshore doctor', () => {
  test('says ok on a machine that runs these tests, and prints the engine for scripts', async () => {
    const port = `${await freePort()}`;
    const looked = await longshore(['doctor', '--data-dir', directory, '--port', port]);
    expect(looked).toMatchObject({ code: 0 });
    expect(looked.stdout).toMatch(/^ok +container engine: docker /m);
    const printed = await longshore(['doctor', '--fix', '--print-engine', '--data-dir', directory, '--port', port]);
    expect(printed).toMatchObject({ code: 0, stdout: `${await engine()}\n` });
  });

  test('names what is missing and how to get it', async () => {
    const nowhere = `unix://${join(directory, 'none.sock')}`;
    const { code, stdout } = await longshore(['doctor', '--data-dir', directory, '--engine', nowhere]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^missing container engine: .*not there: run longshore doctor --fix$/m);
  });
});

describe('longshore up', () => {
  test('prints one line, and ends within about a second of SIGTERM whatever is connected', async () => {
    const { port, stop, process: up } = await start();
    let more = '';
    up.stdout?.on('data', (chunk: Buffer) => (more += chunk.toString()));
    const silent = connect(port, '127.0.0.1');
    silent.on('error', () => undefined);
    await fetch(`http://127.0.0.1:${port}/health`);
    const startedMs = performance.now();
    await stop();
    expect(performance.now() - startedMs).toBeLessThan(2_500);
    expect(more).toBe('');
    silent.destroy();
  });

  test('says when its port or its data directory is taken', async () => {
    const { port } = await start();
    const sameDirectory = await longshore(['up', '--data-dir', directory, '--port', `${await freePort()}`]);
    expect(sameDirectory).toMatchObject({ code: 1, stderr: expect.stringContaining('is in use by another Longshore') });
    const blocker = createServer();
    const blocked = await freePort();
    await new Promise<void>((resolve) => blocker.listen(blocked, '127.0.0.1', resolve));
    const samePort = await longshore(['up', '--data-dir', join(directory, 'b'), '--port', `${blocked}`]);
    expect(samePort).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`port ${blocked} is in use: stop what listens there or give --port`),
    });
    blocker.close();
    expect((await fetch(`http://127.0.0.1:${port}/health`)).status).toBe(200);
  });

  test('waits for an engine that is not there yet', async () => {
    const socket = join(directory, 'later.sock');
    const port = await freePort();
    const starting = startLongshore({ directory, port, args: ['--engine', `unix://${socket}`] });
    await expect
      .poll(() => readFileSync(join(directory, 'up.log'), 'utf8'), { timeout: 20_000 })
      .toContain('no container engine answers');
    expect((await fetch(`http://127.0.0.1:${port}/health`)).status).toBe(503);
    symlinkSync((await engine()).replace('unix://', ''), socket);
    running = await starting;
    expect((await fetch(`http://127.0.0.1:${port}/health`)).status).toBe(200);
  });

  test.each(['up', 'server'])('%s says that its data directory cannot be made', async (command) => {
    const { code, stderr } = await longshore([command, '--data-dir', '/proc/foo', '--port', `${await freePort()}`]);
    expect({ code, lines: stderr.trim().split('\n').length, stderr }).toMatchObject({
      code: 1,
      lines: 1,
      stderr: expect.stringContaining('the data directory /proc/foo cannot be used'),
    });
  });

  test('ends at SIGTERM while it waits for an engine', async () => {
    const args = ['dist/cli/longshore.js', 'up', '--data-dir', directory, '--port', `${await freePort()}`];
    const up = spawn(process.execPath, [...args, '--engine', `unix://${join(directory, 'never.sock')}`], {
      cwd: join(import.meta.dirname, '..'),
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const ended = new Promise<number | null>((resolve) => up.once('exit', resolve));
    await new Promise<void>((resolve) => up.stderr.once('data', () => resolve()));
    up.kill('SIGTERM');
    expect(await ended).toBe(0);
  });
});

describe('longshore server off loopback', () => {
  test('[TLS-6] refuses the default credentials, also in plain HTTP, and tells where the root key is, which works', async () => {
    const port = await freePort();
    const args = ['--host', '0.0.0.0', '--insecure-plain-http'];
    running = await startLongshore({ directory, port, command: 'server', args });
    expect(running.log()).toContain(`longshore env --root --data-dir ${directory}`);
    await expect(clientOf(running.endpoint).json('ecs', 'ListClusters', {})).rejects.toThrow(
      'UnrecognizedClientException',
    );
    const { stdout } = await longshore(['env', '--root', '--data-dir', directory, '--port', `${port}`]);
    const value = (name: string): string => new RegExp(`^export ${name}=(.*)$`, 'm').exec(stdout)?.[1] ?? '';
    expect(value('AWS_ENDPOINT_URL')).toBe(running.endpoint);
    expect(stdout).not.toContain('AWS_CA_BUNDLE');
    const root = { accessKeyId: value('AWS_ACCESS_KEY_ID'), secretAccessKey: value('AWS_SECRET_ACCESS_KEY') };
    expect(await clientOf(running.endpoint, root).json('ecs', 'ListClusters', {})).toEqual({ clusterArns: [] });
  });
});
