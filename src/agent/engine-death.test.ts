import { afterEach, beforeEach, expect, test } from 'vitest';
import { labels } from '../agent-protocol/index.ts';
import { EngineUnavailable } from '../runtime/index.ts';
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
