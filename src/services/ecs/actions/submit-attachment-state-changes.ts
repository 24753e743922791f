import { invalidParameter } from '../errors.ts';
import { platformAccount } from '../records/scope.ts';
import { tasks } from '../records/task.ts';
import type { EcsHandler, TaskDeps } from '../tasks/deps.ts';
import { furthest } from '../tasks/lifecycle.ts';

/**
 * EBS volumes that agents attached. The interfaces of tasks come in SubmitTaskStateChange, and instances have no attachments of their own here.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_SubmitAttachmentStateChanges.html
 */
export function submitAttachmentStateChanges({ db, volumes }: TaskDeps): EcsHandler<'SubmitAttachmentStateChanges'> {
  return async ({ attachments }, context) => {
    for (const { attachmentArn, status } of attachments) {
      const id = attachmentArn.slice(attachmentArn.lastIndexOf('/') + 1);
      const [key] = db.table(tasks).keys('volumeAttachment', id);
      const found = key === undefined ? undefined : db.get(tasks, key)?.row;
      const own = found?.account === context.account && found.region === context.region;
      if (key === undefined || (!own && context.account !== platformAccount))
        throw invalidParameter(`The referenced attachment '${attachmentArn}' was not found.`);
      if (status !== 'ATTACHED') throw invalidParameter(`The attachment status '${status}' is not ATTACHED.`);
      await db.transact((tx) => {
        const task = tx.get(tasks, key);
        if (task?.volume?.made === undefined || task.volume.status !== 'ATTACHING') return;
        const scope = { account: task.account, region: task.region };
        volumes.attached(tx, scope, task.volume.made.volumeId);
        const waits = task.attachment !== undefined && task.attachment.status !== 'ATTACHED';
        tx.put(tasks, key, {
          ...task,
          volume: { ...task.volume, status: 'ATTACHED' },
          lastStatus: waits ? task.lastStatus : furthest(task.lastStatus, 'PENDING'),
          version: task.version + 1,
        });
      });
    }
    return { acknowledgment: 'ACK' };
  };
}
