import { ApiError } from '../protocol/api/index.ts';
import type { Operations, RunTaskRequest } from '../protocol/generated/ecs.ts';
import { defaultNetwork } from '../services/ec2/index.ts';
import type { SimClock } from './sim-clock.ts';
import type { SimIds } from './sim-ids.ts';
import { images } from './sim-machine.ts';
import { isUnknown, type SimNetwork } from './sim-network.ts';
import type { SimCaller } from './sim-server.ts';

export const user: SimCaller = { account: '123456789012', region: 'us-east-1' };
export const cluster = 'default';
/** The subnets of the user's default VPC. */
export const subnets: readonly string[] = defaultNetwork(user).subnets.map(({ id }) => id);

interface Definition {
  readonly family: string;
  readonly fargate: boolean;
}

const definitions: readonly (Definition & {
  readonly image: string;
  readonly port?: number;
  readonly role?: boolean;
})[] = [
  { family: 'bridge-service', fargate: false, image: images.service },
  { family: 'bridge-port', fargate: false, image: images.service, port: 8080 },
  { family: 'bridge-job', fargate: false, image: images.job },
  { family: 'bridge-crash', fargate: false, image: images.crash },
  { family: 'fargate-service', fargate: true, image: images.service, role: true },
  { family: 'fargate-job', fargate: true, image: images.job },
  { family: 'fargate-missing', fargate: true, image: images.missing },
];

/** Only services run these. */
const serviceDefinitions: typeof definitions = [
  { family: 'fargate-crash', fargate: true, image: images.crash },
  { family: 'fargate-sick', fargate: true, image: images.service },
];

export interface UsersOptions {
  readonly network: SimNetwork;
  readonly clock: SimClock;
  readonly ids: SimIds;
  onViolation(text: string): void;
}

/** One RunTask that was answered: what the caller now relies on. */
export interface Acknowledged {
  readonly token: string;
  readonly arns: readonly string[];
}

const attempts = 20;
const retryMs = 1_000;

/** Callers of the API: they run, stop and look at tasks, and keep what they were promised. */
export class SimUsers {
  readonly #options: UsersOptions;
  readonly acknowledged: Acknowledged[] = [];
  readonly #live: string[] = [];
  /** Actions under way. */
  busy = 0;
  actions = 0;

  constructor(options: UsersOptions) {
    this.#options = options;
  }

  /** Makes the cluster and the task definitions. */
  async prepare(): Promise<void> {
    await this.#call('CreateCluster', { clusterName: cluster });
    for (const definition of [...definitions, ...serviceDefinitions])
      await this.#call('RegisterTaskDefinition', registration(definition));
  }

