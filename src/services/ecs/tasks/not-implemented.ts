import type { ContainerDefinition, RunTaskRequest, StartTaskRequest, Volume } from '../../../protocol/generated/ecs.ts';
import { notImplemented } from '../errors.ts';
import type { Definition } from '../task-definitions/definition.ts';

const engineLogDrivers = new Set(['awslogs', 'fluentd', 'gelf', 'journald', 'json-file', 'splunk', 'syslog']);

function* containerParts(container: ContainerDefinition): Iterable<string> {
  if (container.firelensConfiguration !== undefined) yield 'firelensConfiguration';
  if ((container.credentialSpecs ?? []).length > 0) yield 'credentialSpecs';
  if ((container.resourceRequirements ?? []).length > 0) yield 'resourceRequirements';
  const log = container.logConfiguration;
  // The agent ships awslogs itself, and reads its options before there are values.
  if (log?.logDriver === 'awslogs' && (log.secretOptions ?? []).length > 0)
    yield 'logConfiguration.secretOptions of awslogs';
  if (log !== undefined && !engineLogDrivers.has(log.logDriver)) yield `logConfiguration.logDriver ${log.logDriver}`;
}

function volumePart(volume: Volume): string | undefined {
  if (volume.fsxWindowsFileServerVolumeConfiguration !== undefined) return 'fsxWindowsFileServerVolumeConfiguration';
  if (volume.s3filesVolumeConfiguration !== undefined) return 's3filesVolumeConfiguration';
  return undefined;
}

/**
 * Refuses to run what has no machinery behind it yet, rather than to run the task without it.
 * @throws UnsupportedFeatureException naming the first such field
 */
export function refuseUnimplemented(
  definition: Definition,
  request: Pick<RunTaskRequest | StartTaskRequest, 'enableExecuteCommand' | 'overrides'>,
): void {
  for (const container of definition.containerDefinitions) {
    for (const part of containerParts(container)) throw notImplemented(`${part} of container '${container.name}'`);
  }
  for (const volume of definition.volumes ?? []) {
    const part = volumePart(volume);
    if (part !== undefined) throw notImplemented(`${part} of volume '${volume.name}'`);
  }
  if (definition.proxyConfiguration !== undefined) throw notImplemented('proxyConfiguration');
  if ((definition.inferenceAccelerators ?? []).length > 0) throw notImplemented('inferenceAccelerators');
  if (definition.enableFaultInjection === true) throw notImplemented('enableFaultInjection');
  if (request.enableExecuteCommand === true) throw notImplemented('enableExecuteCommand (ECS Exec)');
  for (const override of request.overrides?.containerOverrides ?? []) {
    if ((override.resourceRequirements ?? []).length > 0)
      throw notImplemented('resourceRequirements of a container override');
  }
  if ((request.overrides?.inferenceAcceleratorOverrides ?? []).length > 0)
    throw notImplemented('inferenceAcceleratorOverrides');
}
