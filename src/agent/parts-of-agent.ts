import type { EngineInfo } from '../runtime/index.ts';
import { EcrImages } from './ecr/ecr-images.ts';
import { EcrTokens } from './ecr/tokens.ts';
import { MetadataFiles } from './hooks/container-metadata-file.ts';
import { Images } from './hooks/images.ts';
import { NameFiles } from './hooks/name-files.ts';
import type { ImageLedger } from './image-cleanup/image-ledger.ts';
import type { AgentOptions, AgentSettings } from './options.ts';
import type { ApiClient } from './session/api-client.ts';
import type { RegisteredInstance } from './session/ecs-api.ts';
import type { TaskParts } from './tasks/parts.ts';

/** What tasks are run with, as far as it follows from the options alone. */
export function imagesOf(
  { runtime, clock, ids, log }: AgentOptions,
  settings: AgentSettings,
  found: { readonly engine: EngineInfo; readonly ledger: ImageLedger },
): Images {
  return new Images({
    runtime,
    behavior: settings.pullBehavior,
    digests: found.engine.kind === 'docker',
    timeoutMs: settings.pullTimeoutMs,
    inactivityTimeoutMs: settings.pullInactivityTimeoutMs,
    ledger: found.ledger,
    clock,
    ids,
    log,
  });
}

export function ecrImagesOf(
  { runtime, endpoint, trust, clock, log }: AgentOptions,
  settings: AgentSettings,
  found: { readonly client: ApiClient; readonly ledger: ImageLedger },
): EcrImages {
  return new EcrImages({
    runtime,
    endpoint,
    trust,
    tokens: new EcrTokens(found.client, clock),
    behavior: settings.pullBehavior,
    timeoutMs: settings.pullTimeoutMs,
    inactivityTimeoutMs: settings.pullInactivityTimeoutMs,
    ledger: found.ledger,
    clock,
    log,
  });
}

/** Files that are mounted into containers. FARGATE has no metadata file, as at AWS. */
export function containerFiles(
  { dataDir, cluster, launchKind, dnsServers, log }: AgentOptions,
  settings: AgentSettings,
  found: { readonly engine: EngineInfo; readonly registered: RegisteredInstance },
): Pick<TaskParts, 'metadataFiles' | 'nameFiles'> {
  const availabilityZone = zoneOf(found.registered);
  const facts = {
    cluster,
    instanceArn: found.registered.containerInstanceArn,
    ...(availabilityZone === undefined ? {} : { availabilityZone }),
  };
  return {
    ...(settings.containerMetadata && launchKind !== 'FARGATE'
      ? { metadataFiles: new MetadataFiles({ dataDir, facts, log }) }
      : {}),
    ...(found.engine.kind === 'podman' ? { nameFiles: new NameFiles(dataDir, dnsServers ?? []) } : {}),
  };
}

export function placeOf(options: AgentOptions, instanceArn: string): TaskParts['place'] {
  const { cluster, region, metadata, launchKind } = options;
  return {
    cluster,
    instanceArn,
    region,
    metadataAddress: metadata?.address ?? '169.254.170.2',
    metadataPort: metadata?.port ?? 80,
    ...(metadata?.apiPort === undefined ? {} : { apiPort: metadata.apiPort }),
    launchKind,
  };
}

export function zoneOf(registered: RegisteredInstance): string | undefined {
  return registered.attributes.find((attribute) => attribute.name === 'ecs.availability-zone')?.value;
}
