import { silentLog } from '../kernel/index.ts';
import type { Operations } from '../protocol/generated/ecs.ts';
import { fargatePoolCluster, platformAccount, platformRegion } from '../services/ecs/index.ts';
import { MemoryStore } from '../store/index.ts';
import { calm } from './faults.ts';
import { JournalWatch } from './journal-watch.ts';
import { SimAgent } from './sim-agent.ts';
import { SimClock } from './sim-clock.ts';
import { SimIds } from './sim-ids.ts';
import { SimMachine, type MachineSize } from './sim-machine.ts';
import { SimNetwork } from './sim-network.ts';
import { SimServer } from './sim-server.ts';
import { cluster, user } from './sim-users.ts';

/** A machine with its agent. */
export interface SimHost {
  readonly machine: SimMachine;
  /** Nothing gets through to the machine or from it until `mend`. */
  cut(): void;
  mend(): void;
  /** Starts the agent's process again after `kill`, with what is on its disk. */
  restart(): void;
  kill(): void;
}

/** A small world for scenarios told step by step: the real control plane, machines that are added by name, and no chance but the seed's. */
export class SimWorld {
  readonly clock: SimClock;
  readonly violations: string[] = [];
  readonly #store = new MemoryStore();
  readonly #ids = new SimIds(1);
  readonly #network: SimNetwork;
  readonly journal: JournalWatch;
  #server: SimServer | undefined;

  private constructor(settle: () => Promise<void>) {
    this.clock = new SimClock(settle);
    this.#network = new SimNetwork(this.clock, this.#ids.fork(), calm);
    this.journal = new JournalWatch(this.#store, {
      clock: this.clock,
      onViolation: (text) => this.violations.push(text),
    });
  }

  /** With the cluster `default`. */
  static async open(settle: () => Promise<void>): Promise<SimWorld> {
    const world = new SimWorld(settle);
    await world.startServer();
    await world.call('CreateCluster', { clusterName: cluster });
    return world;
  }

  async startServer(): Promise<void> {
    this.#server = await SimServer.start({
      store: this.#store,
      clock: this.clock,
      ids: this.#ids.fork(),
      log: silentLog,
    });
    this.#network.server = this.#server;
  }

  crashServer(): void {
    this.#server?.crash();
    this.#network.server = undefined;
    this.#network.cutAll();
  }

  addMachine(name: string, options: { readonly pool: boolean; readonly size: MachineSize }): SimHost {
    const onViolation = (text: string): void => {
      this.violations.push(text);
    };
    const machine = new SimMachine({
      name,
      size: options.size,
      clock: this.clock,
      ids: this.#ids.fork(),
      onStart: () => undefined,
      onViolation,
    });
    const start = (): SimAgent => {
      const agent = new SimAgent({
        machine,
        network: this.#network,
        clock: this.clock,
        ids: this.#ids.fork(),
        caller: options.pool ? { account: platformAccount, region: platformRegion } : user,
        cluster: options.pool ? fargatePoolCluster : cluster,
        attributes: options.pool ? [{ name: 'longshore.zones', value: 'a,b,c' }] : ec2Attributes,
        onViolation,
      });
      agent.start();
      return agent;
    };
    let agent = start();
    const setCut = (isCut: boolean) => (): void => {
      machine.isCut = isCut;
    };
    return {
      machine,
      kill: () => agent.kill(),
      restart: () => (agent = start()),
      cut: setCut(true),
      mend: setCut(false),
    };
  }

  /** Calls as the user of account 123456789012, and lets the time pass that it takes. @throws ApiError */
  async call<Name extends keyof Operations>(
    operation: Name,
    input: Operations[Name]['input'],
  ): Promise<Operations[Name]['output']> {
    const call = this.#network.call(operation, input, { caller: user, clock: this.clock });
    const answered = { yet: false };
    const mark = (): void => {
      answered.yet = true;
    };
    call.then(mark, mark);
    while (!answered.yet) await this.clock.advance(stepMs);
    return call;
  }

  async pass(ms: number): Promise<void> {
    await this.clock.advance(ms);
  }
}

const stepMs = 10;
const ec2Attributes = [
  'com.amazonaws.ecs.capability.docker-remote-api.1.18',
  'com.amazonaws.ecs.capability.task-iam-role',
].map((name) => ({ name }));
