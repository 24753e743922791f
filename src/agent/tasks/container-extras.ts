import type { PayloadContainer } from '../../agent-protocol/index.ts';
import { messageOf } from '../../kernel/index.ts';
import type { ContainerExtras } from '../hooks/container-config.ts';
import { BadContainerConfig } from '../hooks/container-config.ts';
import { portRangeText, readPortRange } from '../hooks/host-port-ranges.ts';
import type { TaskRunner } from './task-runner.ts';

/** What the agent makes on the machine for a container that is about to be created. @throws BadContainerConfig */
export async function makeExtras(
  runner: TaskRunner,
  container: PayloadContainer,
): Promise<Omit<ContainerExtras, 'secrets' | 'fileEnvironment'>> {
  const { metadataFiles, nameFiles } = runner.parts;
  const { payload, record } = runner;
  const named = nameFiles !== undefined && payload.networkMode === 'awsvpc' ? await nameFiles.prepare(payload) : [];
  const metadata = await metadataFiles?.prepare(payload, container.name, record.endpointIds[container.name] ?? '');
  return {
    binds: [...named, ...(metadata === undefined ? [] : [metadata.bind])],
    environment: metadata === undefined ? {} : { ECS_CONTAINER_METADATA_FILE: metadata.variable },
    hostPortRanges: await takeRanges(runner, container),
  };
}

/** After a restart of the agent: the host ports of a task that lives are not given away again. */
export function holdRanges({ arn, parts, state }: TaskRunner): void {
  for (const { networkBindings = [] } of state.containers)
    for (const { hostPortRange = '', protocol } of networkBindings) {
      const range = readPortRange(hostPortRange);
      if (range !== undefined) parts.hostPorts.hold(arn, range, protocol);
    }
}

/** What `makeExtras` made, once the task's containers are gone. */
export async function removeExtras({ parts, payload }: TaskRunner): Promise<void> {
  await parts.nameFiles?.remove(payload);
  await parts.metadataFiles?.remove(payload);
}

async function takeRanges(runner: TaskRunner, container: PayloadContainer): Promise<ContainerExtras['hostPortRanges']> {
  const ranges: Record<string, string> = {};
  if (runner.payload.networkMode !== 'bridge') return ranges;
  for (const { containerPortRange, protocol } of container.portMappings) {
    const range = readPortRange(containerPortRange ?? '');
    if (range === undefined) continue;
    try {
      const taken = await runner.parts.hostPorts.take(runner.arn, range.last - range.first + 1, protocol);
      ranges[`${portRangeText(range)}/${protocol}`] = portRangeText(taken);
    } catch (error) {
      throw new BadContainerConfig(`CannotCreateContainerError: container '${container.name}': ${messageOf(error)}`);
    }
  }
  return ranges;
}
