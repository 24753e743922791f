import { InvalidArgument } from '../../../kernel/index.ts';
import type { Controller } from '../../../reconcile/index.ts';
import type { Transaction } from '../../../store/index.ts';
import type { InfrastructureRoles } from '../ports.ts';
import { containerInstances } from '../records/container-instance.ts';
import { taskArn, tasks, wantsVolume, type TaskRecord, type TaskVolume } from '../records/task.ts';
import type { TaskDeps } from './deps.ts';
import { stopped } from './stopped.ts';
import { tagsOfVolume } from './volume.ts';
import { writeTask } from './write-task.ts';

export interface VolumeDeps extends TaskDeps {
  readonly infrastructureRoles: InfrastructureRoles;
}

type WithVolume = TaskRecord & { readonly volume: TaskVolume };

/**
 * Makes the EBS volumes of tasks that have a place, as the infrastructure role may; only then their agents hear of them. A task whose volume
 * cannot be made has failed.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/troubleshoot-ebs-volumes-scenarios.html
 */
export function volumeController(deps: VolumeDeps): Controller {
  const { db, clock } = deps;
  return {
    name: 'task-volumes',
    watch(enqueue) {
      const stop = db.table(tasks).onChange(({ key, after }) => {
        if (after !== undefined && wantsVolume(after)) enqueue(key);
      });
      for (const key of db.table(tasks).keys('volumeWanted', 'all')) enqueue(key);
      return stop;
    },
    async reconcile(key) {
      await db.transact((tx) => {
        const task = tx.get(tasks, key);
        if (task === undefined || !hasWantedVolume(task)) return;
        const made = makeVolume(tx, deps, task);
        if ('volumeId' in made) {
          const volume: TaskVolume = { ...task.volume, status: 'ATTACHING', made };
          tx.put(tasks, key, { ...task, volume, version: task.version + 1 });
          return;
        }
        const volume: TaskVolume = { ...task.volume, status: 'FAILED', statusReason: made.refusal };
        const over = stopped({ ...task, volume }, { nowMs: clock.nowMs(), reason: made.refusal });
        writeTask(tx, deps, { ...over, version: task.version + 1 });
      });
      return {};
    },
  };
}

function hasWantedVolume(task: TaskRecord): task is WithVolume {
  return wantsVolume(task);
}

function makeVolume(
  tx: Transaction,
  { volumes, infrastructureRoles }: VolumeDeps,
  task: WithVolume,
): ReturnType<VolumeDeps['volumes']['create']> | { readonly refusal: string } {
  const { volume } = task;
  const scope = { account: task.account, region: task.region };
  const arn = taskArn(task, task.cluster, task.id);
  const tags = tagsOfVolume(volume, arn);
  const { snapshotId } = volume.wish;
  const refusal = infrastructureRoles.volumeRefusal({
    scope,
    roleArn: volume.roleArn,
    tags,
    ...(snapshotId === undefined ? {} : { snapshotId }),
  });
  if (refusal !== undefined) return { refusal };
  const instanceId =
    task.launchType === 'FARGATE' ? undefined : tx.get(containerInstances, task.instanceKey ?? '')?.ec2InstanceId;
  try {
    return volumes.create(tx, {
      ...volume.wish,
      scope,
      taskArn: arn,
      availabilityZone: task.availabilityZone ?? `${task.region}a`,
      deleteOnTermination: volume.deleteOnTermination,
      tags,
      ...(instanceId === undefined ? {} : { instanceId }),
    });
  } catch (error) {
    if (!(error instanceof InvalidArgument)) throw error;
    return { refusal: `ECS failed to set up the EBS volume. Encountered ${error.message}` };
  }
}
