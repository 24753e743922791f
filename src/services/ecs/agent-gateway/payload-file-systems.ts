import type { PayloadFileSystem } from '../../../agent-protocol/index.ts';
import type { FileSystemMounts } from '../ports.ts';
import type { TaskDefinitionRecord } from '../records/task-definition.ts';
import type { TaskRecord } from '../records/task.ts';

/** What a task gets of the file systems that its definition names, by the volume's name; undefined when it names none. */
export function payloadFileSystems(
  task: TaskRecord,
  { definition }: TaskDefinitionRecord,
  mounts: FileSystemMounts,
): Readonly<Record<string, PayloadFileSystem>> | undefined {
  const found: Record<string, PayloadFileSystem> = {};
  for (const { name = '', efsVolumeConfiguration: efs } of definition.volumes ?? []) {
    if (efs === undefined) continue;
    const { accessPointId, iam } = efs.authorizationConfig ?? {};
    const roleArn = task.overrides?.taskRoleArn ?? definition.taskRoleArn;
    const { vpcId, networkInterfaceId } = task.attachment ?? {};
    found[name] = mounts({
      scope: { account: task.account, region: task.region },
      fileSystemId: efs.fileSystemId,
      rootDirectory: efs.rootDirectory ?? '/',
      ...(accessPointId === undefined ? {} : { accessPointId }),
      ...(iam === 'ENABLED' ? { iam: { sessionName: task.id, ...(roleArn === undefined ? {} : { roleArn }) } } : {}),
      encrypted: efs.transitEncryption === 'ENABLED',
      ...(vpcId === undefined ? {} : { vpcId }),
      ...(networkInterfaceId === undefined || task.launchType !== 'FARGATE' ? {} : { networkInterfaceId }),
      ...(task.availabilityZone === undefined ? {} : { availabilityZone: task.availabilityZone }),
    });
  }
  return Object.keys(found).length === 0 ? undefined : found;
}
