import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type {
  AttachedInterface,
  NamespaceHolder,
  NetworkCapabilities,
  PauseNetworking,
  TaskInterface,
  TaskNetwork,
} from '../../network/index.ts';
import { FakeRuntime } from '../../runtime/fake/index.ts';
import type { ContainerRuntime } from '../../runtime/index.ts';
import type { Agent, AgentOptions } from '../index.ts';
import { startAgent } from '../index.ts';
import { EcsTestServer } from './ecs-server.ts';
import { keptLog, realClock, realIds } from './real-time.ts';

/** A task network that only remembers. */
export class RecordingNetwork implements TaskNetwork {
  readonly capabilities: NetworkCapabilities = { awsvpc: true, anyPause: true, limitations: [] };
  readonly enforcer = undefined;
  readonly attached = new Map<string, TaskInterface & { readonly pid: number }>();
  readonly history: string[] = [];
  prepare(): Promise<void> {
    return Promise.resolve();
  }
  pauseFor(): Promise<PauseNetworking | undefined> {
    return Promise.resolve(undefined);
  }
  attach(networkInterface: TaskInterface, { pid }: NamespaceHolder): Promise<void> {
    this.attached.set(networkInterface.id, { ...networkInterface, pid });
    this.history.push(`attach ${networkInterface.id}`);
    return Promise.resolve();
  }
  detach({ id }: Pick<TaskInterface, 'id' | 'address'>): Promise<void> {
    this.attached.delete(id);
    this.history.push(`detach ${id}`);
    return Promise.resolve();
  }
  list(): Promise<readonly AttachedInterface[]> {
    return Promise.resolve([...this.attached.values()].map(({ id, address }) => ({ id, address })));
  }
  destroy(): Promise<void> {
    return Promise.resolve();
  }
}

/** An agent with a control plane and an engine that live longer than it. */
export class Harness<R extends ContainerRuntime = FakeRuntime> {
  readonly server = new EcsTestServer();
  readonly network = new RecordingNetwork();
  readonly log = keptLog();
  readonly runtime: R;
  readonly #agents: Agent[] = [];
  dataDir = '';

  constructor(runtime: R) {
    this.runtime = runtime;
  }

  async open(): Promise<void> {
    this.dataDir = await mkdtemp(join(tmpdir(), 'ls-agent-'));
    await this.server.listen();
  }

  options(overrides: Partial<AgentOptions> = {}): AgentOptions {
    return {
      endpoint: this.server.endpoint,
      region: 'us-east-1',
      cluster: 'default',
      credentials: () => ({ accessKeyId: 'AKIDTEST', secretAccessKey: 'secret' }),
      dataDir: this.dataDir,
      runtime: this.runtime,
      network: this.network,
      clock: realClock,
      ids: realIds,
      log: this.log,
      launchKind: 'EC2',
      pausePoolSize: 0,
      cgroupRoot: join(this.dataDir, 'no-cgroups'),
      ...overrides,
      settings: { cleanupWaitMs: 200, ...overrides.settings },
    };
  }

  async start(overrides: Partial<AgentOptions> = {}): Promise<Agent> {
    const agent = await startAgent(this.options(overrides));
    this.#agents.push(agent);
    await agent.ready;
    return agent;
  }

  async close(): Promise<void> {
    for (const agent of this.#agents) await agent.stop();
    await this.server.close();
    await rm(this.dataDir, { recursive: true, force: true });
  }
}

export function fakeEngine(): FakeRuntime {
  return new FakeRuntime({ clock: realClock });
}
