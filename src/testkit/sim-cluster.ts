import { silentLog } from '../kernel/index.ts';
import {
  containerInstanceArn,
  fargatePoolCluster,
  platformAccount,
  platformRegion,
  taskArn,
  type TaskRecord,
} from '../services/ecs/index.ts';
import { MemoryStore } from '../store/index.ts';
import { calm, rough, type FaultPlan } from './faults.ts';
import { JournalWatch } from './journal-watch.ts';
import { brokenPromises } from './promises.ts';
import { ServiceWatch } from './service-watch.ts';
import { SimAgent } from './sim-agent.ts';
import { arnBehind, SimBalancer } from './sim-balancer.ts';
import { SimClock } from './sim-clock.ts';
import { SimIds } from './sim-ids.ts';
import { SimMachine, type MachineSize } from './sim-machine.ts';
import { SimNetwork } from './sim-network.ts';
import { InvariantBroken, type SimOptions, type SimReport } from './sim-run.ts';
import { SimServer, type SimCaller } from './sim-server.ts';
import { SimServices } from './sim-services.ts';
import { checkRemaining } from './sim-remaining.ts';
import { cluster, SimUsers, user } from './sim-users.ts';

interface Host {
  readonly machine: SimMachine;
  agent: SimAgent | undefined;
  readonly caller: SimCaller;
  readonly cluster: string;
  readonly attributes: readonly { readonly name: string; readonly value?: string }[];
}

const ec2Size: MachineSize = { cpuUnits: 2048, memoryMiB: 4096 };
const poolSize: MachineSize = { cpuUnits: 4096, memoryMiB: 8192 };
/** Of users' actions: those that come with one on a service. */
const serviceShare = 0.15;
const agentPauseMs = 8_000;
const longestOutageMs = 20 * 60_000;
const longestDrainMs = 5 * 60_000;
const reviveMs = 20_000;
const serverPauseMs = 5_000;
/** A cluster in which nothing breaks any more must be as wanted within this time. */
export const convergenceMs = 45 * 60_000;
/** By which an instance tells whose it is. */
const machineAttribute = 'sim.machine';
const ec2Attributes = [
  'com.amazonaws.ecs.capability.docker-remote-api.1.18',
  'com.amazonaws.ecs.capability.task-iam-role',
];

