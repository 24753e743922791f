import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { Agent } from 'node:https';
import { ECS, type ContainerInstance, type Task } from '@aws-sdk/client-ecs';
import { FleetNetwork, type FleetMachine } from './fleet-network.ts';
import {
  awsCli,
  freePort,
  longshore,
  newDataDirectory,
  startCommand,
  startLongshore,
  type RunningCommand,
  type RunningLongshore,
} from './longshore-process.ts';

export const cluster = ['--cluster', 'fleet'] as const;
const engine = process.env['LONGSHORE_ENGINE'] ?? 'unix:///var/run/docker.sock';
const managed = 'arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role';

export interface StageAgent {
  readonly machine: FleetMachine;
  readonly directory: string;
  process: RunningCommand;
  /** Its container instance's ARN; another one after it joined anew. */
  arn: string;
}

/** A control plane over TLS, and agents in network namespaces that share the machine's engine, each with its share of it. Driven by the `aws` CLI; looks by the SDK. */
export class FleetStage {
  readonly network: FleetNetwork;
  readonly directory: string;
  readonly agents = new Map<string, StageAgent>();
  readonly endpoint: string;
  readonly caFile: string;
  readonly rootKeys: Pick<Keys, 'id' | 'secret'>;
  readonly aws: ReturnType<typeof awsCli>;
  readonly ecs: ECS;
  readonly #server: RunningLongshore;
  readonly #directories: string[] = [];
  /** Keys of a user that may what an instance role may. */
  #agentKeys: readonly string[] = [];

