import { messageOf } from '../../../kernel/index.ts';
import { EbsFailure } from '../../ebs/task-volumes.ts';
import { hasDisks, makeDiskVolume } from '../../hooks/volumes.ts';
import { limits } from '../../limits.ts';
import { sleep } from '../../sleep.ts';
import type { TaskRunner } from '../task-runner.ts';
import { engineText, retryWhileDown } from './engine-failures.ts';

/** Attaches a task's EBS volumes. Written down first: one that was attached is detached by whoever finds the task on disk. @throws EbsFailure */
export async function attachDisks(runner: TaskRunner): Promise<void> {
  const { ebs, runtime } = runner.parts;
  const { payload } = runner;
  if (!hasDisks(payload)) return;
  await runner.writeNow();
  for (const disk of await ebs.attach(payload)) {
    try {
      await retryWhileDown(runner, () => makeDiskVolume(runtime, payload, disk));
    } catch (error) {
      throw new EbsFailure(`ECS failed to set up the EBS volume. Encountered ${engineText(error)}`);
    }
  }
}

/** Once more while a container's mount ends; what stays is reported and left to the kernel, lest the task never ends. */
export async function detachDisks(runner: TaskRunner): Promise<void> {
  const { payload, state } = runner;
  if (!hasDisks(payload)) return;
  for (let attempt = 1; attempt <= limits.stopAttempts; attempt += 1) {
    try {
      await runner.parts.ebs.detach(payload, { failed: state.platform !== 'ready' });
      return;
    } catch (error) {
      runner.log.error('an EBS volume could not be detached, will try again', { error: messageOf(error), attempt });
      await sleep(runner.parts.clock, limits.engineRetryMs);
    }
  }
}
