import type { Log } from '../../kernel/index.ts';
import type {
  AttachTaskNetworkInterfacesMessage,
  HeartbeatMessage,
  IamRoleCredentials,
  IamRoleCredentialsMessage,
  ManifestTask,
  PayloadMessage,
  PayloadTask,
  TaskManifestMessage,
  TaskStopVerificationAck,
} from '../../agent-protocol/index.ts';
import { formatFrame, parseFrame } from '../../agent-protocol/index.ts';
import { readPayloadTask } from '../engine/index.ts';
import { limits } from '../limits.ts';
import type { RoleType } from './credentials-store.ts';

/** What the control plane's commands act on. */
export interface TaskDesk {
  isKnown(taskArn: string): boolean;
  /** A repeated start is a no-op, a start after a stop is ignored. */
  start(task: PayloadTask, credentialIds: { readonly task?: string; readonly execution?: string }): void;
  /** Also for unknown tasks, which are then reported STOPPED. */
  stop(task: PayloadTask): void;
  /** Reports a task STOPPED that was never tried. */
  refuse(taskArn: string, reason: string): void;
  /** ARNs of the tasks that are to run. */
  wanted(): readonly string[];
  announce(message: AttachTaskNetworkInterfacesMessage): void;
}

export interface AcsHandlerOptions {
  readonly desk: TaskDesk;
  readonly credentials: { put(taskArn: string, roleType: RoleType, credentials: IamRoleCredentials): void };
  readonly onHeartbeat: () => void;
  /** Largest manifest timeline accepted so far, kept over restarts. */
  readonly sequence: { read(): number; write(value: number): void };
  readonly log: Log;
}

type Send = (text: string) => void;

/** Reads ACS frames and answers them; a message that is not understood is logged and changes nothing. */
export class AcsHandler {
  readonly #options: AcsHandlerOptions;
  #latest: number;
  /** The latest manifest that asked for stops: its id, and what may be stopped by it. */
  #verification: { readonly messageId: string; readonly candidates: ReadonlySet<string> } | undefined;

  constructor(options: AcsHandlerOptions) {
    this.#options = options;
    this.#latest = options.sequence.read();
  }

  /** @returns true when the frame was a message of the protocol */
  onText(text: string, send: Send): boolean {
    const { log } = this.#options;
    const frame = parseFrame(text);
    const handler = frame === undefined ? undefined : this.#handlers[frame.type];
    if (frame === undefined || handler === undefined) {
      log.warn('acs: a message of an unknown kind was ignored', { type: frame?.type, bytes: text.length });
      return frame !== undefined;
    }
    if (typeof frame.message !== 'object' || frame.message === null) {
      log.warn('acs: a message without content was ignored', { type: frame.type });
      return true;
    }
    handler(frame.message as never, send);
    return true;
  }

