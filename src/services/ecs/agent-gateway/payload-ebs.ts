import type { PayloadTask, PayloadTaskExtension } from '../../../agent-protocol/index.ts';
import type { TaskRecord } from '../records/task.ts';
import { attachmentArn } from '../tasks/described.ts';

/** Where volumes come to appear on a machine of EC2. */
const deviceName = '/dev/xvdba';

/** The attachment of a task's EBS volume, as Amazon's agent reads it. */
export function ebsAttachments(task: TaskRecord): Pick<PayloadTask, 'attachments'> {
  const { volume } = task;
  if (volume?.made === undefined) return {};
  const { volumeId, sizeGiB } = volume.made;
  const properties = {
    volumeId,
    volumeSizeGib: String(sizeGiB),
    deviceName,
    sourceVolumeHostPath: `${task.id}_${volumeId}`,
    volumeName: volume.name,
    ...(volume.fileSystem === undefined ? {} : { fileSystem: volume.fileSystem }),
  };
  return {
    attachments: [
      {
        attachmentArn: attachmentArn(task, volume.id),
        attachmentType: 'amazonebs',
        attachmentProperties: Object.entries(properties).map(([name, value]) => ({ name, value })),
      },
    ],
  };
}

/** What Amazon's agent need not know, because EC2 attaches the volume: whose data it is, and what becomes of it. */
export function ebsExtension({ account, volume }: TaskRecord): Pick<PayloadTaskExtension, 'ebsVolumes'> {
  if (volume?.made === undefined) return {};
  const { volumeId, sizeGiB, snapshotId } = volume.made;
  return {
    ebsVolumes: {
      [volume.name]: {
        account,
        volumeId,
        sizeGiB,
        ...(snapshotId === undefined ? {} : { snapshotId }),
        ...(volume.fileSystem === undefined ? {} : { fileSystem: volume.fileSystem }),
        deleteOnTermination: volume.deleteOnTermination,
      },
    },
  };
}
