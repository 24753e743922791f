// An agent in a process of its own, to be killed: `node --import tsx agent-process.ts '{"endpoint":…,"dataDir":…}'`.
import { openLinuxNetwork } from '../../network/linux/index.ts';
import { openNetwork } from '../../network/contract/index.ts';
import type { TaskNetwork } from '../../network/index.ts';
import { DockerRuntime } from '../../runtime/docker/index.ts';
import { startAgent } from '../index.ts';
import type { MetadataOptions } from '../index.ts';
import { keptLog, realClock, realIds } from './real-time.ts';

interface Arguments {
  readonly endpoint: string;
  readonly dataDir: string;
  readonly engine: string;
  readonly metadata?: MetadataOptions;
  /** Absent: no awsvpc. */
  readonly networkOwner?: string;
  readonly pausePoolSize?: number;
}

const none: TaskNetwork = {
  enforcer: undefined,
  capabilities: { awsvpc: false, anyPause: true, limitations: [] },
  prepare: () => Promise.resolve(),
  pauseFor: () => Promise.resolve(undefined),
  attach: () => Promise.reject(new Error('no task network in this test')),
  detach: () => Promise.resolve(),
  list: () => Promise.resolve([]),
  destroy: () => Promise.resolve(),
};

const given = JSON.parse(process.argv[2] ?? '{}') as Arguments;
const log = keptLog();
const agent = await startAgent({
  endpoint: given.endpoint,
  region: 'us-east-1',
  cluster: 'default',
  credentials: () => ({ accessKeyId: 'AKIDTEST', secretAccessKey: 'secret' }),
  dataDir: given.dataDir,
  runtime: new DockerRuntime({ address: given.engine, log }),
  network:
    given.networkOwner === undefined
      ? none
      : await openNetwork(await openLinuxNetwork({ owner: given.networkOwner, log })),
  clock: realClock,
  ids: realIds,
  log,
  launchKind: 'EC2',
  pausePoolSize: given.pausePoolSize ?? 0,
  settings: { cleanupWaitMs: 60_000 },
  ...(given.metadata === undefined ? {} : { metadata: given.metadata }),
});
process.on('SIGTERM', () => void agent.stop().then(() => process.exit(0)));
await agent.ready;
process.stdout.write('ready\n');
