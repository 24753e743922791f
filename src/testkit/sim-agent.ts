import {
  formatFrame,
  parseFrame,
  type Frame,
  type ManifestTask,
  type PayloadMessage,
  type TaskManifestMessage,
  type TaskStopVerificationAck,
} from '../agent-protocol/index.ts';
import { ApiError, type Socket } from '../protocol/api/index.ts';
import { ProcessClock, type SimClock } from './sim-clock.ts';
import type { SimIds } from './sim-ids.ts';
import type { SimMachine } from './sim-machine.ts';
import type { SimNetwork } from './sim-network.ts';
import type { SimCaller } from './sim-server.ts';
import { SimTaskManager } from './sim-task-manager.ts';

export interface AgentOptions {
  readonly machine: SimMachine;
  readonly network: SimNetwork;
  readonly clock: SimClock;
  readonly ids: SimIds;
  readonly caller: SimCaller;
  readonly cluster: string;
  readonly attributes: readonly { readonly name: string; readonly value?: string }[];
  onViolation(text: string): void;
}

const firstPauseMs = 250;
const longestPauseMs = 60_000;
const quietMs = 60_000;

/** One life of an agent's process: it speaks the ECS agent protocol as agent-protocol.md says Amazon's does. */
export class SimAgent {
  readonly #options: AgentOptions;
  readonly #clock: ProcessClock;
  readonly #processId: string;
  readonly #tasks: SimTaskManager;
  #socket: Socket | undefined;
  #dead = false;
  #lastHeardMs = 0;
  /** Largest seqNum or timeline seen. */
  #sequence: number;
  /** Frames may come twice; numbers may not. */
  readonly #seen = new Set<string>();
  #manifestId = '';
  /** Deregistered: it does not come back. */
  turnedAway = false;

  constructor(options: AgentOptions) {
    this.#options = options;
    this.#clock = new ProcessClock(options.clock);
    this.#sequence = options.machine.disk.sequence;
    this.#processId = options.ids.uuid();
    const { machine, network, ids, caller, cluster } = options;
    this.#tasks = new SimTaskManager({ machine, network, ids, caller, cluster, clock: this.#clock });
  }

  get instanceArn(): string | undefined {
    return this.#options.machine.disk.containerInstanceArn;
  }

  get connected(): boolean {
    return this.#socket !== undefined;
  }

  /** Registers, reconciles with the engine, and stays connected until it dies. */
  start(): void {
    void this.#register(firstPauseMs);
  }

  /** The process dies; engine and disk stay. */
  kill(): void {
    this.#dead = true;
    this.#clock.kill();
    this.#socket?.close(1006, '');
    this.#socket = undefined;
    this.#options.machine.onExit = () => undefined;
  }

  async #register(pauseMs: number): Promise<void> {
    const { machine, network, caller, cluster, attributes, onViolation } = this.#options;
    const { disk, size } = machine;
    // As Amazon's agent: one token for the life of its disk.
    disk.registrationToken ??= this.#options.ids.uuid();
    try {
      const { containerInstance } = await network.call(
        'RegisterContainerInstance',
        {
          cluster,
          totalResources: [
            { name: 'CPU', type: 'INTEGER', integerValue: size.cpuUnits },
            { name: 'MEMORY', type: 'INTEGER', integerValue: size.memoryMiB },
            { name: 'PORTS', type: 'STRINGSET', stringSetValue: ['22', '2375', '2376', '51678', '51679'] },
            { name: 'PORTS_UDP', type: 'STRINGSET', stringSetValue: [] },
          ],
          attributes,
          clientToken: disk.registrationToken,
          ...(disk.containerInstanceArn === undefined ? {} : { containerInstanceArn: disk.containerInstanceArn }),
        },
        { caller, clock: this.#clock, link: machine },
      );
      const echoed = new Map((containerInstance?.attributes ?? []).map(({ name, value }) => [name, value]));
      if (attributes.some(({ name, value }) => !echoed.has(name) || echoed.get(name) !== value))
        onViolation('RegisterContainerInstance did not echo every attribute');
      disk.containerInstanceArn = containerInstance?.containerInstanceArn ?? '';
    } catch {
      // Nobody answered, or a refusal that may pass: both are tried again.
      this.#clock.after(pauseMs, () => void this.#register(Math.min(2 * pauseMs, longestPauseMs)));
      return;
    }
    this.#tasks.resume();
    void this.#connect(firstPauseMs);
  }