  /** Does something, chosen by chance. */
  async act(): Promise<void> {
    const { ids } = this.#options;
    this.busy++;
    this.actions++;
    try {
      const chance = ids.fraction();
      if (chance < 0.5 || this.#live.length === 0) await this.#run();
      else if (chance < 0.9) await this.#stop();
      else await this.#look();
    } finally {
      this.busy--;
    }
  }

  /** Gives up an instance, as an operator does whose machine is gone. @returns false when it should be tried again */
  async deregister(containerInstance: string): Promise<boolean> {
    try {
      await this.#call('DeregisterContainerInstance', { cluster, containerInstance, force: true });
      return true;
    } catch (error) {
      return !isUnknown(error);
    }
  }

  /** Stops everything that users run, as far as they know of it, so that services have room. */
  async stopAll(): Promise<void> {
    for (let task = this.#live.pop(); task !== undefined; task = this.#live.pop())
      await this.#known(this.#call('StopTask', { cluster, task, reason: 'room for services' }));
  }

  async setStatus(containerInstance: string, status: 'ACTIVE' | 'DRAINING'): Promise<void> {
    const input = { cluster, containerInstances: [containerInstance], status };
    await this.#known(this.#call('UpdateContainerInstancesState', input));
  }

  async #run(): Promise<void> {
    const { ids, onViolation } = this.#options;
    const definition = ids.pick(definitions) ?? { family: 'none', fargate: false };
    const token = ids.hex(32);
    const count = ids.between(1, 4);
    const input: RunTaskRequest = {
      cluster,
      taskDefinition: definition.family,
      count,
      clientToken: token,
      startedBy: token,
      launchType: definition.fargate ? 'FARGATE' : 'EC2',
      ...(definition.fargate
        ? {
            networkConfiguration: {
              awsvpcConfiguration: { subnets },
            },
          }
        : {}),
    };
    // An impatient client sends the same request twice at once.
    const twice = ids.happens(0.2) ? this.#known(this.#call('RunTask', input)) : undefined;
    const answer = await this.#known(this.#call('RunTask', input));
    const other = await twice;
    if (answer === undefined) return;
    const arns = (answer.tasks ?? []).map(({ taskArn }) => taskArn ?? '');
    const others = other === undefined ? arns : (other.tasks ?? []).map(({ taskArn }) => taskArn ?? '');
    // One that found no room is not remembered, so its copy may find some; two that started tasks must have started the same.
    if (arns.length > 0 && others.length > 0 && arns.join() !== others.join())
      onViolation(`RunTask ${token} was answered with ${arns.join()} and with ${others.join()}`);
    if (definition.fargate && arns.length !== count)
      onViolation(`RunTask of ${count} FARGATE tasks answered with ${arns.length}`);
    const started = arns.length > 0 ? arns : others;
    this.acknowledged.push({ token, arns: started });
    this.#live.push(...started);
  }

  async #stop(): Promise<void> {
    const { ids } = this.#options;
    const index = ids.between(0, this.#live.length - 1);
    const [task] = this.#live.splice(index, 1);
    if (task === undefined) return;
    await this.#known(this.#call('StopTask', { cluster, task, reason: 'simulated' }));
  }

  async #look(): Promise<void> {
    const { ids, onViolation } = this.#options;
    const task = ids.pick(this.#live);
    if (task === undefined) return;
    const answer = await this.#known(
      this.#call('ListTasks', { cluster, desiredStatus: ids.pick(['RUNNING', 'STOPPED']) }),
    );
    const listed = answer?.taskArns ?? [];
    if (new Set(listed).size < listed.length) onViolation('ListTasks lists a task twice');
  }

  /** The answer; undefined when the API refused, which users may cause, or when it never came. */
  async #known<Output>(call: Promise<Output>): Promise<Output | undefined> {
    try {
      return await call;
    } catch (error) {
      if (error instanceof ApiError && error.code === 'ServerException')
        this.#options.onViolation(`a user got ${error.message}`);
      return undefined;
    }
  }

  /** Calls until there is an answer. Actions are idempotent, RunTask by its token. */
  async #call<Name extends keyof Operations>(
    operation: Name,
    input: Operations[Name]['input'],
  ): Promise<Operations[Name]['output']> {
    const { network, clock } = this.#options;
    for (let attempt = 1; ; attempt++) {
      try {
        return await network.call(operation, input, { caller: user, clock });
      } catch (error) {
        if (!isUnknown(error) || attempt >= attempts) throw error;
      }
      await new Promise<void>((resolve) => {
        clock.after(retryMs, resolve);
      });
    }
  }
}

function registration({
  family,
  fargate,
  image,
  port,
  role,
}: (typeof definitions)[number]): Operations['RegisterTaskDefinition']['input'] {
  const container = {
    name: 'app',
    image,
    essential: true,
    ...(port === undefined ? {} : { portMappings: [{ containerPort: 80, hostPort: port }] }),
  };
  if (!fargate) return { family, containerDefinitions: [{ ...container, cpu: 100, memory: 128 }] };
  return {
    family,
    networkMode: 'awsvpc',
    requiresCompatibilities: ['FARGATE'],
    cpu: '256',
    memory: '512',
    ...(role === true ? { taskRoleArn: `arn:aws:iam::${user.account}:role/app` } : {}),
    containerDefinitions: [{ ...container, portMappings: [{ containerPort: 80 }] }],
  };
}
