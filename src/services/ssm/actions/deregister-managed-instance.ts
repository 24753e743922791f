import { ApiError } from '../../../protocol/api/index.ts';
import { scopeOf, type SsmDeps, type SsmHandler } from '../core.ts';
import { managedInstanceKey, managedInstances } from '../records/managed-instance.ts';

/**
 * The machine gets no credentials any more; those it has end within the hour. ECS's container instance is to be deregistered by itself.
 * https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DeregisterManagedInstance.html
 */
export function deregisterManagedInstance({ db }: SsmDeps): SsmHandler<'DeregisterManagedInstance'> {
  return async (input, context) => {
    const key = managedInstanceKey(scopeOf(context), input.InstanceId);
    await db.transact((tx) => {
      if (tx.get(managedInstances, key) === undefined)
        throw new ApiError('InvalidInstanceId', `The instance ID '${input.InstanceId}' is not a managed node's.`);
      tx.delete(managedInstances, key);
    });
    return {};
  };
}
