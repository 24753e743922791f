import { create, found, newEntity, roleKind, type IamDeps } from './core.ts';
import { makeLinkedRole } from './actions/service-linked-roles.ts';
import { minSessionSeconds } from './limits.ts';
import { accountKey, accounts } from './records/account.ts';

const ecsTasks = 'ecs-tasks.amazonaws.com';

/**
 * Gives an account, once, the role `ecsTaskExecutionRole`, which ECS's console makes when it is first used. Whoever deletes it has
 * deleted it.
 */
export async function furnishAccount(deps: IamDeps, account: string): Promise<void> {
  await deps.db.transact((tx) => {
    if (tx.get(accounts, accountKey(account))?.furnished === true) return;
    tx.put(accounts, accountKey(account), { account, furnished: true });
    if (found(tx, roleKind, account, 'ecsTaskExecutionRole') !== undefined) return;
    create(tx, deps.db, roleKind, {
      ...newEntity(deps, roleKind, { account, name: 'ecsTaskExecutionRole', path: '/' }),
      trust: JSON.stringify(
        {
          Version: '2012-10-17',
          Statement: [{ Sid: '', Effect: 'Allow', Principal: { Service: ecsTasks }, Action: 'sts:AssumeRole' }],
        },
        undefined,
        2,
      ),
      trusted: {},
      tags: [],
      inline: [],
      attached: ['arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy'],
      maxSessionSeconds: minSessionSeconds,
    });
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
