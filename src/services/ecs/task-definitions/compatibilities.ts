import type { TaskDefinitionRecord } from '../records/task-definition.ts';
import type { Definition, Problems } from './definition.ts';
import { firstProblem, networkModeOf } from './definition.ts';
import { fargateProblems } from './fargate-rules.ts';

export type Compatibility = TaskDefinitionRecord['compatibilities'][number];

/** Why a definition cannot run on machines outside AWS. https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-anywhere.html#ecs-anywhere-considerations */
function* externalProblems(definition: Definition): Problems {
  if (networkModeOf(definition) === 'awsvpc') {
    yield "External compatible task definitions only support network modes 'bridge', 'host' and 'none'.";
  }
  for (const volume of definition.volumes ?? []) {
    if (volume.efsVolumeConfiguration !== undefined)
      yield 'External compatible task definitions do not support efsVolumeConfiguration';
    if (volume.fsxWindowsFileServerVolumeConfiguration !== undefined) {
      yield 'External compatible task definitions do not support fsxWindowsFileServerVolumeConfiguration';
    }
    if (volume.configuredAtLaunch === true)
      yield 'External compatible task definitions do not support configuredAtLaunch';
  }
  if (definition.proxyConfiguration !== undefined)
    yield 'External compatible task definitions do not support proxyConfiguration';
  if (definition.enableFaultInjection === true)
    yield 'External compatible task definitions do not support enableFaultInjection';
}

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ManagedInstances.html */
function* managedInstancesProblems(definition: Definition): Problems {
  const mode = networkModeOf(definition);
  if (mode !== 'awsvpc' && mode !== 'host')
    yield "Managed Instances compatible task definitions only support network modes 'awsvpc' and 'host'.";
  if (definition.cpu === undefined) yield "Managed Instances require that 'cpu' be defined at the task level.";
  if (definition.memory === undefined) yield "Managed Instances require that 'memory' be defined at the task level.";
}

/** EC2 is what ECS was made for: whatever passes the general rules can run there. */
function ec2Problems(): Problems {
  return [];
}

/** In the order DescribeTaskDefinition shows them. */
const problemsOf: Readonly<Record<Compatibility, (definition: Definition) => Problems>> = {
  EXTERNAL: externalProblems,
  EC2: ec2Problems,
  MANAGED_INSTANCES: managedInstancesProblems,
  FARGATE: fargateProblems,
};

/** What forbids the compatibilities the definition requires, and what only Fargate has when it is not one. */
export function* compatibilityProblems(definition: Definition): Problems {
  for (const required of definition.requiresCompatibilities ?? []) yield* problemsOf[required](definition);
  if (definition.ephemeralStorage !== undefined) {
    for (const problem of fargateProblems(definition)) {
      yield `ephemeralStorage is only supported by Fargate compatible task definitions. ${problem}`;
    }
  }
}

/** Everything a valid definition could run on, required or not. */
export function compatibilitiesOf(definition: Definition): readonly Compatibility[] {
  return (Object.keys(problemsOf) as Compatibility[]).filter(
    (compatibility) => firstProblem(problemsOf[compatibility](definition)) === undefined,
  );
}
