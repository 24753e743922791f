import { afterEach, beforeEach, expect, test } from 'vitest';
import { labels } from '../agent-protocol/index.ts';
import { EngineRefused, EngineUnavailable } from '../runtime/index.ts';
import { Harness, fakeEngine } from './contract/harness.ts';
import { until } from './contract/real-time.ts';
import { taskPayload } from './contract/tasks.ts';
import { limits } from './limits.ts';

let harness: Harness;

beforeEach(async () => {
  harness = new Harness(fakeEngine());
  await harness.open();
});
afterEach(async () => {
  await harness.close();
});

const has = (task: Record<string, any>, status: string) => () => harness.server.statuses(task['arn']).includes(status);
const awslogs = (stream: string): object => ({
  LogConfig: {
    Type: 'awslogs',
    Config: { 'awslogs-group': '/ecs/test', 'awslogs-region': 'us-east-1', 'awslogs-stream': stream },
  },
});
const shipped = (stream: string): readonly string[] =>
  (harness.server.logs.get(`/ecs/test ${stream}`) ?? []).map(({ message }) => message);
const containerOf = async (task: Record<string, any>): Promise<string> => {
  const [container] = await harness.runtime.list({ [labels.taskArn]: task['arn'] });
  return container?.id ?? '';
};

test('what a container writes while the engine is away, and after it is back, is shipped, each line once', async () => {
  harness.runtime.addImage('talks:1');
  await harness.start();
  const task = taskPayload({}, { image: 'talks:1', hostConfig: awslogs('talks') });
  harness.server.payload(task);
  await until('RUNNING', has(task, 'RUNNING'));
  const id = await containerOf(task);
  harness.runtime.write(id, 'stdout', 'before\nhalf a');
  await until('the first line', () => shipped('talks').includes('before'));
  harness.runtime.goDown();
  harness.runtime.write(id, 'stdout', ' line\naway\n');
  harness.runtime.comeBack();
  await until('the line written meanwhile', () => shipped('talks').includes('away'));
  harness.runtime.write(id, 'stdout', 'after\n');
  await until('the line after', () => shipped('talks').includes('after'));
  harness.runtime.exit(id, 0);
  await until('STOPPED', has(task, 'STOPPED'));
  expect(shipped('talks').filter((line) => !line.includes('half'))).toEqual(['before', 'away', 'after']);
});

test('an engine that dies in the middle of a start: the output of a container that did start is shipped', async () => {
  harness.runtime.addImage('job:1', { output: [{ atMs: 0, stream: 'stdout', text: 'began\n' }], exitAfterMs: 200 });
  const start = harness.runtime.start.bind(harness.runtime);
  harness.runtime.start = async (container) => {
    await start(container);
    harness.runtime.goDown();
    setTimeout(() => harness.runtime.comeBack(), 500);
    throw new EngineUnavailable('cut in the middle of the call');
  };
  await harness.start();
  const task = taskPayload({}, { image: 'job:1', hostConfig: awslogs('job') });
  harness.server.payload(task);
  await until('STOPPED', has(task, 'STOPPED'));
  expect(shipped('job')).toEqual(['began']);
});

// Docker 20.10 says 255 of a container whose end it had told before it was killed: found by the crash test, seed 271828.
test('the exit code that the engine told counts, when it has forgotten it after its death', async () => {
  harness.runtime.addImage('job:1');
  await harness.start();
  const task = taskPayload({}, { image: 'job:1' });
  harness.server.payload(task);
  await until('RUNNING', has(task, 'RUNNING'));
  harness.runtime.exit(await containerOf(task), 3);
  harness.runtime.goDown();
  const inspect = harness.runtime.inspect.bind(harness.runtime);
  harness.runtime.inspect = async (container) => {
    const info = await inspect(container);
    return info?.status === 'exited' ? { ...info, exitCode: 255 } : info;
  };
  harness.runtime.comeBack();
  await until('STOPPED', has(task, 'STOPPED'));
  expect(harness.server.reports(task['arn']).at(-1)).toMatchObject({ containers: [{ exitCode: 3 }] });
});

const spoilt = (id: string): EngineRefused => new EngineRefused(500, `task ${id}: already exists`);

