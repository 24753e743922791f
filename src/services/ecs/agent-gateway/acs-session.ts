import {
  formatFrame,
  parseFrame,
  type ManifestTask,
  type PayloadMessage,
  type PayloadTask,
  type TaskManifestMessage,
} from '../../../agent-protocol/index.ts';
import { messageOf, type Cancel } from '../../../kernel/index.ts';
import type { Socket } from '../../../protocol/api/index.ts';
import { effectiveSetting } from '../account-settings/settings.ts';
import { clusterArn } from '../records/cluster.ts';
import { taskDefinitionKey, taskDefinitions } from '../records/task-definition.ts';
import { taskArn, taskKey, tasks, wantsVolume, type TaskRecord } from '../records/task.ts';
import { presentRows } from '../references.ts';
import { reportedTask } from '../tasks/reported-task.ts';
import { payloadConnect } from '../service-connect/payload.ts';
import { pinnedImages } from '../services/pinned-images.ts';
import { recordStopAccepted, toldToAgent } from '../tasks/stopping.ts';
import { closedWays } from './closed-ways.ts';
import type { GatewayDeps } from './deps.ts';
import { gatewayLimits } from './limits.ts';
import { payloadFileSystems } from './payload-file-systems.ts';
import { elasticNetworkInterface, payloadTask } from './payload.ts';
import { endUntouched, refusedRole } from './refused-roles.ts';
import { issueTaskCredentials } from './task-credentials.ts';

export interface AcsAgent {
  readonly instanceKey: string;
  readonly instanceArn: string;
  /** The cluster the instance is in. */
  readonly clusterArn: string;
  readonly protocolVersion: number;
  /** Tells two lives of Longshore's agent apart; Amazon's does not say it. */
  readonly processId?: string | undefined;
  readonly sourceIp: string;
}

interface Unacknowledged {
  readonly taskKeys: readonly string[];
  /** Those that the agent was told to stop. */
  readonly stops: readonly string[];
  readonly sentMs: number;
}

/** How long an agent may take to find an announced interface. */
const attachTimeoutMs = 5 * 60_000;

/**
 * One agent's open session: sends every task that should run or stop on its instance, until the agent has acknowledged it, and keeps the
 * connection and the tasks' credentials alive. What an agent does comes back through SubmitTaskStateChange, never through here.
 */
export class AcsSession {
  readonly #socket: Socket;
  readonly #agent: AcsAgent;
  readonly #deps: GatewayDeps;
  readonly #nextSequence: () => number;
  /** Keys of tasks to send, each once; what is sent is the task as it is then. */
  readonly #queue = new Set<string>();
  /** Keys of tasks whose payload was not acknowledged in time. They go alone, so that one an agent cannot read holds up no other. */
  readonly #alone = new Set<string>();
  readonly #unacknowledged = new Map<string, Unacknowledged>();
  #pumpPlanned = false;
  readonly #credentialEnds = new Map<string, number>();
  #manifest: { readonly messageId: string } | undefined;
  #heartbeats = 0;
  /** Heartbeats whose answer somebody waits for. */
  readonly #awaited = new Map<string, () => void>();
  #cancels: Cancel[] = [];
  #closed = false;

  constructor(socket: Socket, agent: AcsAgent, deps: GatewayDeps, nextSequence: () => number) {
    this.#socket = socket;
    this.#agent = agent;
    this.#deps = deps;
    this.#nextSequence = nextSequence;
  }

  /** Greets the agent with everything it should have. @param onEnd called once when the connection is gone */
  open(onEnd: () => void): void {
    this.#socket.listen({
      onText: (text) => this.#receive(text),
      onClose: () => {
        this.#closed = true;
        for (const cancel of this.#cancels) cancel();
        onEnd();
      },
    });
    this.#heartbeat();
    for (const key of this.#deps.db.table(tasks).keys('instanceLive', this.#agent.instanceKey)) this.#queue.add(key);
    this.#pump();
    this.#sendManifest();
    this.#sendEndedCredentials();
    this.#every(gatewayLimits.manifestMs, () => this.#sendManifest());
    this.#every(gatewayLimits.credentialCheckMs, () => this.#renewCredentials());
  }

