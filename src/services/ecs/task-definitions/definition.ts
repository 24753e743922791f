import type { ContainerDefinition, Volume } from '../../../protocol/generated/ecs.ts';
import type { TaskDefinitionRecord } from '../records/task-definition.ts';

/** What a revision holds: the request without family and tags, defaults filled in (see normalise.ts). */
export type Definition = TaskDefinitionRecord['definition'];
export type { ContainerDefinition, Volume };

/** Sentences about what is wrong, in the order AWS would notice them; lazily, so the first costs only the first. */
export type Problems = Iterable<string>;

/** The sentence AWS answers with, or undefined when nothing is wrong. */
export function firstProblem(problems: Problems): string | undefined {
  for (const problem of problems) return problem;
  return undefined;
}

export type NetworkMode = 'awsvpc' | 'bridge' | 'host' | 'none';

/** What the default is where a definition names none: bridge, as for Linux containers on AWS. */
export function networkModeOf(definition: Definition): NetworkMode {
  return definition.networkMode ?? 'bridge';
}

/** The name that messages show; a container without one is refused before any message needs it. */
export function nameOf(container: ContainerDefinition): string {
  return container.name ?? '';
}

export function isWindows(definition: Definition): boolean {
  return definition.runtimePlatform?.operatingSystemFamily?.startsWith('WINDOWS') ?? false;
}

/** True for an image in a private ECR registry. */
export function isEcrImage(image: string): boolean {
  return ecrRegistryOf(image) !== undefined;
}

/** The registry that an image's name says it is in; undefined: none of ECR's. */
export function ecrRegistryOf(image: string): { readonly account: string; readonly region: string } | undefined {
  const [, account, region] = /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?\//.exec(image) ?? [];
  return account === undefined || region === undefined ? undefined : { account, region };
}

/** True for a list that is there and has something in it. */
export function hasAny(list: readonly unknown[] | undefined): boolean {
  return list !== undefined && list.length > 0;
}

/** True for an integer between two bounds; JSON can spell numbers (1e999) that are none. */
export function isWithin(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}