/** The real control plane with simulated machines, agents and users, on simulated time. One seed is one history. */
export class SimCluster {
  readonly #seed: number;
  readonly #options: SimOptions;
  readonly #ids: SimIds;
  readonly #chance: SimIds;
  readonly #clock: SimClock;
  readonly #store = new MemoryStore();
  readonly #network: SimNetwork;
  readonly #users: SimUsers;
  readonly #hosts: Host[] = [];
  readonly #starts = new Map<string, number>();
  readonly #violations: string[] = [];
  /** ARNs of instances whose machines are gone, until somebody deregistered them. */
  readonly #lost = new Set<string>();
  readonly journal: JournalWatch;
  readonly #balancer: SimBalancer;
  readonly #services: SimServices;
  readonly #watch: ServiceWatch;
  readonly #counts = {
    serverDowns: 0,
    agentCrashes: 0,
    machinesLost: 0,
    disconnects: 0,
    partitions: 0,
    drains: 0,
    deregistrations: 0,
  };
  #server: SimServer | undefined;
  #startedMs = 0;
  #quiet = true;
  /** Of users' actions: those of an earlier one do not go on. */
  #round = 0;

  private constructor(seed: number, options: SimOptions) {
    this.#seed = seed;
    this.#options = options;
    const root = new SimIds(seed);
    this.#ids = root.fork();
    this.#chance = root.fork();
    this.#clock = new SimClock(options.settle);
    this.#network = new SimNetwork(this.#clock, root.fork(), calm);
    const onViolation = (text: string): void => this.#violate(text);
    this.#users = new SimUsers({ network: this.#network, clock: this.#clock, ids: root.fork(), onViolation });
    this.journal = new JournalWatch(this.#store, { clock: this.#clock, onViolation });
    const parts = { clock: this.#clock, db: () => this.#server?.db };
    this.#balancer = new SimBalancer({
      ...parts,
      store: this.#store,
      ids: root.fork(),
      answers: (target) => {
        const arn = arnBehind(this.journal, target);
        return this.#hosts.some(({ machine }) => machine.running.some((one) => one.arn === arn));
      },
    });
    this.#watch = new ServiceWatch(this.#store, { clock: this.#clock, onViolation });
    this.#services = new SimServices({
      ...parts,
      network: this.#network,
      onViolation,
      ids: root.fork(),
      watch: this.#watch,
    });
  }

  /** A cluster whose machines are all connected. */
  static async start(seed: number, options: SimOptions): Promise<SimCluster> {
    const sim = new SimCluster(seed, options);
    sim.#startedMs = sim.#clock.nowMs();
    await sim.#startServer();
    const prepared = sim.#users.prepare();
    await sim.#advance(10_000);
    await prepared;
    for (let index = 0; index < (options.ec2Machines ?? 3); index++) sim.#addHost(`ec2-${index}`, false);
    for (let index = 0; index < (options.poolMachines ?? 2); index++) sim.#addHost(`pool-${index}`, true);
    await sim.#advance(10_000);
    sim.#reviveTurnedAway();
    return sim;
  }

  /** Lets time pass with users and faults, also again after `converge`. @throws InvariantBroken naming the seed */
  async run(ms: number): Promise<void> {
    if (this.#quiet) {
      this.#quiet = false;
      this.#faults({ ...(this.#options.faults ?? rough) });
      this.#nextAction(++this.#round);
    }
    await this.#advance(ms);
  }

  /**
   * Ends faults and users' actions, repairs what is broken, and waits until everything is as wanted.
   * @param withinMs how long that may take
   * @throws InvariantBroken
   */
  async converge(withinMs = convergenceMs): Promise<void> {
    this.#quiet = true;
    this.#faults(calm);
    for (const host of this.#hosts) {
      host.machine.isCut = false;
      if (host.agent === undefined) this.#startAgent(host);
    }
    this.#balancer.flaky = 0;
    if (this.#options.services === true) await this.#makeRoom();
    const endMs = this.#clock.nowMs() + withinMs;
    while (this.#clock.nowMs() < endMs && this.#unsettled().length > 0) {
      await this.#advance(10_000);
      this.#services.mend().catch(() => undefined);
    }
    for (const text of this.#unsettled()) this.#violate(`did not converge: ${text}`);
    for (const broken of brokenPromises(this.journal, this.#users.acknowledged, this.#starts.keys()))
      this.#violate(broken);
    await this.#checkRemaining();
    this.#throwViolations();
  }

  get report(): SimReport {
    return {
      seed: this.#seed,
      simulatedMs: this.#clock.nowMs() - this.#startedMs,
      actions: this.#users.actions,
      serviceActions: this.#services.actions,
      trafficShifts: this.#watch.trafficShifts,
      tasksStarted: this.#starts.size,
      transactions: this.journal.transactions,
      ...this.#counts,
    };
  }

  #violate(text: string): void {
    this.#violations.push(`${Math.round((this.#clock.nowMs() - this.#startedMs) / 1000)} s: ${text}`);
  }

  #throwViolations(): void {
    if (this.#violations.length === 0) return;
    throw new InvariantBroken(`seed ${this.#seed}: ${this.#violations.slice(0, 5).join('\n')}`);
  }

  async #advance(ms: number): Promise<void> {
    await this.#clock.advance(ms, () => this.#throwViolations());
    this.#throwViolations();
  }

  #addHost(name: string, pool: boolean): void {
    const machine = new SimMachine({
      name,
      size: pool ? poolSize : ec2Size,
      clock: this.#clock,
      ids: this.#ids.fork(),
      onStart: (arn) => {
        const starts = (this.#starts.get(arn) ?? 0) + 1;
        this.#starts.set(arn, starts);
        if (starts > 1) this.#violate(`${arn} was started ${starts} times`);
      },
      onViolation: (text) => this.#violate(text),
    });
    const host: Host = {
      machine,
      agent: undefined,
      caller: pool ? { account: platformAccount, region: platformRegion } : user,
      cluster: pool ? fargatePoolCluster : cluster,
      attributes: [
        { name: machineAttribute, value: machine.name },
        ...(pool
          ? [{ name: 'longshore.zones', value: 'a,b,c' }]
          : ec2Attributes.map((attribute) => ({ name: attribute }))),
      ],
    };
    this.#hosts.push(host);
    this.#startAgent(host);
  }

  #startAgent(host: Host): void {
    const { machine, caller, attributes } = host;
    host.agent = new SimAgent({
      machine,
      network: this.#network,
      clock: this.#clock,
      ids: this.#ids.fork(),
      caller,
      cluster: host.cluster,
      attributes,
      onViolation: (text) => this.#violate(`${machine.name}: ${text}`),
    });
    host.agent.start();
  }

  async #startServer(): Promise<void> {
    this.#server = await SimServer.start({
      store: this.#store,
      clock: this.#clock,
      ids: this.#ids.fork(),
      log: this.#options.log ?? silentLog,
    });
    this.#network.server = this.#server;
  }

  #nextAction(round: number): void {
    const meanMs = this.#options.meanActionMs ?? 5_000;
    this.#clock.after(this.#exponential(meanMs), () => {
      if (this.#quiet || round !== this.#round) return;
      if (this.#options.services === true && this.#chance.happens(serviceShare))
        this.#services.act().catch(() => undefined);
      this.#users.act().catch((error: unknown) => this.#violate(`a user's action broke: ${String(error)}`));
      this.#nextAction(round);
    });
  }

  /** Time to the next of events that come by chance. */
  #exponential(meanMs: number): number {
    return -meanMs * Math.log(1 - this.#chance.fraction());
  }

  #faults(plan: FaultPlan): void {
    this.#network.faults = plan;
    const { meanMs } = plan;
    this.#balancer.flaky = plan.checkFails;
    this.#every(plan, meanMs.disconnect, () => {
      this.#counts.disconnects++;
      this.#network.cutOne();
    });
    this.#every(plan, meanMs.agentCrash, () => this.#crashAgent(this.#chance.between(0, agentPauseMs)));
    this.#every(plan, meanMs.agentOutage, () => this.#crashAgent(this.#chance.between(0, longestOutageMs)));
    this.#every(plan, meanMs.partition, () => this.#partition());
    this.#every(plan, meanMs.agentLost, () => this.#loseMachine());
    this.#every(plan, meanMs.serverCrash, () => this.#downServer((server) => server.crash()));
    this.#every(plan, meanMs.serverRestart, () => this.#downServer((server) => server.stop()));
    this.#every(plan, meanMs.drain, () => this.#drain());
    this.#every(plan, meanMs.deregister, () => this.#deregister());
  }

  #every(plan: FaultPlan, meanMs: number, happen: () => void): void {
    if (meanMs === Number.POSITIVE_INFINITY) return;
    this.#clock.after(this.#exponential(meanMs), () => {
      if (this.#network.faults !== plan) return;
      happen();
      this.#every(plan, meanMs, happen);
    });
  }

  #crashAgent(pauseMs: number): void {
    const host = this.#chance.pick(this.#hosts);
    if (host?.agent === undefined) return;
    this.#counts.agentCrashes++;
    host.agent.kill();
    host.agent = undefined;
    this.#clock.after(pauseMs, () => {
      if (host.agent === undefined && this.#hosts.includes(host)) this.#startAgent(host);
    });
  }

  /** A machine is cut off, for as long as an agent may be away. */
  #partition(): void {
    const host = this.#chance.pick(this.#hosts.filter(({ machine }) => !machine.isCut));
    if (host === undefined) return;
    this.#counts.partitions++;
    host.machine.isCut = true;
    this.#clock.after(this.#chance.between(0, longestOutageMs), () => {
      host.machine.isCut = false;
    });
  }

  /** A machine burns down; another one takes its place, and an operator gives up the old one. */
  #loseMachine(): void {
    const host = this.#chance.pick(this.#hosts);
    if (host === undefined) return;
    this.#counts.machinesLost++;
    const arn = host.machine.disk.containerInstanceArn;
    host.agent?.kill();
    host.machine.destroy();
    this.#hosts.splice(this.#hosts.indexOf(host), 1);
    const pool = host.cluster === fargatePoolCluster;
    this.#addHost(`${host.machine.name}'`, pool);
    if (arn !== undefined && !pool) this.#clock.after(this.#chance.between(0, 60_000), () => void this.#giveUp(arn));
  }

  /** An operator deregisters a working machine; its agent is restarted and joins as another instance. */
  #deregister(): void {
    const host = this.#chance.pick(this.#hosts.filter((one) => one.cluster === cluster));
    const arn = host?.machine.disk.containerInstanceArn;
    if (arn === undefined) return;
    this.#counts.deregistrations++;
    void this.#giveUp(arn);
  }

  #drain(): void {
    const host = this.#chance.pick(this.#hosts.filter((one) => one.cluster === cluster));
    const arn = host?.machine.disk.containerInstanceArn;
    if (arn === undefined) return;
    this.#counts.drains++;
    void this.#users.setStatus(arn, 'DRAINING');
    this.#clock.after(this.#chance.between(0, longestDrainMs), () => void this.#users.setStatus(arn, 'ACTIVE'));
  }

  /** Starts agents again that were turned away, as an operator does. */
  #reviveTurnedAway(): void {
    for (const host of this.#hosts) {
      if (host.agent?.turnedAway !== true) continue;
      host.agent.kill();
      this.#startAgent(host);
    }
    this.#clock.after(reviveMs, () => this.#reviveTurnedAway());
  }

  async #giveUp(arn: string): Promise<void> {
    this.#lost.add(arn);
    while (!(await this.#users.deregister(arn))) continue;
    this.#lost.delete(arn);
  }

  /** The control plane goes, one way or the other, and comes back. */
  #downServer(down: (server: SimServer) => void): void {
    if (this.#server === undefined) return;
    this.#counts.serverDowns++;
    this.#network.server = undefined;
    down(this.#server);
    this.#server = undefined;
    this.#network.cutAll();
    this.#clock.after(this.#chance.between(0, serverPauseMs), () => {
      this.#startServer().catch((error: unknown) => this.#violate(`the control plane did not start: ${String(error)}`));
    });
  }

  /** What users run gives way, so that services can be judged by what they want. */
  async #makeRoom(): Promise<void> {
    const stopped = { all: false };
    const done = (): void => {
      stopped.all = true;
    };
    this.#users.stopAll().then(done, done);
    while (!stopped.all) await this.#advance(1_000);
  }

  /** What is not yet as wanted. */
  #unsettled(): readonly string[] {
    const open: string[] = [...this.#services.unsettled()];
    if (this.#users.busy > 0) open.push('users wait for answers');
    if (this.#lost.size > 0) open.push('an operator waits for an answer');
    const running = new Set(this.#hosts.flatMap(({ machine }) => machine.running.map(({ arn }) => arn)));
    for (const task of this.journal.tasks.values()) {
      const arn = taskArnOf(task);
      const runs = running.delete(arn);
      if (task.lastStatus === 'STOPPED') {
        if (runs) open.push(`${arn} is STOPPED but runs`);
      } else if (task.desiredStatus === 'STOPPED') open.push(`${arn} should stop but is ${task.lastStatus}`);
      else if (task.lastStatus !== 'RUNNING' || !runs)
        open.push(`${arn} should run, is ${task.lastStatus}, and ${runs ? 'runs' : 'does not run'}`);
    }
    for (const arn of running) open.push(`${arn} runs but nobody knows it`);
    // One that burnt down before it heard who it is leaves an instance that nobody can know: only machines that are there are looked at.
    const known = new Map(this.#hosts.map(({ machine }) => [machine.name, machine.disk.containerInstanceArn]));
    for (const one of this.journal.instances.values()) {
      const name = one.attributes.find((attribute) => attribute.name === machineAttribute)?.value ?? '';
      const arn = containerInstanceArn(one, one.cluster, one.id);
      if (one.status !== 'INACTIVE' && known.has(name) && known.get(name) !== arn)
        open.push(`${arn} is ${one.status}, but ${name} is ${known.get(name)}`);
    }
    for (const host of this.#hosts)
      if (host.agent?.connected !== true) open.push(`${host.machine.name} is not connected`);
    return open;
  }

  /** What the control plane says is free is what the journal says is free. */
  async #checkRemaining(): Promise<void> {
    const arns = this.#hosts.flatMap(({ machine, cluster: of }) =>
      of === cluster ? (machine.disk.containerInstanceArn ?? []) : [],
    );
    const described = await this.#server?.call(
      'DescribeContainerInstances',
      { cluster, containerInstances: arns },
      user,
    );
    for (const instance of described?.containerInstances ?? [])
      checkRemaining(instance, this.journal, (text) => this.#violate(text));
  }
}

function taskArnOf(task: TaskRecord): string {
  return taskArn(task, task.cluster, task.id);
}
