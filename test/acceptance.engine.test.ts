import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasAws } from './has-aws.ts';
import {
  awsCli,
  freePort,
  longshore,
  newDataDirectory,
  startLongshore,
  type RunningLongshore,
} from './longshore-process.ts';
import { openDefaultGroup } from './open-group.ts';

/** What a user of ECS does, with the unmodified AWS CLI, on a real engine: the seed documents' commands and symptoms. */

const image = 'longshore/web:1';
let directory = '';
let server: RunningLongshore;
let aws: ReturnType<typeof awsCli>;
let subnet = '';

async function file(name: string, content: object): Promise<string> {
  const path = join(directory, name);
  writeFileSync(path, JSON.stringify(content));
  return `file://${path}`;
}

/** The first seed document's task definition, its image replaced. */
function web(overrides: object = {}, container: object = {}): object {
  return {
    family: 'web',
    networkMode: 'awsvpc',
    requiresCompatibilities: ['FARGATE'],
    cpu: '256',
    memory: '512',
    executionRoleArn: 'arn:aws:iam::123456789012:role/ecsTaskExecutionRole',
    taskRoleArn: 'arn:aws:iam::123456789012:role/webAppTaskRole',
    containerDefinitions: [
      {
        name: 'web',
        image,
        portMappings: [{ containerPort: 8080, protocol: 'tcp' }],
        environment: [{ name: 'APP_ENV', value: 'production' }],
        logConfiguration: {
          logDriver: 'awslogs',
          options: { 'awslogs-group': '/ecs/web', 'awslogs-region': 'us-east-1', 'awslogs-stream-prefix': 'ecs' },
        },
        ...container,
      },
    ],
    ...overrides,
  };
}

async function register(definition: object): Promise<string> {
  const answer = await aws(
    'ecs',
    'register-task-definition',
    '--cli-input-json',
    await file('definition.json', definition),
  );
  return answer.taskDefinition.taskDefinitionArn as string;
}

async function runFargate(definition: string, ...more: readonly string[]): Promise<string> {
  const answer = await aws(
    'ecs',
    'run-task',
    '--cluster',
    'prod-cluster',
    '--launch-type',
    'FARGATE',
    '--task-definition',
    definition,
    '--network-configuration',
    `awsvpcConfiguration={subnets=[${subnet}],assignPublicIp=ENABLED}`,
    ...more,
  );
  expect(answer.failures).toEqual([]);
  return answer.tasks[0].taskArn as string;
}

async function describeTask(arn: string): Promise<any> {
  return (await aws('ecs', 'describe-tasks', '--cluster', 'prod-cluster', '--tasks', arn)).tasks[0];
}

async function waitFor(state: 'tasks-running' | 'tasks-stopped', arn: string): Promise<any> {
  await aws('ecs', 'wait', state, '--cluster', 'prod-cluster', '--tasks', arn);
  return describeTask(arn);
}

function addressOf(task: any): string {
  return task.attachments[0].details.find((detail: { name: string }) => detail.name === 'privateIPv4Address')
    .value as string;
}

async function logsOf(arn: string, container: string, prefix = 'ecs'): Promise<string[]> {
  const answer = await aws(
    'logs',
    'get-log-events',
    '--log-group-name',
    '/ecs/web',
    '--log-stream-name',
    `${prefix}/${container}/${arn.split('/').at(-1)}`,
    '--start-from-head',
  );
  return answer.events.map((event: { message: string }) => event.message);
}

