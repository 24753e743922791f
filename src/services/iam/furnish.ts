import { create, found, newEntity, roleKind, type IamDeps } from './core.ts';
import { makeLinkedRole } from './actions/service-linked-roles.ts';
import { furniture } from './furniture.ts';
import { accountKey, accounts } from './records/account.ts';

/**
 * Gives an account its furniture, once. Whoever deletes a role has deleted it, and CreateRole makes the user's own in the place of one that nobody
 * has changed.
 */
export async function furnishAccount(deps: IamDeps, account: string): Promise<void> {
  await deps.db.transact((tx) => {
    if (tx.get(accounts, accountKey(account))?.furnished === true) return;
    tx.put(accounts, accountKey(account), { account, furnished: true });
    for (const { name, path, ...content } of furniture) {
      if (found(tx, roleKind, account, name) !== undefined) continue;
      create(tx, deps.db, roleKind, { ...newEntity(deps, roleKind, { account, name, path }), ...content });
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
