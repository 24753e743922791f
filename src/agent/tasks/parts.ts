import type { Clock, Ids, Log } from '../../kernel/index.ts';
import type { DecideOptions } from '../engine/index.ts';
import type { MetadataFiles } from '../hooks/container-metadata-file.ts';
import type { EbsVolumes } from '../ebs/task-volumes.ts';
import type { EcrImages } from '../ecr/ecr-images.ts';
import type { HostPortRanges } from '../hooks/host-port-ranges.ts';
import type { Images } from '../hooks/images.ts';
import type { NameFiles } from '../hooks/name-files.ts';
import type { PausePool } from '../hooks/pause-pool.ts';
import type { TaskProxies } from '../hooks/task-proxies.ts';
import type { TaskCgroups } from '../hooks/task-cgroup.ts';
import type { ContainerLogs } from '../logs/container-logs.ts';
import type { TaskNetwork } from '../../network/index.ts';
import type { ContainerRuntime, EngineInfo } from '../../runtime/index.ts';
import type { ObjectSource } from '../environment-files/object-client.ts';
import type { SecretSource } from '../secrets/secret-source.ts';
import type { WaySource } from '../ways/way-api.ts';
import type { CredentialsStore } from '../session/credentials-store.ts';
import type { TaskFiles } from '../state/task-files.ts';
import type { AnnouncedInterfaces } from './announced-interfaces.ts';
import type { StartGate } from './start-gate.ts';

/** What tasks are run with; one set for the whole agent. */
export interface TaskParts {
  readonly runtime: ContainerRuntime;
  readonly network: TaskNetwork;
  readonly engine: EngineInfo;
  readonly gate: StartGate;
  /** Of tasks whose volumes may hang, see volume-gate.ts. */
  readonly driverGate: StartGate;
  readonly images: Images;
  readonly ecrImages: EcrImages;
  readonly pauses: PausePool;
  readonly interfaces: AnnouncedInterfaces;
  readonly cgroups: TaskCgroups;
  readonly ebs: EbsVolumes;
  readonly logs: ContainerLogs;
  readonly credentials: CredentialsStore;
  readonly secrets: SecretSource;
  readonly objects: ObjectSource;
  readonly ways: WaySource;
  readonly files: TaskFiles;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly decide: DecideOptions;
  readonly hostPorts: HostPortRanges;
  /** Of Service Connect; or why there are none. */
  readonly proxies?: TaskProxies | { readonly missing: string };
  /** Absent: metadata files are off. */
  readonly metadataFiles?: MetadataFiles;
  /** Only where the engine does not share a pause's own. */
  readonly nameFiles?: NameFiles;
  readonly timeouts: { readonly createMs: number; readonly startMs: number };
  readonly cleanupWaitMs: number;
  readonly cleanupJitterMs: number;
  readonly place: {
    readonly cluster: string;
    readonly instanceArn: string;
    readonly region: string;
    readonly metadataAddress: string;
    readonly metadataPort: number;
    readonly apiPort?: number;
    readonly efsDirectory?: string;
    readonly launchKind: 'EC2' | 'FARGATE' | 'EXTERNAL';
  };
}
