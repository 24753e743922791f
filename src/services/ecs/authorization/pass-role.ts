import { passRoleQuestion, type AccessQuestion } from '../../../protocol/api/index.ts';
import type { CreateServiceRequest, TaskOverride, UpdateServiceRequest } from '../../../protocol/generated/ecs.ts';
import { rolesOfService } from '../services/service-roles.ts';
import { fullRoleArn } from '../task-definitions/normalise.ts';
import { plainArn } from './resources.ts';

const tasksService = 'ecs-tasks.amazonaws.com';
const ecsService = 'ecs.amazonaws.com';

interface TaskRoles {
  readonly taskRoleArn?: string | undefined;
  readonly executionRoleArn?: string | undefined;
}

/** The roles that tasks of a definition get, those of the request's overrides in place of the definition's. */
export function passTaskRoles(
  account: string,
  definition: TaskRoles | undefined,
  overrides: TaskOverride = {},
): readonly AccessQuestion[] {
  const roles = [
    overrides.taskRoleArn ?? definition?.taskRoleArn,
    overrides.executionRoleArn ?? definition?.executionRoleArn,
  ];
  return pass(account, roles, tasksService);
}

interface Volume {
  readonly managedEBSVolume?: { readonly roleArn?: string | undefined } | undefined;
}

/** The roles that ECS itself assumes to manage volumes. */
export function passVolumeRoles(account: string, volumes: readonly Volume[] = []): readonly AccessQuestion[] {
  return pass(
    account,
    volumes.map(({ managedEBSVolume }) => managedEBSVolume?.roleArn),
    ecsService,
  );
}

/** The roles that ECS itself assumes for a service: load balancers, lifecycle hooks, volumes, VPC Lattice. */
export function passServiceRoles(
  account: string,
  input: CreateServiceRequest | UpdateServiceRequest,
): readonly AccessQuestion[] {
  return pass(account, rolesOfService(input), ecsService);
}

function pass(account: string, roles: readonly (string | undefined)[], service: string): readonly AccessQuestion[] {
  const given = roles.flatMap((role) =>
    role === undefined || role === '' ? [] : [plainArn(fullRoleArn(role, account))],
  );
  return [...new Set(given)].map((role) => passRoleQuestion(role, service));
}
