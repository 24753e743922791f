import type { Transaction } from '../../../store/index.ts';
import {
  create,
  found,
  keyOf,
  needed,
  newEntity,
  presentRows,
  roleKind,
  type IamDeps,
  type IamHandler,
} from '../core.ts';
import { invalidInput, noSuchEntity } from '../errors.ts';
import { minSessionSeconds } from '../limits.ts';
import { roleDeletionKey, roleDeletions } from '../records/account.ts';
import { roles, type RoleRecord } from '../records/entities.ts';
import { shownRole } from '../shown.ts';

interface LinkedService {
  readonly roleName: string;
  readonly policy: string;
}

/** The services whose role is known, with its policy. */
const linkedServices: Readonly<Record<string, LinkedService>> = {
  'ecs.amazonaws.com': {
    roleName: 'AWSServiceRoleForECS',
    policy: 'arn:aws:iam::aws:policy/aws-service-role/AmazonECSServiceRolePolicy',
  },
};

/** Makes a service's role. @throws InvalidInput when the account has it, or the service has none here */
export function makeLinkedRole(
  deps: IamDeps,
  tx: Transaction,
  { account, service, description }: { account: string; service: string; description?: string | undefined },
): RoleRecord {
  const linked = linkedServices[service];
  if (linked === undefined) {
    throw invalidInput(`Service-linked roles of ${service} are not implemented by Longshore`);
  }
  const { roleName: name, policy } = linked;
  if (found(tx, roleKind, account, name) !== undefined) {
    throw invalidInput(`Service role name ${name} has been taken in this account, please try a different suffix.`);
  }
  const trust = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: [service] }, Action: ['sts:AssumeRole'] }],
  });
  const row: RoleRecord = {
    ...newEntity(deps, roleKind, { account, name, path: `/aws-service-role/${service}/` }),
    trust,
    trusted: {},
    tags: [],
    inline: [],
    attached: [policy],
    maxSessionSeconds: minSessionSeconds,
    linkedTo: service,
    ...(description === undefined ? {} : { description }),
  };
  create(tx, deps.db, roleKind, row);
  return row;
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateServiceLinkedRole.html */
export function createServiceLinkedRole(deps: IamDeps): IamHandler<'CreateServiceLinkedRole'> {
  return async ({ AWSServiceName: service, Description: description, CustomSuffix }, { account }) => {
    if (CustomSuffix !== undefined) throw invalidInput(`Custom suffix is not allowed for ${service}`);
    const { result } = await deps.db.transact((tx) => makeLinkedRole(deps, tx, { account, service, description }));
    return { Role: shownRole(deps.db, result) };
  };
}

/**
 * The role goes at once: nothing of Longshore acts through it.
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteServiceLinkedRole.html
 */
export function deleteServiceLinkedRole({ db, ids }: IamDeps): IamHandler<'DeleteServiceLinkedRole'> {
  return async ({ RoleName }, { account }) => {
    const { result } = await db.transact((tx) => {
      const { name, linkedTo } = needed(tx, roleKind, account, RoleName);
      if (linkedTo === undefined) throw invalidInput(`${name} is not a service-linked role`);
      const taskId = `task/aws-service-role/${linkedTo}/${name}/${ids.uuid()}`;
      tx.delete(roles, keyOf(roleKind, account, name));
      tx.put(roleDeletions, roleDeletionKey(account, name), { account, roleName: name, taskId });
      return taskId;
    });
    return { DeletionTaskId: result };
  };
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetServiceLinkedRoleDeletionStatus.html */
export function getServiceLinkedRoleDeletionStatus({ db }: IamDeps): IamHandler<'GetServiceLinkedRoleDeletionStatus'> {
  return ({ DeletionTaskId: taskId }, { account }) => {
    const [, , , roleName = ''] = taskId.split('/');
    const row = presentRows(db).get(roleDeletions, roleDeletionKey(account, roleName === '' ? '-' : roleName));
    if (row?.taskId !== taskId) throw noSuchEntity(`The deletion task with id ${taskId} cannot be found.`);
    return { Status: 'SUCCEEDED' };
  };
}
