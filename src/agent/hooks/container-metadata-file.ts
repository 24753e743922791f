import { chmod, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { PayloadTask } from '../../agent-protocol/index.ts';
import type { Log } from '../../kernel/index.ts';
import { messageOf } from '../../kernel/index.ts';
import type { ContainerInfo } from '../../runtime/index.ts';
import type { TaskRunner } from '../tasks/task-runner.ts';

type Json = Readonly<Record<string, unknown>>;

const fileName = 'ecs-container-metadata.json';

export interface MetadataFileFacts {
  readonly cluster: string;
  readonly instanceArn: string;
  readonly availabilityZone?: string;
}

/** Before the container runs: what its task definition says of it. */
export function earlyMetadata(facts: MetadataFileFacts, task: PayloadTask, container: string): Json {
  return {
    Cluster: nameOf(facts.cluster),
    ContainerInstanceARN: facts.instanceArn,
    TaskARN: task.arn,
    TaskDefinitionFamily: task.family,
    TaskDefinitionRevision: task.version,
    ContainerName: container,
  };
}

/**
 * Once the container runs. An awsvpc task's address is in its /etc/hosts and not here, as at AWS; the host's own addresses
 * (HostPrivateIPv4Address, HostPublicIPv4Address) come from EC2 there, and are left out here.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/metadata-file-format.html
 */
export function readyMetadata(facts: MetadataFileFacts, task: PayloadTask, name: string, info: ContainerInfo): Json {
  const zone = task.longshore?.availabilityZone ?? facts.availabilityZone;
  return {
    ...earlyMetadata(facts, task, name),
    ContainerID: info.id,
    DockerContainerName: `/${info.name}`,
    ImageID: info.imageId,
    ImageName: task.containers.find((container) => container.name === name)?.image ?? info.image,
    PortMappings: info.ports.map(({ containerPort, hostPort, hostIp, protocol }) => {
      return { ContainerPort: containerPort, HostPort: hostPort, BindIp: hostIp, Protocol: protocol };
    }),
    Networks: [
      {
        NetworkMode: task.networkMode,
        ...(task.networkMode === 'awsvpc' ? {} : { IPv4Addresses: info.addresses }),
      },
    ],
    MetadataFileStatus: 'READY',
    ...(zone === undefined ? {} : { AvailabilityZone: zone }),
  };
}

/** A cluster's name, of its name or ARN. */
function nameOf(cluster: string): string {
  return cluster.slice(cluster.lastIndexOf('/') + 1);
}

export interface MetadataFilesOptions {
  /** The agent's own; the engine must see it under the same path. */
  readonly dataDir: string;
  readonly facts: MetadataFileFacts;
  readonly log: Log;
}

/** Where the file of a container is inside it, and the folder of the host that is mounted there. */
export interface MountedMetadata {
  readonly bind: string;
  readonly variable: string;
}

/**
 * A file in every container that says what it is (ECS_ENABLE_CONTAINER_METADATA). It is there before the container starts, and READY soon
 * after; it goes with the container. A file that cannot be written never stops a task.
 */
export class MetadataFiles {
  readonly #options: MetadataFilesOptions;
  /** Start of a container whose file is written, by task and container. */
  readonly #ready = new Map<string, number>();

  constructor(options: MetadataFilesOptions) {
    this.#options = options;
  }

  /** Makes the file of a container that is about to be created. @returns undefined when it could not be written */
  async prepare(task: PayloadTask, container: string, endpointId: string): Promise<MountedMetadata | undefined> {
    const folder = this.#folder(task, container);
    try {
      await mkdir(folder, { recursive: true });
      // Mounted into the container, whose user may be anybody; the folders above it stay closed.
      await chmod(folder, 0o755);
      await write(folder, earlyMetadata(this.#options.facts, task, container));
    } catch (error) {
      this.#warn(task, container, error);
      return undefined;
    }
    const inside = `/opt/ecs/metadata/${endpointId}`;
    return { bind: `${folder}:${inside}:ro`, variable: `${inside}/${fileName}` };
  }

  /** Completes the files of containers that were started since the last call. */
  update(runner: TaskRunner): void {
    for (const { name, known, dockerId, startedAtMs } of runner.state.containers) {
      const key = `${runner.arn}/${name}`;
      if (known !== 'RUNNING' || dockerId === undefined || startedAtMs === undefined) continue;
      if (this.#ready.get(key) === startedAtMs) continue;
      this.#ready.set(key, startedAtMs);
      this.#complete(runner, name, dockerId).catch((error: unknown) => this.#warn(runner.payload, name, error));
    }
  }

  async remove(task: PayloadTask): Promise<void> {
    for (const { name } of task.containers) this.#ready.delete(`${task.arn}/${name}`);
    await rm(this.#taskFolder(task), { recursive: true, force: true });
  }

  async #complete(runner: TaskRunner, name: string, dockerId: string): Promise<void> {
    const { payload, parts } = runner;
    const info = await parts.runtime.inspect(dockerId);
    if (info === undefined || info.mounts.every(({ destination }) => !destination.startsWith('/opt/ecs/metadata/')))
      return; // gone, or made before metadata files were switched on
    await write(this.#folder(payload, name), readyMetadata(this.#options.facts, payload, name, info));
  }

  #taskFolder(task: PayloadTask): string {
    return resolve(this.#options.dataDir, 'metadata', nameOf(this.#options.facts.cluster), nameOf(task.arn));
  }

  #folder(task: PayloadTask, container: string): string {
    return join(this.#taskFolder(task), container);
  }

  #warn(task: PayloadTask, container: string, error: unknown): void {
    this.#options.log.warn('the metadata file of a container could not be written', {
      task: task.arn,
      container,
      error: messageOf(error),
    });
  }
}

/** Whoever reads it, whatever the user, has the old file or the new one. */
async function write(folder: string, document: Json): Promise<void> {
  const path = join(folder, fileName);
  await writeFile(`${path}.new`, JSON.stringify(document));
  await chmod(`${path}.new`, 0o644);
  await rename(`${path}.new`, path);
}