describe.skipIf(!hasAws)('the seed documents, with the AWS CLI (needs aws on the PATH)', () => {
  beforeAll(async () => {
    directory = newDataDirectory();
    server = await startLongshore({ directory, port: await freePort() });
    aws = awsCli(server.endpoint);
    expect((await longshore(['image'])).stderr).not.toContain('cannot');
    await aws('ecs', 'create-cluster', '--cluster-name', 'prod-cluster');
    await aws('logs', 'create-log-group', '--log-group-name', '/ecs/web');
    subnet = (await aws('ec2', 'describe-subnets')).Subnets[0].SubnetId;
    await openDefaultGroup(aws, '8080');
  });
  afterAll(async () => {
    await server.stop();
    await longshore(['down', '--data-dir', directory]);
    rmSync(directory, { recursive: true, force: true });
  });

  test('registers revisions, runs one with an address of its own, serves, logs, stops', async () => {
    const first = await register(web());
    expect(first).toMatch(/:task-definition\/web:\d+$/);
    const second = await register(web());
    expect(Number(second.split(':').at(-1))).toBe(Number(first.split(':').at(-1)) + 1);
    const arn = await runFargate('web');
    const task = await waitFor('tasks-running', arn);
    expect(task).toMatchObject({
      lastStatus: 'RUNNING',
      desiredStatus: 'RUNNING',
      launchType: 'FARGATE',
      taskDefinitionArn: second,
      cpu: '256',
      memory: '512',
    });
    expect(addressOf(task)).toMatch(/^172\.31\./);
    const page = await fetch(`http://${addressOf(task)}:8080/`);
    expect(page.status).toBe(200);
    await expect.poll(() => logsOf(arn, 'web'), { timeout: 10_000 }).not.toEqual([]);
    // `aws logs tail` (AWS CLI 2) stands on FilterLogEvents; version 1 has only the latter.
    const tail = await aws.raw('logs', 'tail', '/ecs/web');
    if (tail.code === 0) expect(tail.stdout).toContain('ecs/web/');
    const filtered = await aws('logs', 'filter-log-events', '--log-group-name', '/ecs/web', '--interleaved');
    expect(filtered.events.length).toBeGreaterThan(0);
    expect((await aws('ecs', 'list-tasks', '--cluster', 'prod-cluster')).taskArns).toContain(arn);
    await aws('ecs', 'stop-task', '--cluster', 'prod-cluster', '--task', arn, '--reason', 'enough');
    const stopped = await waitFor('tasks-stopped', arn);
    expect(stopped).toMatchObject({
      lastStatus: 'STOPPED',
      desiredStatus: 'STOPPED',
      stopCode: 'UserInitiated',
      stoppedReason: 'enough',
    });
    expect(
      (await aws('ecs', 'list-tasks', '--cluster', 'prod-cluster', '--desired-status', 'STOPPED')).taskArns,
    ).toContain(arn);
  });

  test('says why a task stopped: exit code, memory, missing image, failed start', async () => {
    const run = async (container: object): Promise<any> =>
      waitFor('tasks-stopped', await runFargate(await register(web({ family: 'fails' }, container))));
    const exited = await run({ command: ['sh', '-c', 'exit 7'] });
    expect(exited).toMatchObject({
      stopCode: 'EssentialContainerExited',
      stoppedReason: 'Essential container in task exited',
    });
    expect(exited.containers[0].exitCode).toBe(7);
    const hungry = await run({ memory: 16, command: ['sh', '-c', 'x=a; while true; do x=$x$x; done'] });
    expect(hungry.containers[0]).toMatchObject({
      exitCode: 137,
      reason: 'OutOfMemoryError: Container killed due to memory usage',
    });
    const missing = await run({ image: 'longshore-test/there-is-none:1' });
    expect(missing.stopCode).toBe('TaskFailedToStart');
    expect(missing.stoppedReason).toContain('CannotPullContainerError');
    const wrong = await run({ command: ['/no/such/program'] });
    expect(wrong.stopCode).toBe('TaskFailedToStart');
    expect(wrong.containers[0].reason).toContain('CannotStartContainerError');
    // The troubleshooting command of the third seed document.
    const shown = await aws(
      'ecs',
      'describe-tasks',
      '--cluster',
      'prod-cluster',
      '--tasks',
      exited.taskArn,
      '--query',
      'tasks[0].containers[0].{reason:reason,exitCode:exitCode}',
    );
    expect(shown).toEqual({ reason: null, exitCode: 7 });
  });

  test('containers of one task share localhost; another task reaches them by the address', async () => {
    const serverContainer = { name: 'web', image, essential: true, logConfiguration: undefined };
    const pair = await register({
      ...web({ family: 'pair' }),
      containerDefinitions: [
        serverContainer,
        {
          name: 'probe',
          image,
          essential: false,
          dependsOn: [{ containerName: 'web', condition: 'START' }],
          command: [
            'sh',
            '-c',
            'for i in 1 2 3 4 5 6 7 8 9 10; do wget -q -O - http://127.0.0.1:8080/ && exit 0; sleep 1; done; exit 1',
          ],
        },
      ],
    });
    const arn = await runFargate(pair);
    const task = await waitFor('tasks-running', arn);
    await expect
      .poll(
        async () => (await describeTask(arn)).containers.find((one: { name: string }) => one.name === 'probe').exitCode,
        { timeout: 40_000 },
      )
      .toBe(0);
    const other = await register(
      web({ family: 'other' }, { command: ['sh', '-c', `wget -q -O - http://${addressOf(task)}:8080/ > /dev/null`] }),
    );
    expect((await waitFor('tasks-stopped', await runFargate(other))).containers[0].exitCode).toBe(0);
    await aws('ecs', 'stop-task', '--cluster', 'prod-cluster', '--task', arn);
    await waitFor('tasks-stopped', arn);
  });

  test('inside a task: metadata, credentials, and the API at AWS_ENDPOINT_URL', async () => {
    const script =
      'wget -q -O - $ECS_CONTAINER_METADATA_URI_V4/task && echo && wget -q -O - ${AWS_CONTAINER_CREDENTIALS_FULL_URI:-http://169.254.170.2$AWS_CONTAINER_CREDENTIALS_RELATIVE_URI} && echo && wget -q -O - $AWS_ENDPOINT_URL/health && echo && env';
    const arn = await runFargate(await register(web({ family: 'inside' }, { command: ['sh', '-c', script] })));
    expect((await waitFor('tasks-stopped', arn)).containers[0].exitCode).toBe(0);
    const lines = (await logsOf(arn, 'web')).join('\n');
    expect(lines).toContain(`"TaskARN":"${arn}"`);
    expect(lines).toContain('"RoleArn":"arn:aws:iam::123456789012:role/webAppTaskRole"');
    expect(lines).toContain('"status":"ok"');
    expect(lines).toContain('AWS_EXECUTION_ENV=AWS_ECS_FARGATE');
    expect(lines).toContain('AWS_REGION=us-east-1');
    expect(lines).toContain('APP_ENV=production');
  });

  test('survives SIGTERM and SIGKILL of everything of ours with its containers running', async () => {
    const arn = await runFargate(await register(web({ family: 'lasting' })));
    const before = await waitFor('tasks-running', arn);
    for (const end of ['stop', 'kill'] as const) {
      await server[end]();
      expect((await fetch(`http://${addressOf(before)}:8080/`)).status).toBe(200);
      server = await startLongshore({ directory, port: server.port });
      const after = await waitFor('tasks-running', arn);
      expect(after.containers[0].runtimeId).toBe(before.containers[0].runtimeId);
      expect(after.startedAt).toBe(before.startedAt);
    }
    await aws('ecs', 'stop-task', '--cluster', 'prod-cluster', '--task', arn);
    await waitFor('tasks-stopped', arn);
  });
});