test('a container whose start was spoilt by the death of the engine is made anew, and started once', async () => {
  harness.runtime.addImage('job:1', { output: [{ atMs: 0, stream: 'stdout', text: 'began\n' }], exitAfterMs: 100 });
  const start = harness.runtime.start.bind(harness.runtime);
  const refused: string[] = [];
  harness.runtime.start = (container) => {
    if (refused.length >= 2) return start(container);
    refused.push(container);
    return Promise.reject(spoilt(container));
  };
  await harness.start();
  const task = taskPayload({}, { image: 'job:1', hostConfig: awslogs('anew') });
  harness.server.payload(task);
  await until('STOPPED', has(task, 'STOPPED'));
  expect(harness.server.statuses(task['arn'])).toEqual(['RUNNING', 'STOPPED']);
  expect(new Set(refused).size).toBe(2);
  expect(refused).not.toContain(harness.server.reports(task['arn']).at(-1)?.['containers'][0].runtimeId);
  expect(shipped('anew')).toEqual(['began']);
});

test('that the spoilt container is gone says nothing of the one in its place', async () => {
  harness.runtime.addImage('web:1');
  const { runtime } = harness;
  const [start, inspect] = [runtime.start.bind(runtime), runtime.inspect.bind(runtime)];
  const refused: string[] = [];
  runtime.start = (container) => {
    if (refused.length > 0) return start(container);
    refused.push(container);
    return Promise.reject(spoilt(container));
  };
  // A look for it that is answered when the new one is there.
  runtime.inspect = async (container) => {
    const found = await inspect(container);
    if (found === undefined) await new Promise((resolve) => setTimeout(resolve, 100));
    return found;
  };
  await harness.start();
  const task = taskPayload({}, { image: 'web:1' });
  harness.server.payload(task);
  await until('RUNNING', has(task, 'RUNNING'));
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(harness.server.statuses(task['arn'])).toEqual(['RUNNING']);
});

test('an engine that refuses every start ends the task with its words', async () => {
  harness.runtime.addImage('job:1');
  let starts = 0;
  harness.runtime.start = (container) => {
    starts += 1;
    return Promise.reject(spoilt(container));
  };
  await harness.start();
  const task = taskPayload({}, { image: 'job:1' });
  harness.server.payload(task);
  await until('STOPPED', has(task, 'STOPPED'));
  expect(starts).toBe(1 + limits.spoiltStarts);
  expect(harness.server.reports(task['arn']).at(-1)?.['containers'][0].reason).toMatch(
    /^CannotStartContainerError: Error response from daemon: task [0-9a-f]+: already exists$/,
  );
});

test('an agent that dies while it makes a container anew goes on with the old one or the new one', async () => {
  harness.runtime.addImage('web:1');
  const start = harness.runtime.start.bind(harness.runtime);
  const remove = harness.runtime.remove.bind(harness.runtime);
  harness.runtime.start = (container) => Promise.reject(spoilt(container));
  const first = await harness.start();
  const task = taskPayload({}, { image: 'web:1' });
  let removed = false;
  harness.runtime.remove = async (container) => {
    await remove(container);
    removed = true;
    return new Promise<never>(() => undefined); // the agent never hears of it
  };
  harness.server.payload(task);
  await until('the spoilt container is gone', () => removed);
  void first.stop();
  harness.runtime.remove = remove;
  harness.runtime.start = start;
  await harness.start();
  await until('RUNNING', has(task, 'RUNNING'));
  expect(await harness.runtime.list({ [labels.taskArn]: task['arn'] })).toHaveLength(1);
});

test('a start that is carried out after its task was stopped does not leave a container running', async () => {
  harness.runtime.addImage('web:1', { stopDelayMs: 'never' });
  const start = harness.runtime.start.bind(harness.runtime);
  const late: string[] = [];
  harness.runtime.start = (container) => {
    late.push(container);
    return Promise.reject(new EngineRefused(500, 'no')); // and does it all the same, later
  };
  await harness.start();
  const task = taskPayload({}, { image: 'web:1' });
  harness.server.payload(task);
  await until('STOPPED', has(task, 'STOPPED'));
  await start(late[0] ?? '');
  expect((await harness.runtime.inspect(late[0] ?? ''))?.startedAt).toBeDefined();
  await until('it is ended', () => harness.log.lines.some((line) => line.includes('started after its task')));
  let status: string | undefined = 'running';
  for (let looks = 0; status === 'running' && looks < 500; looks += 1) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    status = (await harness.runtime.inspect(late[0] ?? ''))?.status;
  }
  expect(status).not.toBe('running');
});