  /** A task of this instance was placed or told to stop. Sent after the present turn, with whatever else the turn brings. */
  push(key: string): void {
    this.#queue.add(key);
    if (this.#pumpPlanned) return;
    this.#pumpPlanned = true;
    void Promise.resolve().then(() => {
      this.#pumpPlanned = false;
      this.#pump();
    });
  }

  /** The task is over: nothing of it is kept. */
  forget(key: string): void {
    this.#queue.delete(key);
    this.#alone.delete(key);
    this.#credentialEnds.delete(key);
  }

  get agent(): AcsAgent {
    return this.#agent;
  }

  /** Whether the agent answers now: a connection may look open long after the machine behind it is gone. */
  answers(): Promise<boolean> {
    // Older agents answer no heartbeats.
    if (this.#closed || this.#agent.protocolVersion < 2) return Promise.resolve(false);
    const messageId = this.#deps.ids.uuid();
    return new Promise((resolve) => {
      const settle = (answered: boolean): void => {
        this.#awaited.delete(messageId);
        cancel();
        resolve(answered);
      };
      const cancel = this.#deps.clock.after(gatewayLimits.answerMs, () => settle(false));
      this.#awaited.set(messageId, () => settle(true));
      this.#send('HeartbeatMessage', { healthy: true, messageId });
    });
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }

  #every(ms: number, run: () => void): void {
    const again = (): void => {
      this.#cancels = this.#cancels.filter((one) => one !== cancel);
      if (this.#closed) return;
      run();
      this.#every(ms, run);
    };
    const cancel = this.#deps.clock.after(ms, again);
    this.#cancels.push(cancel);
  }

  #send(type: string, message: object): void {
    this.#socket.send(formatFrame(type, message));
  }

  #heartbeat(): void {
    const tick = (): void => {
      if (this.#agent.protocolVersion >= 2 && this.#heartbeats >= gatewayLimits.unansweredHeartbeats) {
        this.close(1001, 'heartbeats were not answered');
        return;
      }
      this.#heartbeats++;
      this.#send('HeartbeatMessage', { healthy: true, messageId: this.#deps.ids.uuid() });
      this.#resend();
    };
    tick();
    this.#every(gatewayLimits.heartbeatMs, tick);
  }

