import type { ContainerDefinition, Definition, Problems } from './definition.ts';
import { nameOf } from './definition.ts';

/** Rules about the order containers start in: dependsOn, links and volumesFrom. */
export function* dependencyProblems(definition: Definition): Problems {
  const byName = new Map(definition.containerDefinitions.map((container) => [nameOf(container), container]));
  for (const container of definition.containerDefinitions) {
    yield* conditionProblems(container, byName);
    yield* linkProblems(container, byName);
  }
  const cycle = findCycle(byName);
  if (cycle !== undefined) {
    yield `The containers of the task definition depend on one another in a circle: ${cycle.map((name) => `'${name}'`).join(' -> ')}.`;
  }
}

type ByName = ReadonlyMap<string, ContainerDefinition>;

function* conditionProblems(container: ContainerDefinition, byName: ByName): Problems {
  const seen = new Set<string>();
  for (const { containerName, condition } of container.dependsOn ?? []) {
    const dependency = byName.get(containerName);
    if (containerName === container.name) yield `Container '${containerName}' cannot depend on itself.`;
    if (dependency === undefined) yield `Cannot depend on container + '${containerName}' because it does not exist`;
    else if ((condition === 'COMPLETE' || condition === 'SUCCESS') && (dependency.essential ?? true)) {
      yield 'A dependency container with SUCCESS or COMPLETE condition cannot be an essential container';
    } else if (condition === 'HEALTHY' && dependency.healthCheck === undefined) {
      yield `Container '${nameOf(container)}' depends on container '${containerName}' with condition HEALTHY, but '${containerName}' has no health check`;
    }
    if (seen.has(containerName))
      yield `Container '${nameOf(container)}' depends on container '${containerName}' more than once`;
    seen.add(containerName);
  }
}

function* linkProblems(container: ContainerDefinition, byName: ByName): Problems {
  for (const link of container.links ?? []) {
    const match = /^([a-zA-Z0-9\-_]+)(?::[a-zA-Z0-9\-_.]+)?$/.exec(link);
    if (match === null) yield `Invalid link '${link}' for container '${nameOf(container)}'.`;
    else if (!byName.has(match[1] ?? ''))
      yield `Unknown container '${match[1]}' in 'links' of container '${nameOf(container)}'.`;
  }
}

/** The containers that must exist or have started before this one. */
function before(container: ContainerDefinition): readonly string[] {
  return [
    ...(container.dependsOn ?? []).map((dependency) => dependency.containerName),
    ...(container.links ?? []).map((link) => link.split(':', 1)[0] ?? ''),
    ...(container.volumesFrom ?? []).map((from) => from.sourceContainer ?? ''),
  ];
}

/** A circle of containers as a path whose ends are the same, or undefined. Depth-first; at most ten containers. */
function findCycle(byName: ByName): readonly string[] | undefined {
  const finished = new Set<string>();
  const visit = (name: string, path: readonly string[]): readonly string[] | undefined => {
    const at = path.indexOf(name);
    if (at >= 0) return [...path.slice(at), name];
    const container = byName.get(name);
    if (finished.has(name) || container === undefined) return undefined;
    for (const next of before(container)) {
      const cycle = visit(next, [...path, name]);
      if (cycle !== undefined) return cycle;
    }
    finished.add(name);
    return undefined;
  };
  for (const name of byName.keys()) {
    const cycle = visit(name, []);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}
