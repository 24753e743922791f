import { formatArn } from '../../../kernel/index.ts';
import type { RegisterTaskDefinitionRequest } from '../../../protocol/generated/ecs.ts';
import type { TableSpec } from '../../../store/index.ts';
import type { Scope, Tag } from './scope.ts';

/**
 * One immutable revision. `definition` is the validated request with ECS's defaults filled in, as DescribeTaskDefinition shows it.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TaskDefinition.html
 */
export interface TaskDefinitionRecord extends Scope {
  readonly family: string;
  readonly revision: number;
  readonly status: 'ACTIVE' | 'INACTIVE' | 'DELETE_IN_PROGRESS';
  readonly definition: Omit<RegisterTaskDefinitionRequest, 'tags' | 'family'>;
  readonly compatibilities: readonly ('EC2' | 'FARGATE' | 'EXTERNAL' | 'MANAGED_INSTANCES')[];
  readonly requiresAttributes: readonly { readonly name: string; readonly value?: string }[];
  readonly registeredAtMs: number;
  readonly registeredBy: string;
  readonly deregisteredAtMs?: number;
  readonly deleteRequestedAtMs?: number;
  readonly tags: readonly Tag[];
}

/** A family: its highest revision ever given out (never reused) and the ACTIVE one that `family` alone means. */
export interface FamilyRecord extends Scope {
  readonly family: string;
  readonly lastRevision: number;
  /** Highest ACTIVE revision; 0 when none is. */
  readonly latestActive: number;
  readonly status: 'ACTIVE' | 'INACTIVE';
}

export function taskDefinitionKey(scope: Scope, family: string, revision: number): string {
  return `/ecs/taskdef/${scope.account}/${scope.region}/${family}/${revision}`;
}

export function familyKey(scope: Scope, family: string): string {
  return `/ecs/family/${scope.account}/${scope.region}/${family}`;
}

export function taskDefinitionArn(scope: Scope, family: string, revision: number): string {
  return formatArn('ecs', scope.region, scope.account, `task-definition/${family}:${revision}`);
}

export const taskDefinitions: TableSpec<TaskDefinitionRecord, 'scopeStatus' | 'familyStatus'> = {
  prefix: '/ecs/taskdef/',
  indexes: {
    scopeStatus: (row) => `${row.account}/${row.region}/${row.status}`,
    familyStatus: (row) => `${row.account}/${row.region}/${row.family}/${row.status}`,
  },
};

export const families: TableSpec<FamilyRecord, 'scope' | 'scopeStatus'> = {
  prefix: '/ecs/family/',
  indexes: {
    scope: (row) => `${row.account}/${row.region}`,
    scopeStatus: (row) => `${row.account}/${row.region}/${row.status}`,
  },
};
