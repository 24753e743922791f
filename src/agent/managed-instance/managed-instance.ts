import type { Cancel, Clock, Ids, Log, ServerTrust } from '../../kernel/index.ts';
import { InvalidArgument, messageOf } from '../../kernel/index.ts';
import { limits } from '../limits.ts';
import { ApiClient, ApiError } from '../session/api-client.ts';
import type { AwsCredentials } from '../session/credentials.ts';
import { ServerTime } from '../../control-plane-client/index.ts';
import { sleep } from '../sleep.ts';
import { agentVersion, userAgent } from '../version.ts';
import { readManagedInstance, writeManagedInstance, type ManagedInstanceIdentity } from './managed-instance-file.ts';

export interface ManagedInstanceOptions {
  readonly endpoint: string;
  readonly trust?: ServerTrust | undefined;
  readonly dataDir: string;
  /** What CreateActivation answered; needed for the first start only. */
  readonly activation?: { readonly id: string; readonly code: string } | undefined;
  readonly machineId?: string | undefined;
  /** Shown by DescribeInstanceInformation. */
  readonly machine: {
    readonly computerName: string;
    readonly platformName: string;
    readonly platformVersion: string;
  };
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
}

interface Told {
  readonly instanceId: string;
  readonly region: string;
  readonly credentials: AwsCredentials;
}

const path = '/longshore/managed-instances';
const secretDigits = 64;

/**
 * A machine without keys of its own: it registers once with an activation and has the credentials of the activation's role from then on, which it renews
 * every few minutes. At AWS the SSM agent does this, and the ECS agent reads what it gets.
 */
export class ManagedInstance {
  readonly instanceId: string;
  readonly region: string;
  readonly #options: ManagedInstanceOptions;
  readonly #client: ApiClient;
  readonly #secret: string;
  #credentials: AwsCredentials;
  #cancel: Cancel = () => undefined;
  #stopped = false;

  /**
   * Undefined when the data directory has never been registered and no activation is given. Waits until the control plane answers.
   * @throws InvalidArgument when it refuses: the activation is wrong, expired or used up, or the node was deregistered
   */
  static async open(options: ManagedInstanceOptions): Promise<ManagedInstance | undefined> {
    const kept = await ownIdentity(options);
    if (kept === undefined && options.activation === undefined) return undefined;
    const identity = kept ?? {
      secret: options.ids.hex(secretDigits),
      ...(options.machineId === undefined ? {} : { machineId: options.machineId }),
    };
    if (kept === undefined) await writeManagedInstance(options.dataDir, identity);
    const { endpoint, trust, clock, ids, log } = options;
    const client = new ApiClient({
      ...{ endpoint, trust, clock, ids, userAgent, serverTime: new ServerTime(clock, log) },
      region: '',
      credentials: () => ({ accessKeyId: '', secretAccessKey: '' }),
    });
    const told = await firstCredentials(client, options, identity);
    const { instanceId, region } = told;
    if (identity.instanceId === undefined)
      await writeManagedInstance(options.dataDir, { ...identity, instanceId, region });
    log.info('this machine is a managed node', { instanceId, region });
    return new ManagedInstance(options, { client, secret: identity.secret, told });
  }

  private constructor(
    options: ManagedInstanceOptions,
    made: { readonly client: ApiClient; readonly secret: string; readonly told: Told },
  ) {
    this.#options = options;
    this.#client = made.client;
    this.#secret = made.secret;
    this.instanceId = made.told.instanceId;
    this.region = made.told.region;
    this.#credentials = made.told.credentials;
    this.#plan();
  }

  credentials(): AwsCredentials {
    return this.#credentials;
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
    this.#client.close();
  }

  #plan(): void {
    const jitter = 0.9 + this.#options.ids.fraction() * 0.2;
    this.#cancel = this.#options.clock.after(limits.managedInstancePingMs * jitter, () => void this.#renew());
  }

  async #renew(): Promise<void> {
    const { log } = this.#options;
    try {
      this.#credentials = (
        await renewed(this.#client, this.#options, { instanceId: this.instanceId, secret: this.#secret })
      ).credentials;
    } catch (error) {
      if (!this.#stopped)
        log.error('the credentials of this managed node could not be renewed; will try again', {
          instanceId: this.instanceId,
          error: messageOf(error),
        });
    }
    if (!this.#stopped) this.#plan();
  }
}

/** What the directory says, unless another machine wrote it. */
async function ownIdentity(options: ManagedInstanceOptions): Promise<ManagedInstanceIdentity | undefined> {
  const { dataDir, machineId, activation, log } = options;
  const kept = await readManagedInstance(dataDir);
  const copied = kept?.machineId !== undefined && machineId !== undefined && kept.machineId !== machineId;
  if (!copied) return kept;
  const text = `the data directory '${dataDir}' was copied from another machine, whose identity ${kept.instanceId ?? ''} is not this one's`;
  if (activation === undefined) throw new InvalidArgument(`${text}: register this one with an activation of its own`);
  log.warn(`${text}; it registers anew`);
  return undefined;
}

/** Registers, or says again who this is, until the control plane answers. */
async function firstCredentials(
  client: ApiClient,
  options: ManagedInstanceOptions,
  { instanceId, secret }: ManagedInstanceIdentity,
): Promise<Told> {
  const { activation, clock, ids, log } = options;
  for (let attempt = 0; ; attempt += 1) {
    try {
      if (instanceId !== undefined) return await renewed(client, options, { instanceId, secret });
      if (activation === undefined)
        throw new InvalidArgument('this machine did not finish its registration: give its activation again');
      const given = { activationId: activation.id, activationCode: activation.code };
      return readTold(await client.tell({ path, input: { ...given, secret, ...factsOf(options) } }));
    } catch (error) {
      if (error instanceof InvalidArgument) throw error;
      if (error instanceof ApiError && error.status < 500)
        throw new InvalidArgument(`the control plane does not take this machine as a managed node: ${error.message}`);
      const delayMs = Math.min(limits.registerRetryFirstMs * 2 ** attempt, limits.registerRetryLongestMs);
      log.warn('could not reach the control plane, will try again', { error: messageOf(error), delayMs });
      await sleep(clock, delayMs * (0.8 + ids.fraction() * 0.4));
    }
  }
}

async function renewed(
  client: ApiClient,
  options: ManagedInstanceOptions,
  { instanceId, secret }: { readonly instanceId: string; readonly secret: string },
): Promise<Told> {
  return readTold(
    await client.tell({ path: `${path}/${instanceId}/credentials`, input: { secret, ...factsOf(options) } }),
  );
}

function factsOf({ machine }: ManagedInstanceOptions): object {
  return { ...machine, agentVersion };
}

function readTold(answer: Readonly<Record<string, unknown>>): Told {
  const text = (name: string): string => {
    const value = answer[name];
    if (typeof value === 'string' && value !== '') return value;
    throw new Error(`the control plane answered without ${name}`);
  };
  return {
    instanceId: text('instanceId'),
    region: text('region'),
    credentials: {
      accessKeyId: text('accessKeyId'),
      secretAccessKey: text('secretAccessKey'),
      sessionToken: text('sessionToken'),
    },
  };
}