  async #connect(pauseMs: number): Promise<void> {
    if (this.#dead || this.turnedAway) return;
    const { machine, network, caller, cluster } = this.#options;
    const query = new Map([
      ['agentHash', 'a8b3e7d3'],
      ['agentVersion', '1.105.1'],
      ['clusterArn', cluster],
      ['containerInstanceArn', machine.disk.containerInstanceArn ?? ''],
      ['dockerVersion', 'DockerVersion: 20.10.24'],
      ['processId', this.#processId],
      ['protocolVersion', '2'],
      ['sendCredentials', 'true'],
      ['seqNum', '1'],
    ]);
    try {
      const socket = await network.connect('/acs/ws', query, { caller, clock: this.#clock, link: machine });
      if (this.#dead) return socket.close(1006, '');
      this.#listen(socket);
    } catch (error) {
      if (error instanceof ApiError && error.code === 'InactiveInstanceException') {
        this.turnedAway = true;
        return;
      }
      this.#clock.after(pauseMs, () => void this.#connect(Math.min(1.5 * pauseMs, longestPauseMs)));
    }
  }

  #listen(socket: Socket): void {
    this.#socket = socket;
    this.#lastHeardMs = this.#clock.nowMs();
    socket.listen({
      onText: (text) => {
        if (this.#dead || this.#socket !== socket) return;
        this.#lastHeardMs = this.#clock.nowMs();
        const frame = parseFrame(text);
        if (frame === undefined) this.#options.onViolation(`not a frame: ${text}`);
        else this.#receive(frame);
      },
      onClose: (code, reason) => {
        if (this.#dead || this.#socket !== socket) return;
        this.#socket = undefined;
        if (code === 1008 && reason.includes('InactiveInstanceException')) {
          this.turnedAway = true;
          return;
        }
        this.#clock.after(firstPauseMs, () => void this.#connect(firstPauseMs));
      },
    });
    this.#watchQuiet(socket);
  }

  /** Hangs up when nothing was heard for 60 to 120 seconds. */
  #watchQuiet(socket: Socket): void {
    const allowedMs = quietMs + this.#options.ids.between(0, quietMs);
    this.#clock.after(allowedMs, () => {
      if (this.#socket !== socket) return;
      if (this.#clock.nowMs() - this.#lastHeardMs < allowedMs) return this.#watchQuiet(socket);
      this.#socket = undefined;
      socket.close(1001, 'quiet for too long');
      void this.#connect(firstPauseMs);
    });
  }

  #receive({ type, message }: Frame): void {
    switch (type) {
      case 'HeartbeatMessage':
        return this.#send('HeartbeatAckRequest', { messageId: (message as { messageId: string }).messageId });
      case 'PayloadMessage':
        return this.#payload(message as PayloadMessage);
      case 'AttachTaskNetworkInterfacesMessage':
        return this.#acknowledge(message as PayloadMessage);
      case 'TaskManifestMessage':
        return this.#manifest(message as TaskManifestMessage);
      case 'TaskStopVerificationAck': {
        const ack = message as TaskStopVerificationAck;
        if (ack.messageId !== this.#manifestId) return;
        this.#manifestId = '';
        for (const { taskArn } of ack.stopTasks) this.#tasks.wantStopped(taskArn);
        return;
      }
      case 'IAMRoleCredentialsMessage':
        return;
      default:
        this.#options.onViolation(`unknown message ${type}`);
    }
  }

  #payload(payload: PayloadMessage): void {
    const { onViolation } = this.#options;
    this.#count(payload.messageId, payload.seqNum);
    if (payload.messageId === '' || payload.clusterArn === '' || payload.containerInstanceArn !== this.instanceArn)
      return onViolation(`a payload for ${payload.containerInstanceArn} came to ${this.instanceArn ?? 'nobody'}`);
    for (const task of payload.tasks) {
      const problem = this.#tasks.take(task);
      if (problem !== undefined) onViolation(problem);
    }
    this.#acknowledge(payload);
  }

  #manifest(manifest: TaskManifestMessage): void {
    if (!this.#count(manifest.messageId, manifest.timeline)) return;
    this.#options.machine.disk.sequence = manifest.timeline;
    this.#acknowledge(manifest);
    const listed = new Set(
      manifest.tasks.filter(({ desiredStatus }) => desiredStatus === 'RUNNING').map(({ taskArn }) => taskArn),
    );
    const stopCandidates = this.#tasks.wanted
      .filter((arn) => !listed.has(arn))
      .map((taskArn): ManifestTask => ({ taskArn, taskClusterArn: manifest.clusterArn, desiredStatus: 'STOPPED' }));
    if (stopCandidates.length === 0) return;
    this.#manifestId = manifest.messageId;
    this.#send('TaskStopVerificationMessage', { messageId: manifest.messageId, stopCandidates });
  }

  /** Takes a number that must be above all earlier ones. @returns false for a frame that came before */
  #count(messageId: string, sequence: number): boolean {
    if (this.#seen.has(messageId)) return false;
    this.#seen.add(messageId);
    if (sequence <= this.#sequence) this.#options.onViolation(`number ${sequence} came after ${this.#sequence}`);
    this.#sequence = Math.max(this.#sequence, sequence);
    return true;
  }

  #acknowledge({ clusterArn, containerInstanceArn, messageId }: PayloadMessage | TaskManifestMessage): void {
    this.#send('AckRequest', { cluster: clusterArn, containerInstance: containerInstanceArn, messageId });
  }

  #send(type: string, message: object): void {
    this.#socket?.send(formatFrame(type, message));
  }
}