  /** What was not acknowledged in time is sent again; the agent may take a task any number of times. */
  #resend(): void {
    const before = this.#deps.clock.nowMs() - gatewayLimits.resendMs;
    for (const [messageId, { taskKeys, sentMs }] of this.#unacknowledged) {
      if (sentMs > before) continue;
      this.#unacknowledged.delete(messageId);
      for (const key of taskKeys) {
        this.#queue.add(key);
        this.#alone.add(key);
      }
    }
    this.#pump();
  }

  #pump(): void {
    while (
      this.#queue.size > 0 &&
      !this.#closed &&
      this.#unacknowledged.size < gatewayLimits.unacknowledged &&
      this.#socket.bufferedBytes <= gatewayLimits.bufferedBytes
    )
      this.#sendTasks(this.#take());
  }

  /** The next tasks for one message, out of the queue. */
  #take(): readonly string[] {
    const keys: string[] = [];
    for (const key of this.#queue) {
      const alone = this.#alone.has(key);
      if (alone && keys.length > 0) break;
      keys.push(key);
      this.#queue.delete(key);
      if (this.#alone.delete(key) || keys.length >= gatewayLimits.payloadTasks) break;
    }
    return keys;
  }

  #sendTasks(keys: readonly string[]): void {
    const { clock, ids } = this.#deps;
    const sent: string[] = [];
    const payloadTasks: PayloadTask[] = [];
    const logModes = new Map<string, string>();
    for (const key of keys) {
      const payload = this.#payload(key, logModes);
      if (payload === undefined) continue;
      sent.push(key);
      payloadTasks.push(payload);
    }
    if (sent.length === 0) return;
    const message: PayloadMessage = {
      clusterArn: this.#agent.clusterArn,
      containerInstanceArn: this.#agent.instanceArn,
      messageId: ids.uuid(),
      generatedAt: clock.nowMs(),
      seqNum: this.#nextSequence(),
      tasks: payloadTasks,
    };
    const stops = sent.filter((_key, index) => payloadTasks[index]?.desiredStatus === 'STOPPED');
    this.#unacknowledged.set(message.messageId, { taskKeys: sent, stops, sentMs: clock.nowMs() });
    this.#send('PayloadMessage', message);
  }

  /**
   * What to send of a task as it is now; undefined when it is over. Its interface is announced on the way.
   * @param logModes what was found of the accounts' default log mode so far
   */
  #payload(key: string, logModes: Map<string, string>): PayloadTask | undefined {
    const { db, log } = this.#deps;
    const task = db.get(tasks, key)?.row;
    if (task === undefined || task.lastStatus === 'STOPPED') return undefined;
    const definition = db.get(taskDefinitions, taskDefinitionKey(task, task.family, task.revision))?.row;
    if (definition === undefined) {
      log.error('the task definition of a task is gone', { task: key });
      return undefined;
    }
    const told = toldToAgent(task);
    // Its volume comes first; then the task is sent.
    if (told === 'RUNNING' && wantsVolume(task)) return undefined;
    const refused = told === 'RUNNING' ? refusedRole(task, definition, this.#deps) : undefined;
    if (refused !== undefined) {
      endUntouched(this.#deps, key, refused).catch((error: unknown) => {
        log.error('a task whose role cannot be assumed could not be ended', { task: key, error: messageOf(error) });
      });
      return undefined;
    }
    const issued = told === 'RUNNING' ? issueTaskCredentials(task, definition, this.#deps) : {};
    if (issued.expirationMs !== undefined) this.#credentialEnds.set(key, issued.expirationMs);
    if (task.attachment?.status === 'PRECREATED' && told === 'RUNNING') this.#sendInterface(task);
    const imageDigests = pinnedImages(db, task);
    const fileSystems = payloadFileSystems(task, definition, this.#deps.fileSystems);
    const serviceConnect = payloadConnect(db, task);
    const closed = told === 'RUNNING' ? closedWays(task, definition, this.#deps.ways) : undefined;
    return payloadTask(task, definition, {
      ...(closed === undefined ? {} : { closedWays: closed }),
      ...(imageDigests === undefined ? {} : { imageDigests }),
      ...(fileSystems === undefined ? {} : { fileSystems }),
      ...(serviceConnect === undefined ? {} : { serviceConnect }),
      ...(issued.task === undefined ? {} : { taskCredentials: issued.task }),
      ...(issued.execution === undefined ? {} : { executionCredentials: issued.execution }),
      defaultLogMode: this.#defaultLogMode(task, logModes),
    });
  }

  #defaultLogMode(task: TaskRecord, logModes: Map<string, string>): string {
    const scope = `${task.account}/${task.region}`;
    const known = logModes.get(scope);
    if (known !== undefined) return known;
    const found = effectiveSetting(presentRows(this.#deps.db), {
      scope: task,
      principalArn: `arn:aws:iam::${task.account}:root`,
      name: 'defaultLogDriverMode',
    });
    logModes.set(scope, found);
    return found;
  }

  /** Announces the interface; the payload follows at once, and carries it too. */
  #sendInterface(task: TaskRecord): void {
    if (task.attachment === undefined) return;
    this.#send('AttachTaskNetworkInterfacesMessage', {
      clusterArn: this.#agent.clusterArn,
      containerInstanceArn: this.#agent.instanceArn,
      taskArn: taskArn(task, task.cluster, task.id),
      taskClusterArn: clusterArn(task, task.cluster),
      messageId: this.#deps.ids.uuid(),
      generatedAt: this.#deps.clock.nowMs(),
      waitTimeoutMs: attachTimeoutMs,
      elasticNetworkInterfaces: [elasticNetworkInterface(task, task.attachment)],
      longshore: { vpcPrefixes: task.attachment.vpcPrefixes },
    });
  }

  /** Tells the agent all it should have, so that it can ask about the rest. */
  #sendManifest(): void {
    const { db, ids, clock } = this.#deps;
    const table = db.table(tasks);
    if (table.count('instanceLive', this.#agent.instanceKey) > gatewayLimits.manifestTasks) return;
    const listed = [...table.keys('instanceLive', this.#agent.instanceKey)].flatMap((key): ManifestTask[] => {
      const task = table.get(key)?.row;
      if (task === undefined) return [];
      return [
        {
          taskArn: taskArn(task, task.cluster, task.id),
          taskClusterArn: clusterArn(task, task.cluster),
          desiredStatus: toldToAgent(task),
        },
      ];
    });
    const message: TaskManifestMessage = {
      clusterArn: this.#agent.clusterArn,
      containerInstanceArn: this.#agent.instanceArn,
      messageId: ids.uuid(),
      generatedAt: clock.nowMs(),
      timeline: this.#nextSequence(),
      tasks: listed,
    };
    this.#manifest = { messageId: message.messageId };
    this.#send('TaskManifestMessage', message);
  }

  #renewCredentials(): void {
    const before = this.#deps.clock.nowMs() + gatewayLimits.credentialRenewalMs;
    for (const [key, endMs] of this.#credentialEnds) {
      if (endMs > before) continue;
      const task = this.#deps.db.get(tasks, key)?.row;
      const definition =
        task === undefined
          ? undefined
          : this.#deps.db.get(taskDefinitions, taskDefinitionKey(task, task.family, task.revision))?.row;
      if (task === undefined || definition === undefined || task.lastStatus === 'STOPPED') {
        this.#credentialEnds.delete(key);
        continue;
      }
      const issued = issueTaskCredentials(task, definition, this.#deps);
      this.#credentialEnds.set(key, issued.expirationMs ?? Number.POSITIVE_INFINITY);
      const about = { taskArn: taskArn(task, task.cluster, task.id), taskClusterArn: clusterArn(task, task.cluster) };
      if (issued.task !== undefined)
        this.#send('IAMRoleCredentialsMessage', {
          messageId: this.#deps.ids.uuid(),
          ...about,
          roleType: 'TaskApplication',
          roleCredentials: issued.task,
        });
      if (issued.execution !== undefined)
        this.#send('IAMRoleCredentialsMessage', {
          messageId: this.#deps.ids.uuid(),
          ...about,
          roleType: 'TaskExecution',
          roleCredentials: issued.execution,
        });
    }
  }

  /** An agent that was restarted has no credentials left, and may still have to ship the last lines of tasks that ended or are ending. */
  #sendEndedCredentials(): void {
    const { db, clock, ids } = this.#deps;
    const sinceMs = clock.nowMs() - gatewayLimits.endedTaskMs;
    let read = 0;
    for (const key of db.table(tasks).keys('instanceDesired', `${this.#agent.instanceKey}/STOPPED`)) {
      if ((read += 1) > gatewayLimits.endedTasksRead) return;
      const task = db.get(tasks, key)?.row;
      if (task?.executionCredentialsId === undefined || (task.stoppedAtMs ?? sinceMs) < sinceMs) continue;
      const definition = db.get(taskDefinitions, taskDefinitionKey(task, task.family, task.revision))?.row;
      if (definition === undefined) continue;
      const { execution } = issueTaskCredentials(task, definition, this.#deps);
      if (execution === undefined) continue;
      this.#send('IAMRoleCredentialsMessage', {
        messageId: ids.uuid(),
        taskArn: taskArn(task, task.cluster, task.id),
        taskClusterArn: clusterArn(task, task.cluster),
        roleType: 'TaskExecution',
        roleCredentials: execution,
      });
    }
  }

  #receive(text: string): void {
    const frame = parseFrame(text);
    const message = frame?.message;
    if (frame === undefined || typeof message !== 'object' || message === null) {
      this.#deps.log.debug('malformed frame from an agent', { instance: this.#agent.instanceKey });
      return;
    }
    const messageId = 'messageId' in message && typeof message.messageId === 'string' ? message.messageId : '';
    switch (frame.type) {
      case 'HeartbeatAckRequest':
        this.#heartbeats = 0;
        this.#awaited.get(messageId)?.();
        return;
      case 'AckRequest':
        this.#acknowledged(messageId);
        return;
      case 'NackRequest':
        this.#deps.log.warn('an agent refused a message', { instance: this.#agent.instanceKey, messageId });
        return;
      case 'TaskStopVerificationMessage':
        this.#verifyStop(messageId, 'stopCandidates' in message ? message.stopCandidates : undefined);
        return;
      default:
        return; // acknowledgements of credentials need no answer; unknown types are ignored, as the protocol asks
    }
  }

  #acknowledged(messageId: string): void {
    const acknowledged = this.#unacknowledged.get(messageId);
    if (acknowledged === undefined) return;
    this.#unacknowledged.delete(messageId);
    for (const task of acknowledged.stops)
      recordStopAccepted(this.#deps, task).catch((error: unknown) => {
        // Only what is shown of the task on its way: the agent stops it, and reports when it has.
        this.#deps.log.warn('a task could not be marked STOPPING', { task, error: messageOf(error) });
      });
    this.#pump();
  }

  /** Confirms, from the store, which of the tasks that the manifest did not name are really to stop. */
  #verifyStop(messageId: string, candidates: unknown): void {
    if (messageId !== this.#manifest?.messageId || !Array.isArray(candidates)) return;
    this.#manifest = undefined;
    const stopTasks = candidates.filter((candidate: unknown): candidate is ManifestTask => {
      const reported =
        typeof candidate === 'object' && candidate !== null && 'taskArn' in candidate
          ? reportedTask(candidate.taskArn)
          : undefined;
      if (reported === undefined) return false;
      const task = this.#deps.db.get(tasks, taskKey(reported, reported.cluster, reported.id))?.row;
      return task === undefined || toldToAgent(task) === 'STOPPED' || task.instanceKey !== this.#agent.instanceKey;
    });
    this.#send('TaskStopVerificationAck', { messageId, generatedAt: this.#deps.clock.nowMs(), stopTasks });
  }
}
