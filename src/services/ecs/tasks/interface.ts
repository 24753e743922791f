import { InvalidArgument, Unavailable } from '../../../kernel/index.ts';
import type { AwsVpcConfiguration } from '../../../protocol/generated/ecs.ts';
import type { Transaction } from '../../../store/index.ts';
import { clientException, invalidParameter } from '../errors.ts';
import type { TaskAttachment, TaskRecord } from '../records/task.ts';
import type { TaskDeps } from './deps.ts';
import { attachmentArn } from './described.ts';

/**
 * The task with an interface of its own, whose record is written in `tx`.
 * @param zones the zones its instance is in; undefined: any
 * @throws InvalidParameterException for subnets and security groups that do not fit; ClientException when no address is left
 */
export function withInterface(
  tx: Transaction,
  deps: Pick<TaskDeps, 'interfaces' | 'ids'>,
  task: TaskRecord,
  options: { readonly configuration: AwsVpcConfiguration; readonly zones?: readonly string[] | undefined },
): TaskRecord {
  const { configuration, zones } = options;
  const id = deps.ids.uuid();
  try {
    const made = deps.interfaces.create(tx, {
      scope: { account: task.account, region: task.region },
      subnets: configuration.subnets,
      securityGroups: configuration.securityGroups ?? [],
      assignPublicIp: configuration.assignPublicIp === 'ENABLED',
      attachmentArn: attachmentArn(task, id),
      chance: deps.ids.fraction(),
      ...(zones === undefined || zones.length === 0 ? {} : { zones }),
    });
    const attachment: TaskAttachment = { id, status: 'PRECREATED', ...made };
    return { attachment, ...task, availabilityZone: made.availabilityZone };
  } catch (error) {
    if (error instanceof InvalidArgument) throw invalidParameter(error.message);
    if (error instanceof Unavailable) throw clientException(error.message);
    throw error;
  }
}
