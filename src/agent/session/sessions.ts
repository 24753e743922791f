import type { ServerTrust } from '../../kernel/index.ts';
import type { AwsCredentials } from './credentials.ts';
import type { TaskParts } from '../tasks/parts.ts';
import type { TaskTable } from '../tasks/task-table.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { limits } from '../limits.ts';
import { agentHash, agentVersion } from '../version.ts';
import { AcsHandler } from './acs.ts';
import type { EcsApi, PollEndpoint } from './ecs-api.ts';
import type { ServerTime } from '../../control-plane-client/index.ts';
import { AgentSocket } from './socket.ts';

export interface SessionsOptions {
  readonly api: EcsApi;
  readonly parts: TaskParts;
  readonly table: TaskTable;
  readonly telemetry: Telemetry;
  readonly trust: ServerTrust | undefined;
  readonly region: string;
  readonly credentials: () => AwsCredentials;
  readonly serverTime: ServerTime;
  readonly sequence: { read(): number; write(value: number): void };
  readonly onInactive: () => void;
}

/** The two websockets of an agent: commands (ACS) and telemetry (TCS). */
export class Sessions {
  /** Resolves with the first ACS connection. */
  readonly connected: Promise<void>;
  readonly #options: SessionsOptions;
  readonly #acs: AgentSocket;
  readonly #tcs: AgentSocket;
  #endpoint: { readonly value: PollEndpoint; readonly untilMs: number } | undefined;
  /** The control plane is asked to send all credentials until the first connection of this process. */
  #sendCredentials = true;

  constructor(options: SessionsOptions) {
    this.#options = options;
    const { parts, table, telemetry, trust, region, credentials, serverTime, sequence } = options;
    const { clock, ids, log, place, engine } = parts;
    const handler = new AcsHandler({
      desk: table,
      credentials: parts.credentials,
      onHeartbeat: () => telemetry.heartbeat(),
      sequence,
      log,
    });
    let connected: () => void = () => undefined;
    this.connected = new Promise((resolve) => {
      connected = resolve;
    });
    // The control plane tells two agents with one identity apart by it, and this one's next connection from another agent's.
    const processId = ids.uuid();
    const shared = { trust, region, credentials, serverTime, clock, ids, log };
    this.#acs = new AgentSocket({
      ...shared,
      name: 'acs',
      endpoint: async () => (await this.#discover()).endpoint,
      query: () => ({
        agentHash,
        agentVersion,
        clusterArn: place.cluster,
        containerInstanceArn: place.instanceArn,
        dockerVersion: `DockerVersion: ${engine.version}`,
        processId,
        protocolVersion: '2',
        sendCredentials: String(this.#sendCredentials),
        seqNum: '1',
      }),
      backoff: { firstMs: 250, longestMs: 120_000, factor: 1.5 },
      onOpen: () => {
        this.#sendCredentials = false;
        connected();
      },
      onInactive: options.onInactive,
      onText: (text, connection) => handler.onText(text, (reply) => connection.send(reply)),
    });
    this.#tcs = new AgentSocket({
      ...shared,
      name: 'tcs',
      endpoint: async () => (await this.#discover()).telemetryEndpoint,
      query: () => ({
        agentHash,
        agentVersion,
        cluster: place.cluster,
        containerInstance: place.instanceArn,
        dockerVersion: engine.version,
        processId,
      }),
      backoff: { firstMs: 1_000, longestMs: 60_000, factor: 2 },
      onOpen: (connection) => telemetry.opened(connection, { region, credentials, nowMs: () => serverTime.nowMs() }),
      onText: (text) => telemetry.onText(text),
      onClose: () => telemetry.closed(),
    });
  }

  close(): void {
    this.#acs.close();
    this.#tcs.close();
  }

  async #discover(): Promise<PollEndpoint> {
    const { api, parts } = this.#options;
    const { clock, place } = parts;
    const cached = this.#endpoint;
    if (cached !== undefined && cached.untilMs > clock.nowMs()) return cached.value;
    try {
      const value = await api.discoverPollEndpoint(place.cluster, place.instanceArn);
      this.#endpoint = { value, untilMs: clock.nowMs() + limits.endpointCacheMs };
      return value;
    } catch (error) {
      if (cached !== undefined) return cached.value;
      throw error;
    }
  }
}