  readonly #handlers: Readonly<Record<string, (message: never, send: Send) => void>> = {
    HeartbeatMessage: (message: HeartbeatMessage, send) => {
      send(formatFrame('HeartbeatAckRequest', { messageId: message.messageId }));
      this.#options.onHeartbeat();
    },
    PayloadMessage: (message: PayloadMessage, send) => this.#payload(message, send),
    IAMRoleCredentialsMessage: (message: IamRoleCredentialsMessage, send) => this.#roleCredentials(message, send),
    TaskManifestMessage: (message: TaskManifestMessage, send) => this.#manifest(message, send),
    TaskStopVerificationAck: (message: TaskStopVerificationAck) => this.#verified(message),
    AttachTaskNetworkInterfacesMessage: (message: AttachTaskNetworkInterfacesMessage, send) =>
      this.#attach(message, send),
    AttachInstanceNetworkInterfacesMessage: () => this.#notImplemented('AttachInstanceNetworkInterfacesMessage'),
    ConfirmAttachmentMessage: () => this.#notImplemented('ConfirmAttachmentMessage'),
    StageUpdateMessage: (message: PayloadMessage, send) => refuseUpdate(message, send),
    PerformUpdateMessage: (message: PayloadMessage, send) => refuseUpdate(message, send),
    CloseMessage: (message: { readonly message?: string }) =>
      this.#options.log.info('acs: the control plane closes', { reason: message.message }),
    ErrorMessage: (message: { readonly message?: string }) =>
      this.#options.log.warn('acs: the control plane reports an error', { reason: message.message }),
  };

  #payload(message: PayloadMessage, send: Send): void {
    const { log, desk } = this.#options;
    if (!message.messageId || !message.clusterArn || !message.containerInstanceArn || !Array.isArray(message.tasks)) {
      log.warn('acs: a payload without messageId, clusterArn, containerInstanceArn or tasks was dropped');
      return;
    }
    this.#latest = Math.max(this.#latest, message.seqNum || 0);
    const results = message.tasks.map((task) => ({ raw: task, result: readPayloadTask(task) }));
    const acknowledged: IamRoleCredentials[] = [];
    for (const { raw, result } of results)
      if (result.kind === 'task') acknowledged.push(...this.#storeCredentials(result.task, raw));
    const readable = results.flatMap(({ result }) => (result.kind === 'task' ? [result.task] : []));
    for (const task of readable) if (task.desiredStatus === 'STOPPED') desk.stop(task);
    for (const task of readable)
      if (task.desiredStatus === 'RUNNING')
        desk.start(task, {
          ...(task.roleCredentials === undefined ? {} : { task: task.roleCredentials.credentialsId }),
          ...(task.executionRoleCredentials === undefined
            ? {}
            : { execution: task.executionRoleCredentials.credentialsId }),
        });
    for (const { result } of results) {
      if (result.kind === 'task') continue;
      log.warn('acs: a task cannot be run', { task: result.arn, reason: result.reason });
      if (result.arn !== '') desk.refuse(result.arn, result.reason);
    }
    if (results.some(({ result }) => result.kind === 'unreadable')) return;
    for (const { credentialsId, expiration } of acknowledged)
      send(formatFrame('IAMRoleCredentialsAckRequest', { messageId: message.messageId, expiration, credentialsId }));
    acknowledge(message, send);
  }

  #storeCredentials(task: PayloadTask, raw: PayloadTask): readonly IamRoleCredentials[] {
    const stored: IamRoleCredentials[] = [];
    const put = (roleType: RoleType, credentials: IamRoleCredentials | undefined): void => {
      if (!credentials?.credentialsId) return;
      this.#options.credentials.put(task.arn, roleType, credentials);
      stored.push(credentials);
    };
    put('TaskApplication', raw.roleCredentials);
    put('TaskExecution', raw.executionRoleCredentials);
    return stored;
  }

  #roleCredentials(message: IamRoleCredentialsMessage, send: Send): void {
    const { desk, credentials, log } = this.#options;
    const role = message.roleCredentials;
    const known = message.roleType === 'TaskApplication' || message.roleType === 'TaskExecution';
    if (!known || !role?.credentialsId || !desk.isKnown(message.taskArn)) {
      log.debug('acs: credentials of an unknown task, role type or id were dropped', { task: message.taskArn });
      return;
    }
    credentials.put(message.taskArn, message.roleType, role);
    const { messageId } = message;
    const { expiration, credentialsId } = role;
    send(formatFrame('IAMRoleCredentialsAckRequest', { messageId, expiration, credentialsId }));
  }

  #manifest(message: TaskManifestMessage, send: Send): void {
    const { log, desk } = this.#options;
    if (!(message.timeline > this.#latest)) {
      log.warn('acs: a manifest that is not newer was dropped', { timeline: message.timeline, latest: this.#latest });
      return;
    }
    if (!Array.isArray(message.tasks) || message.tasks.length > limits.manifestTasks) {
      log.warn('acs: a manifest without a list of tasks, or with too many, was dropped');
      return;
    }
    this.#latest = message.timeline;
    this.#options.sequence.write(message.timeline);
    acknowledge(message, send);
    const listed = new Set(
      message.tasks.filter((task) => task.desiredStatus === 'RUNNING').map((task) => task.taskArn),
    );
    const candidates = desk.wanted().filter((taskArn) => !listed.has(taskArn));
    this.#verification = undefined;
    if (candidates.length === 0) return;
    this.#verification = { messageId: message.messageId, candidates: new Set(candidates) };
    const stopCandidates = candidates.map((taskArn): ManifestTask => {
      return { taskArn, taskClusterArn: message.clusterArn, desiredStatus: 'STOPPED' };
    });
    send(formatFrame('TaskStopVerificationMessage', { messageId: message.messageId, stopCandidates }));
  }

  #verified(message: TaskStopVerificationAck): void {
    const { log, desk } = this.#options;
    const verification = this.#verification;
    if (verification === undefined || verification.messageId !== message.messageId) {
      log.warn('acs: a stop verification that does not answer the latest manifest was dropped');
      return;
    }
    this.#verification = undefined;
    for (const { taskArn } of message.stopTasks ?? []) {
      if (!verification.candidates.has(taskArn)) continue;
      log.warn('acs: the control plane does not want this task any more', { task: taskArn });
      desk.stop({ arn: taskArn, desiredStatus: 'STOPPED', containers: [] } as unknown as PayloadTask);
    }
  }

  #attach(message: AttachTaskNetworkInterfacesMessage, send: Send): void {
    const [first, ...more] = message.elasticNetworkInterfaces ?? [];
    const valid = first?.macAddress && first.ec2Id && first.attachmentArn && first.ipv4Addresses?.[0]?.privateAddress;
    if (!valid || more.length > 0 || !message.taskArn || !/^\S+\/\d+$/.test(first.subnetGatewayIpv4Address ?? '')) {
      this.#options.log.warn('acs: an interface that cannot be attached was dropped', { task: message.taskArn });
      return;
    }
    acknowledge(message, send);
    this.#options.desk.announce(message);
  }

  #notImplemented(type: string): void {
    this.#options.log.warn(`acs: ${type} is not implemented by Longshore's agent and was not acknowledged`);
  }
}

interface Addressed {
  readonly clusterArn: string;
  readonly containerInstanceArn: string;
  readonly messageId: string;
}

function acknowledge(message: Addressed, send: Send): void {
  const { clusterArn: cluster, containerInstanceArn: containerInstance, messageId } = message;
  send(formatFrame('AckRequest', { cluster, containerInstance, messageId }));
}

function refuseUpdate(message: Addressed, send: Send): void {
  const { clusterArn: cluster, containerInstanceArn: containerInstance, messageId } = message;
  send(formatFrame('NackRequest', { cluster, containerInstance, messageId, reason: 'Updates are disabled' }));
}
