import { afterEach, beforeEach, expect, test } from 'vitest';
import { clusterArn, instanceArn } from '../contract/ecs-server.ts';
import { Harness, fakeEngine } from '../contract/harness.ts';
import { until } from '../contract/real-time.ts';
import { taskPayload } from '../contract/tasks.ts';

let harness: Harness;
let port = 0;

beforeEach(async () => {
  harness = new Harness(fakeEngine());
  harness.runtime.addImage('longshore/web:1');
  await harness.open();
  port = 20_000 + Math.floor(Math.random() * 10_000);
});
afterEach(() => harness.close());

const address = '127.0.0.1';

async function get(path: string, init: RequestInit = {}): Promise<{ readonly status: number; readonly body: any }> {
  const response = await fetch(`http://${address}:${port}${path}`, init);
  return { status: response.status, body: await response.json() };
}

async function run(on = harness): Promise<Record<string, any>> {
  const task = taskPayload({}, { portMappings: [{ containerPort: 80, hostPort: 0, protocol: 'tcp' }] });
  on.server.payload(task);
  await until('RUNNING', () => on.server.statuses(task['arn']).includes('RUNNING'));
  return task;
}

test('[AG-1] the agent says who it is, and what it answers', async () => {
  await harness.start({ introspection: { address, port } });
  expect(await get('/v1/metadata')).toEqual({
    status: 200,
    body: {
      Cluster: 'default',
      ContainerInstanceArn: instanceArn,
      Version: expect.stringMatching(/^Longshore Agent - v[\d.]+ /),
    },
  });
  expect((await get('/')).body).toEqual({ AvailableCommands: ['/v1/metadata', '/v1/tasks'] });
  expect((await get('/v1/metadata', { method: 'POST' })).status).toBe(405);
});

test('[AG-2] tasks: all of them, one by its ARN, one by a Docker id or the beginning of one', async () => {
  await harness.start({ introspection: { address, port } });
  const [one] = [await run(), await run()];
  const arn: string = one['arn'];
  const { body } = await get('/v1/tasks');
  expect(body.Tasks).toHaveLength(2);
  const [listed] = body.Tasks.filter((task: { Arn: string }) => task.Arn === arn);
  expect(listed).toEqual({
    Arn: arn,
    DesiredStatus: 'RUNNING',
    KnownStatus: 'RUNNING',
    Family: 'web',
    Version: '1',
    Containers: [
      {
        DockerId: expect.stringMatching(/^[0-9a-f]{64}$/),
        DockerName: expect.stringMatching(/^ecs-web-1-app-/),
        Name: 'app',
        Image: 'longshore/web:1',
        ImageID: expect.any(String),
        CreatedAt: expect.any(String),
        StartedAt: expect.any(String),
        Ports: [{ ContainerPort: 80, Protocol: 'tcp', HostPort: expect.any(Number) }],
        Networks: [{ NetworkMode: 'bridge', IPv4Addresses: [] }],
      },
    ],
  });
  const id: string = listed.Containers[0].DockerId;
  expect((await get(`/v1/tasks?taskarn=${encodeURIComponent(arn)}`)).body).toEqual(listed);
  expect((await get(`/v1/tasks?dockerid=${id}`)).body).toEqual(listed);
});

test('[AG-3] unknown is 404 with an empty task, both questions at once or an ambiguous id 400', async () => {
  await harness.start({ introspection: { address, port } });
  await Promise.all([run(), run()]);
  const empty = { Arn: '', DesiredStatus: '', KnownStatus: '', Family: '', Version: '', Containers: null };
  expect(await get(`/v1/tasks?taskarn=${clusterArn}`)).toEqual({ status: 404, body: empty });
  expect(await get('/v1/tasks?dockerid=ffffffffffff')).toEqual({ status: 404, body: empty });
  expect((await get('/v1/tasks?dockerid=f&taskarn=a')).status).toBe(400);
  // The fake engine counts its ids up: all begin the same.
  expect((await get('/v1/tasks?dockerid=000000000000')).status).toBe(400);
});

test('[AG-4] of two agents with one port the first answers, and the second when it goes', async () => {
  const second = new Harness(fakeEngine());
  await second.open();
  second.server.newArn = instanceArn.replace(/.$/, '0');
  try {
    const first = await harness.start({ introspection: { address, port } });
    await second.start({ introspection: { address, port } });
    expect((await get('/v1/metadata')).body).toMatchObject({ ContainerInstanceArn: instanceArn });
    await first.stop();
    await until('the other took over', () =>
      second.log.lines.some((line) => line.includes('listening for introspection')),
    );
    expect((await get('/v1/metadata')).body).toMatchObject({ ContainerInstanceArn: second.server.newArn });
  } finally {
    await second.close();
  }
});
