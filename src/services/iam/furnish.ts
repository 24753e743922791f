import { create, found, newEntity, roleKind, type IamDeps } from './core.ts';
import { makeLinkedRole } from './actions/service-linked-roles.ts';
import { minSessionSeconds } from './limits.ts';
import { accountKey, accounts } from './records/account.ts';
import type { RoleRecord } from './records/entities.ts';

const ecsTasks = 'ecs-tasks.amazonaws.com';

const trust = JSON.stringify(
  {
    Version: '2012-10-17',
    Statement: [{ Sid: '', Effect: 'Allow', Principal: { Service: ecsTasks }, Action: 'sts:AssumeRole' }],
  },
  undefined,
  2,
);

/** For `awslogs-create-group`, which AWS's managed policy does not cover. */
const createLogGroups = {
  name: 'CreateLogGroups',
  document: JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 'logs:CreateLogGroup', Resource: '*' }],
  }),
};

/**
 * Roles that tasks name in AWS's and others' walks, with the policies they have. `ecsTaskExecutionRole` is what ECS's console makes when it is first
 * used; the task roles may nothing until somebody lets them.
 */
const furniture: readonly Pick<RoleRecord, 'name' | 'attached' | 'inline'>[] = [
  {
    name: 'ecsTaskExecutionRole',
    attached: ['arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy'],
    inline: [createLogGroups],
  },
  ...['ecsTaskRole', 'webAppTaskRole', 'web-api-task-role'].map((name) => ({ name, attached: [], inline: [] })),
];

/**
 * Gives an account its furniture, once. Whoever deletes a role has deleted it, and CreateRole makes the user's own in the place of one that nobody
 * has changed.
 */
export async function furnishAccount(deps: IamDeps, account: string): Promise<void> {
  await deps.db.transact((tx) => {
    if (tx.get(accounts, accountKey(account))?.furnished === true) return;
    tx.put(accounts, accountKey(account), { account, furnished: true });
    for (const { name, attached, inline } of furniture) {
      if (found(tx, roleKind, account, name) !== undefined) continue;
      create(tx, deps.db, roleKind, {
        ...newEntity(deps, roleKind, { account, name, path: '/' }),
        trust,
        trusted: {},
        tags: [],
        inline,
        attached,
        maxSessionSeconds: minSessionSeconds,
        furnished: true,
      });
    }
  });
}

/** Makes `AWSServiceRoleForECS` in an account that has none, as ECS does when a cluster is made. */
export async function linkEcs(deps: IamDeps, account: string): Promise<void> {
  await deps.db.transact((tx) => {
    if (found(tx, roleKind, account, 'AWSServiceRoleForECS') !== undefined) return;
    makeLinkedRole(deps, tx, {
      account,
      service: 'ecs.amazonaws.com',
      description: 'Role to enable Amazon ECS to manage your cluster.',
    });
  });
}
