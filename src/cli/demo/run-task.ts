import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Internal, Unavailable, messageOf } from '../../kernel/index.ts';
import type { AwsClient } from '../aws-client.ts';
import { openGroup } from './open-group.ts';

export const demoCluster = 'demo';
const definitionFile = new URL('../../../examples/web-taskdef.json', import.meta.url);
export const containerPort = 8080;
const runningWithinMs = 120_000;
const pageWithinMs = 15_000;
const logsWithinMs = 15_000;
const pollEveryMs = 200;

interface Definition {
  readonly family: string;
  readonly containerDefinitions: readonly {
    readonly name: string;
    readonly logConfiguration: { readonly options: Readonly<Record<string, string>> };
  }[];
}

interface Task {
  readonly taskArn: string;
  readonly lastStatus: string;
  readonly stoppedReason?: string;
  readonly attachments: readonly { readonly details: readonly { readonly name: string; readonly value: string }[] }[];
}

export interface DemoTask {
  readonly arn: string;
  readonly address: string;
  readonly logGroup: string;
  readonly logStream: string;
}

/** Cluster, definition, RunTask on FARGATE in a default subnet; resolves when the task is RUNNING. */
export async function runDemoTask(client: AwsClient, say: (line: string) => void): Promise<DemoTask> {
  const definition = JSON.parse(readFileSync(definitionFile, 'utf8')) as Definition;
  await client.json('ecs', 'CreateCluster', { clusterName: demoCluster });
  const { taskDefinition } = await client.json<{ taskDefinition: { family: string; revision: number } }>(
    'ecs',
    'RegisterTaskDefinition',
    definition,
  );
  say(`cluster ${demoCluster}, task definition ${taskDefinition.family}:${taskDefinition.revision}`);
  const subnets = await client.query('ec2', 'DescribeSubnets');
  const subnet = firstSubnet(subnets);
  const group = await openGroup(client, /<vpcId>(vpc-[0-9a-f]+)<\/vpcId>/.exec(subnets)?.[1] ?? '', containerPort);
  say(`security group ${group}, which lets port ${containerPort} be reached`);
  const startedMs = performance.now();
  const { tasks, failures } = await client.json<{
    tasks: readonly Task[];
    failures: readonly { readonly reason?: string }[];
  }>('ecs', 'RunTask', {
    cluster: demoCluster,
    taskDefinition: `${taskDefinition.family}:${taskDefinition.revision}`,
    launchType: 'FARGATE',
    networkConfiguration: {
      awsvpcConfiguration: { subnets: [subnet], securityGroups: [group], assignPublicIp: 'ENABLED' },
    },
  });
  const [task] = tasks;
  if (task === undefined)
    throw new Unavailable(`the task was not started: ${failures[0]?.reason ?? 'no reason given'}`);
  const running = await waitForRunning(client, task.taskArn);
  say(`${running.taskArn} is RUNNING after ${Math.round(performance.now() - startedMs)} ms`);
  const [container] = definition.containerDefinitions;
  if (container === undefined) throw new Internal('the demo task definition has no container');
  const { options } = container.logConfiguration;
  return {
    arn: running.taskArn,
    address: addressOf(running),
    logGroup: options['awslogs-group'] ?? '',
    logStream: `${options['awslogs-stream-prefix']}/${container.name}/${idOf(running.taskArn)}`,
  };
}

/** The first subnet of DescribeSubnets' answer. */
export function firstSubnet(xml: string): string {
  const subnet = /<subnetId>(subnet-[0-9a-f]+)<\/subnetId>/.exec(xml)?.[1];
  if (subnet === undefined) throw new Unavailable('DescribeSubnets shows no subnet: the default VPC is missing');
  return subnet;
}

function idOf(arn: string): string {
  return arn.slice(arn.lastIndexOf('/') + 1);
}

function addressOf(task: Task): string {
  const details = task.attachments.flatMap((attachment) => attachment.details);
  const address = details.find(({ name }) => name === 'privateIPv4Address')?.value;
  if (address === undefined) throw new Internal(`${task.taskArn} is RUNNING without an address`);
  return address;
}

async function waitForRunning(client: AwsClient, arn: string): Promise<Task> {
  let last = '';
  for (const until = Date.now() + runningWithinMs; Date.now() < until; await sleep(pollEveryMs)) {
    const { tasks } = await client.json<{ tasks: readonly Task[] }>('ecs', 'DescribeTasks', {
      cluster: demoCluster,
      tasks: [arn],
    });
    const [task] = tasks;
    if (task?.lastStatus === 'RUNNING') return task;
    if (task?.lastStatus === 'STOPPED') throw new Unavailable(`the task stopped: ${task.stoppedReason ?? 'no reason'}`);
    last = task?.lastStatus ?? 'missing';
  }
  throw new Unavailable(`the task is ${last} after ${runningWithinMs / 1000} s; longshore doctor may tell why`);
}

/** Stops the task and waits until it has. */
export async function stopDemoTask(client: AwsClient, arn: string, withinMs: number): Promise<void> {
  await client.json('ecs', 'StopTask', { cluster: demoCluster, task: arn, reason: 'The demo is over' });
  for (const until = Date.now() + withinMs; Date.now() < until; await sleep(pollEveryMs)) {
    const { tasks } = await client.json<{ tasks: readonly Task[] }>('ecs', 'DescribeTasks', {
      cluster: demoCluster,
      tasks: [arn],
    });
    if (tasks[0]?.lastStatus === 'STOPPED') return;
  }
  throw new Unavailable(`${arn} did not stop within ${withinMs / 1000} s`);
}

/** The page that the task serves; asked again while the program in it still starts. */
export async function fetchPage(address: string): Promise<string> {
  const url = `http://${address}:${containerPort}/`;
  let last = '';
  for (const until = Date.now() + pageWithinMs; Date.now() < until; await sleep(pollEveryMs)) {
    try {
      return await get(url);
    } catch (error) {
      last = messageOf(error);
    }
  }
  throw new Unavailable(`${url} does not answer: ${last}`);
}

const getTimeoutMs = 3_000;
const maxPageBytes = 1024 * 1024;

function get(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const call = request(url, { agent: false, timeout: getTimeoutMs });
    call.on('timeout', () => call.destroy(new Error(`no answer in ${getTimeoutMs} ms`)));
    call.on('error', reject);
    call.on('response', (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString('utf8');
        if (text.length > maxPageBytes) call.destroy(new Error('the page is too long'));
      });
      response.on('error', reject);
      response.on('end', () => {
        if (response.statusCode === 200) resolve(text);
        else reject(new Error(`HTTP ${response.statusCode}`));
      });
    });
    call.end();
  });
}

/** The task's log lines so far; waits for the first ones. */
export async function logLines(client: AwsClient, task: DemoTask): Promise<readonly string[]> {
  let last = 'no line came';
  for (const until = Date.now() + logsWithinMs; Date.now() < until; await sleep(pollEveryMs)) {
    try {
      const { events } = await client.json<{ events: readonly { readonly message: string }[] }>(
        'logs',
        'GetLogEvents',
        { logGroupName: task.logGroup, logStreamName: task.logStream, startFromHead: true },
      );
      if (events.length > 0) return events.map(({ message }) => message);
    } catch (error) {
      last = messageOf(error); // the stream may not be there yet
    }
  }
  throw new Unavailable(`no log lines in ${task.logGroup} ${task.logStream}: ${last}`);
}
