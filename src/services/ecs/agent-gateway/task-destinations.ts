import { readSecretReference, type Destination } from '../../../agent-protocol/index.ts';
import type { ContainerDefinition } from '../../../protocol/generated/ecs.ts';
import type { TaskDefinitionRecord } from '../records/task-definition.ts';
import type { TaskRecord } from '../records/task.ts';
import { ecrRegistryOf } from '../task-definitions/definition.ts';

/**
 * What the platform calls for a FARGATE task before it starts: the registries of its images, the stores of its secrets, S3 for its environment files, its log
 * streams. Each once. https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-networking.html
 */
export function taskDestinations(task: TaskRecord, { definition }: TaskDefinitionRecord): readonly Destination[] {
  const found = definition.containerDefinitions.flatMap((container) => [
    ...imageDestinations(container.image ?? ''),
    ...secretDestinations(container, task),
    ...logDestinations(container, task),
  ]);
  const { region } = task;
  const given = [...definition.containerDefinitions, ...(task.overrides.containerOverrides ?? [])];
  if (given.some(({ environmentFiles = [] }) => environmentFiles.length > 0)) found.push({ service: 's3', region });
  return found.filter((one, at) => found.findIndex((other) => isSame(one, other)) === at);
}

function isSame(one: Destination, other: Destination): boolean {
  if ('registry' in one || 'registry' in other)
    return 'registry' in one && 'registry' in other && one.registry === other.registry;
  return one.service === other.service && one.region === other.region;
}

/** ECR's layers lie in S3. Registries on this machine's loopback are at hand: nothing on AWS is like them. */
function imageDestinations(image: string): readonly Destination[] {
  const ecr = ecrRegistryOf(image);
  if (ecr !== undefined) {
    const { region } = ecr;
    return [
      { service: 'ecr.api', region },
      { service: 'ecr.dkr', region },
      { service: 's3', region },
    ];
  }
  const registry = registryOf(image);
  return /^(localhost|127(\.\d{1,3}){3})(:\d+)?$/.test(registry) ? [] : [{ registry }];
}

/** Host part of an image's name; Docker Hub when there is none. */
function registryOf(image: string): string {
  const [first = '', ...rest] = image.split('/');
  return rest.length > 0 && /[.:]|^localhost$/.test(first) ? first : 'docker.io';
}

function secretDestinations(
  { secrets = [], repositoryCredentials }: ContainerDefinition,
  task: TaskRecord,
): Destination[] {
  const given = secrets.map(({ valueFrom }) => valueFrom);
  if (repositoryCredentials !== undefined) given.push(repositoryCredentials.credentialsParameter);
  return given.flatMap((valueFrom) => {
    const reference = readSecretReference(valueFrom, task);
    if (reference === undefined) return [];
    const { provider, region } = reference;
    return [{ service: provider === 'asm' ? 'secretsmanager' : 'ssm', region }];
  });
}

function logDestinations({ logConfiguration }: ContainerDefinition, { region }: TaskRecord): readonly Destination[] {
  if (logConfiguration?.logDriver !== 'awslogs') return [];
  return [{ service: 'logs', region: logConfiguration.options?.['awslogs-region'] ?? region }];
}