  private constructor(network: FleetNetwork, started: { server: RunningLongshore; directory: string; root: Keys }) {
    this.network = network;
    this.directory = started.directory;
    this.#server = started.server;
    this.endpoint = `https://${network.address}:${started.server.port}`;
    const { id, secret, caFile } = started.root;
    this.caFile = caFile;
    this.rootKeys = { id, secret };
    this.aws = awsCli(this.endpoint, id, { AWS_SECRET_ACCESS_KEY: secret, AWS_CA_BUNDLE: caFile });
    this.ecs = new ECS({
      endpoint: this.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: id, secretAccessKey: secret },
      requestHandler: { httpsAgent: new Agent({ ca: readFileSync(caFile) }) },
    });
  }

  static async open(): Promise<FleetStage> {
    // The certificate has the addresses that the machine has when the control plane starts.
    const network = new FleetNetwork();
    const directory = newDataDirectory();
    const port = await freePort();
    const server = await startLongshore({ directory, port, command: 'server', args: ['--host', '0.0.0.0'] });
    const { stdout } = await longshore(['env', '--root', '--data-dir', directory, '--port', String(port)]);
    const value = (name: string): string => new RegExp(`^export ${name}=(.*)$`, 'm').exec(stdout)?.[1] ?? '';
    const root = {
      id: value('AWS_ACCESS_KEY_ID'),
      secret: value('AWS_SECRET_ACCESS_KEY'),
      caFile: value('AWS_CA_BUNDLE'),
    };
    const stage = new FleetStage(network, { server, directory, root });
    await stage.#build();
    return stage;
  }

  async #build(): Promise<void> {
    const { aws } = this;
    const { stderr } = await longshore(['image', '--engine', engine]);
    if (stderr.includes('cannot')) throw new Error(stderr);
    await aws('ecs', 'create-cluster', '--cluster-name', 'fleet');
    await aws('iam', 'create-user', '--user-name', 'machines');
    await aws('iam', 'attach-user-policy', '--user-name', 'machines', '--policy-arn', managed);
    const { AccessKey: key } = await aws('iam', 'create-access-key', '--user-name', 'machines');
    this.#agentKeys = [`AWS_ACCESS_KEY_ID=${key.AccessKeyId}`, `AWS_SECRET_ACCESS_KEY=${key.SecretAccessKey}`];
  }

  /** Starts an agent on a machine of its own, with the user's keys unless `keyless`. */
  async join(name: string, options: readonly string[], variables: readonly string[] = []): Promise<StageAgent> {
    const machine = this.network.add(name);
    const directory = newDataDirectory();
    this.#directories.push(directory);
    const agent = {
      machine,
      directory,
      process: await this.start({ machine, directory }, options, variables),
      arn: '',
    };
    agent.arn = (await this.newest()) ?? '';
    this.agents.set(name, agent);
    return agent;
  }

  start(
    { machine, directory }: Pick<StageAgent, 'machine' | 'directory'>,
    options: readonly string[],
    variables: readonly string[] = [],
  ): Promise<RunningCommand> {
    const keys = options.includes('--activation-id') ? [] : this.#agentKeys;
    return startCommand({
      directory,
      logName: 'agent',
      args: [
        ...['agent', '--endpoint', this.endpoint, '--ca-file', this.caFile, ...cluster, '--data-dir', directory],
        ...['--engine', engine, '--introspection-port', 'off', ...options],
      ],
      readyLine: 'longshore agent ready',
      wrap: [...machine.wrap, 'env', ...keys, ...variables],
    });
  }

  /** The container instance that nobody has yet. */
  async newest(): Promise<string | undefined> {
    const known = new Set([...this.agents.values()].map(({ arn }) => arn));
    const { containerInstanceArns } = await this.ecs.listContainerInstances({ cluster: 'fleet' });
    return containerInstanceArns?.find((arn) => !known.has(arn));
  }

  async instance(name: string): Promise<ContainerInstance | undefined> {
    const arn = this.agents.get(name)?.arn ?? '';
    const include = ['CONTAINER_INSTANCE_HEALTH' as const];
    const shown = await this.ecs.describeContainerInstances({ cluster: 'fleet', containerInstances: [arn], include });
    return shown.containerInstances?.[0];
  }

  /** Names of the machines that tasks are on, sorted. */
  on(tasks: readonly Pick<Task, 'containerInstanceArn'>[]): readonly string[] {
    const names = new Map([...this.agents].map(([name, { arn }]) => [arn, name]));
    return tasks.map(({ containerInstanceArn: arn = '' }) => names.get(arn) ?? arn).sort();
  }

  async task(arn: string): Promise<Task | undefined> {
    return (await this.ecs.describeTasks({ cluster: 'fleet', tasks: [arn] })).tasks?.[0];
  }

  /** Tasks of a service that are to run. */
  async tasksOf(serviceName: string): Promise<readonly Task[]> {
    const { taskArns = [] } = await this.ecs.listTasks({ cluster: 'fleet', serviceName });
    if (taskArns.length === 0) return [];
    return (await this.ecs.describeTasks({ cluster: 'fleet', tasks: taskArns })).tasks ?? [];
  }

  /** Tells everything that `run-task` started to stop, and waits until the machines are empty. */
  async clear(): Promise<void> {
    const { taskArns = [] } = await this.ecs.listTasks({ cluster: 'fleet' });
    for (const task of taskArns) await this.ecs.stopTask({ cluster: 'fleet', task });
    for (;;) {
      const { taskArns: left = [] } = await this.ecs.listTasks({ cluster: 'fleet' });
      const shown = left.length === 0 ? [] : (await this.ecs.describeTasks({ cluster: 'fleet', tasks: left })).tasks;
      const busy = await Promise.all([...this.agents.keys()].map((name) => this.instance(name)));
      const held = busy.some((one) => (one?.runningTasksCount ?? 0) + (one?.pendingTasksCount ?? 0) > 0);
      if ((shown ?? []).length === 0 && !held) return;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  /** Containers of a task that the engine runs, whatever Longshore thinks. */
  containers(taskArn: string): readonly string[] {
    const filter = `label=com.amazonaws.ecs.task-arn=${taskArn}`;
    const out = execFileSync('docker', ['-H', engine, 'ps', '--no-trunc', '--quiet', '--filter', filter]);
    return out
      .toString()
      .split('\n')
      .filter((line) => line !== '');
  }

  async close(): Promise<void> {
    this.ecs.destroy();
    for (const { machine, process } of this.agents.values()) {
      machine.mend();
      await process.stop();
    }
    await this.#server.stop();
    for (const directory of [...this.#directories, this.directory]) {
      await longshore(['down', '--data-dir', directory, '--engine', engine]);
      rmSync(directory, { recursive: true, force: true });
    }
    this.network.remove();
  }
}

interface Keys {
  readonly id: string;
  readonly secret: string;
  readonly caFile: string;
}
