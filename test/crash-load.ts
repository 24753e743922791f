import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { CloudWatchLogsClient, GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  CreateClusterCommand,
  DescribeTasksCommand,
  ECSClient,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  StopTaskCommand,
  type ContainerDefinition,
  type RunTaskCommandInput,
  type Task,
} from '@aws-sdk/client-ecs';

export const cluster = 'crash';
const logGroup = '/ecs/crash';
const retryMs = 150;
const callTimeoutMs = 5_000;
/** A call is repeated this long: the longest that server, agents and engine may be away together. */
const patienceMs = 90_000;

/** Each start of a container prints a line that no other start prints. */
const began = 'echo began $(cat /proc/sys/kernel/random/uuid)';
const untilTold = `${began}; trap 'exit 0' TERM; while :; do sleep 1 & wait $!; done`;

/** One shape of task: how it runs, and how it ends by itself. */
interface Kind {
  readonly name: string;
  readonly launchType: 'FARGATE' | 'EC2';
  readonly containers: readonly string[];
  /** The exit code with which it ends by itself; absent when it runs until it is stopped. */
  readonly exitCode?: number;
  readonly command: string;
}

export const kinds: readonly Kind[] = [
  { name: 'pair', launchType: 'FARGATE', containers: ['app', 'side'], command: untilTold },
  { name: 'job', launchType: 'FARGATE', containers: ['app'], command: `${began}; sleep 3; exit 7`, exitCode: 7 },
  { name: 'web', launchType: 'EC2', containers: ['app'], command: untilTold },
  { name: 'batch', launchType: 'EC2', containers: ['app'], command: `${began}; sleep 2; exit 3`, exitCode: 3 },
];

/** A task whose RunTask was acknowledged, and what was done to it. */
export interface Acknowledged {
  readonly arn: string;
  readonly kind: Kind;
  /** StopTask was acknowledged. */
  stopped: boolean;
  /** Its container was killed behind Longshore's back. */
  killed: boolean;
}

/** Calls of the API that are repeated until they are answered, as a careful client's are. */
export class CrashLoad {
  readonly acknowledged: Acknowledged[] = [];
  /** Calls that failed and were repeated: shows that the kills hit something. */
  repeatedCalls = 0;
  readonly #ecs: ECSClient;
  readonly #logs: CloudWatchLogsClient;
  #subnets: readonly string[] = [];

  constructor(endpoint: string) {
    const options = {
      endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      maxAttempts: 1,
    };
    this.#ecs = new ECSClient(options);
    this.#logs = new CloudWatchLogsClient(options);
  }

  async prepare(image: string, subnet: string): Promise<void> {
    this.#subnets = [subnet];
    await this.#ecs.send(new CreateClusterCommand({ clusterName: cluster }));
    for (const kind of kinds) {
      const fargate = kind.launchType === 'FARGATE';
      await this.#ecs.send(
        new RegisterTaskDefinitionCommand({
          family: kind.name,
          networkMode: fargate ? 'awsvpc' : 'bridge',
          requiresCompatibilities: [kind.launchType],
          ...(fargate ? { cpu: '256', memory: '512' } : {}),
          executionRoleArn: 'arn:aws:iam::123456789012:role/ecsTaskExecutionRole',
          containerDefinitions: kind.containers.map((name) => containerOf(kind, { name, image })),
        }),
      );
    }
  }

  /** RunTask with one client token until it is answered: the tasks it answers are wanted once. */
  async run(kind: Kind): Promise<Acknowledged> {
    const input: RunTaskCommandInput = {
      cluster,
      taskDefinition: kind.name,
      launchType: kind.launchType,
      ...(kind.launchType === 'FARGATE'
        ? { networkConfiguration: { awsvpcConfiguration: { subnets: [...this.#subnets], assignPublicIp: 'ENABLED' } } }
        : {}),
    };
    const token = { current: randomUUID() };
    const task = await this.#untilAnswered(`RunTask ${kind.name}`, async (signal) => {
      const command = new RunTaskCommand({ ...input, clientToken: token.current });
      const { tasks = [], failures = [] } = await this.#ecs.send(command, { abortSignal: signal });
      if (tasks[0]?.taskArn !== undefined) return tasks[0].taskArn;
      // Answered: nothing was started, because the agent was away.
      token.current = randomUUID();
      throw new Error(`RunTask answered ${JSON.stringify(failures)}`);
    });
    const acknowledged = { arn: task, kind, stopped: false, killed: false };
    this.acknowledged.push(acknowledged);
    return acknowledged;
  }

  async stop(task: Acknowledged): Promise<void> {
    await this.#untilAnswered(`StopTask ${task.arn}`, (signal) =>
      this.#ecs.send(new StopTaskCommand({ cluster, task: task.arn, reason: 'chaos' }), { abortSignal: signal }),
    );
    task.stopped = true;
  }

  async describe(arns: readonly string[]): Promise<readonly Task[]> {
    const found: Task[] = [];
    for (let from = 0; from < arns.length; from += 100) {
      const answer = await this.#ecs.send(new DescribeTasksCommand({ cluster, tasks: arns.slice(from, from + 100) }));
      found.push(...(answer.tasks ?? []));
    }
    return found;
  }

  /** Every task of the cluster that the API lists, running or stopped. */
  async list(): Promise<readonly string[]> {
    const arns: string[] = [];
    for (const desiredStatus of ['RUNNING', 'STOPPED'] as const) {
      let nextToken: string | undefined;
      do {
        const page = await this.#ecs.send(new ListTasksCommand({ cluster, desiredStatus, nextToken }));
        arns.push(...(page.taskArns ?? []));
        nextToken = page.nextToken;
      } while (nextToken !== undefined);
    }
    return arns;
  }

  /** The lines that starts of a container of a task printed. */
  async starts(task: Acknowledged, container: string): Promise<readonly string[]> {
    const logStreamName = `crash/${container}/${task.arn.split('/').at(-1)}`;
    const answer = await this.#logs
      .send(new GetLogEventsCommand({ logGroupName: logGroup, logStreamName, startFromHead: true }))
      .catch((error: Error) => {
        if (error.name === 'ResourceNotFoundException') return { events: [] };
        throw error;
      });
    return (answer.events ?? []).map(({ message = '' }) => message).filter((line) => line.startsWith('began '));
  }

  close(): void {
    this.#ecs.destroy();
    this.#logs.destroy();
  }

  async #untilAnswered<T>(what: string, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const untilMs = Date.now() + patienceMs;
    for (;;) {
      try {
        return await call(AbortSignal.timeout(callTimeoutMs));
      } catch (error) {
        this.repeatedCalls++;
        const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode ?? 0;
        const refused = status >= 400 && status < 500;
        if (refused || Date.now() > untilMs) throw new Error(`${what}: ${String(error)}`, { cause: error });
        await sleep(retryMs);
      }
    }
  }
}

function containerOf(kind: Kind, { name, image }: { name: string; image: string }): ContainerDefinition {
  return {
    name,
    image,
    memory: 64,
    command: ['sh', '-c', kind.command],
    stopTimeout: 5,
    ...(kind.launchType === 'EC2' ? { portMappings: [{ containerPort: 8080, hostPort: 0 }] } : {}),
    logConfiguration: {
      logDriver: 'awslogs',
      options: {
        'awslogs-group': logGroup,
        'awslogs-create-group': 'true',
        'awslogs-region': 'us-east-1',
        'awslogs-stream-prefix': 'crash',
      },
    },
  };
}
