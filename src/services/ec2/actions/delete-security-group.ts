import { ApiError } from '../../../protocol/api/index.ts';
import { changeIn, changing, type ChangeDeps, type Ec2Handler } from '../core.ts';
import { securityGroups } from '../records/security-group.ts';
import { dependentObject } from '../security-groups/errors.ts';
import { defaultGroupName, groupOf, isUsed } from '../security-groups/groups.ts';

/**
 * In two steps, because interfaces are made by transactions of their own: after the first nobody can begin to use the group, and whoever did so before is
 * seen by the second. A group that is left between them by the end of the process is used by nobody, and can be deleted again.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteSecurityGroup.html
 */
export function deleteSecurityGroup(deps: ChangeDeps): Ec2Handler<'DeleteSecurityGroup'> {
  const close = changing<'DeleteSecurityGroup'>(deps, ['GroupId', 'GroupName'], (input, change) => {
    const group = groupOf(change, input, { evenDeleting: true });
    if (group.name === defaultGroupName) {
      throw new ApiError(
        'CannotDelete',
        `the specified group: "${group.id}" name: "${group.name}" cannot be deleted by a user`,
      );
    }
    if (isUsed(change, group)) throw dependentObject(group.id);
    change.writer.put(securityGroups, { ...group, deleting: true });
    return { Return: true, GroupId: group.id };
  });
  return async (input, context) => {
    const closed = await close(input, context);
    const scope = { account: context.account, region: context.region };
    const { result } = await deps.database.transact((tx) => {
      const change = changeIn(deps, scope, tx);
      const group = change.writer.get(securityGroups, closed.GroupId ?? '');
      if (group === undefined) return 'deleted';
      if (!isUsed(change, group)) {
        change.writer.delete(securityGroups, group.id);
        return 'deleted';
      }
      const { deleting: _deleting, ...kept } = group;
      change.writer.put(securityGroups, kept);
      return 'used';
    });
    if (result === 'used') throw dependentObject(closed.GroupId ?? '');
    return closed;
  };
}
