import type { ContainerDefinition, Definition, NetworkMode, Problems } from './definition.ts';
import { isWithin, nameOf, networkModeOf } from './definition.ts';

type PortMapping = NonNullable<ContainerDefinition['portMappings']>[number];

const maxPort = 65_535;
const maxPortRangesPerContainer = 100;
const maxMappingsPerContainer = 100;
const maxMappingNameLength = 64;

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_PortMapping.html */
export function* portProblems(definition: Definition): Problems {
  const mode = networkModeOf(definition);
  const taken = new Set<string>();
  const names = new Set<string>();
  for (const container of definition.containerDefinitions) {
    const mappings = container.portMappings ?? [];
    if (mappings.length > maxMappingsPerContainer) {
      yield `Too many port mappings for container '${nameOf(container)}'. The maximum is ${maxMappingsPerContainer}.`;
    }
    for (const mapping of mappings) {
      yield* mapping.containerPortRange === undefined
        ? singlePortProblems(mapping, container, mode)
        : rangeProblems(mapping, container, mode);
      yield* mappingNameProblems(mapping, container, names);
      yield* takenPortProblems(mapping, mode, taken);
    }
    yield* overlapProblems(container);
  }
}

function isPort(value: number, least: number): boolean {
  return isWithin(value, least, maxPort);
}

function* singlePortProblems(mapping: PortMapping, container: ContainerDefinition, mode: NetworkMode): Problems {
  const { containerPort, hostPort } = mapping;
  if (containerPort === undefined || !isPort(containerPort, 1)) {
    yield `Invalid 'containerPort' setting for container '${nameOf(container)}'.`;
  }
  if (hostPort === undefined) return;
  if (!isPort(hostPort, 0)) yield `Invalid 'hostPort' setting for container '${nameOf(container)}'.`;
  if ((mode === 'awsvpc' || mode === 'host') && hostPort !== containerPort) {
    yield `When networkMode=${mode}, the host ports and container ports in port mappings must match.`;
  }
}

function* rangeProblems(mapping: PortMapping, container: ContainerDefinition, mode: NetworkMode): Problems {
  const { containerPortRange = '', containerPort, hostPort } = mapping;
  const name = nameOf(container);
  if (mode !== 'awsvpc' && mode !== 'bridge') {
    yield `containerPortRange is only supported when networkMode is awsvpc or bridge, but container '${name}' has networkMode=${mode}.`;
  }
  if (containerPort !== undefined || hostPort !== undefined) {
    yield `A port mapping of container '${name}' cannot have both 'containerPortRange' and 'containerPort' or 'hostPort'.`;
  }
  if (portRange(containerPortRange) === undefined) {
    yield `Invalid 'containerPortRange' setting '${containerPortRange}' for container '${name}'.`;
  }
}

/** The ports of `8000-8010`, both ends included; undefined when it is no range of ports in order. */
export function portRange(text: string): { readonly first: number; readonly last: number } | undefined {
  const match = /^(\d{1,5})-(\d{1,5})$/.exec(text);
  if (match === null) return undefined;
  const first = Number(match[1]);
  const last = Number(match[2]);
  return isPort(first, 1) && isPort(last, 1) && first <= last ? { first, last } : undefined;
}

function* mappingNameProblems(mapping: PortMapping, container: ContainerDefinition, names: Set<string>): Problems {
  const { name, appProtocol, protocol } = mapping;
  if (appProtocol !== undefined && protocol === 'udp') {
    yield `The 'appProtocol' setting of container '${nameOf(container)}' is not supported with protocol udp.`;
  }
  if (name === undefined) return;
  if (name.length > maxMappingNameLength || !/^[a-zA-Z0-9_][a-zA-Z0-9_-]*$/.test(name)) {
    yield `Invalid port mapping name '${name}' for container '${nameOf(container)}'. Names have up to ${maxMappingNameLength} letters, numbers, underscores and hyphens, and do not start with a hyphen.`;
  }
  if (names.has(name))
    yield `Duplicate port mapping name '${name}'. Port mapping names must be unique within a task definition.`;
  names.add(name);
}

/** Containers of a task share the host's (or the task's) ports; 0 is chosen at start and never clashes. */
function* takenPortProblems(mapping: PortMapping, mode: NetworkMode, taken: Set<string>): Problems {
  const port = mapping.hostPort ?? (mode === 'bridge' ? 0 : (mapping.containerPort ?? 0));
  if (port === 0) return;
  const protocol = (mapping.protocol ?? 'tcp').toUpperCase();
  if (taken.has(`${protocol}/${port}`)) yield `${protocol} host port '${port}' is mapped multiple times in task.`;
  taken.add(`${protocol}/${port}`);
}

function* overlapProblems(container: ContainerDefinition): Problems {
  const ranges = (container.portMappings ?? [])
    .map((mapping) => ({ protocol: mapping.protocol ?? 'tcp', range: portRange(mapping.containerPortRange ?? '') }))
    .flatMap(({ protocol, range }) => (range === undefined ? [] : [{ protocol, ...range }]))
    .sort((a, b) => (a.protocol === b.protocol ? a.first - b.first : a.protocol < b.protocol ? -1 : 1));
  if (ranges.length > maxPortRangesPerContainer) {
    yield `Too many port ranges for container '${nameOf(container)}'. The maximum is ${maxPortRangesPerContainer}.`;
  }
  for (const [index, range] of ranges.entries()) {
    const before = ranges[index - 1];
    if (before !== undefined && before.protocol === range.protocol && before.last >= range.first) {
      yield `The container port ranges ${before.first}-${before.last} and ${range.first}-${range.last} of container '${nameOf(container)}' overlap.`;
    }
  }
}
