import { messageOf } from '../../../kernel/index.ts';
import { hasOwnInterface } from '../../engine/index.ts';
import { interfaceOf } from '../../hooks/interfaces.ts';
import { letGoOfPause } from '../../hooks/let-go-of-pause.ts';
import { stopTaskProxy } from '../../hooks/task-proxies.ts';
import { limits } from '../../limits.ts';
import { sleep } from '../../sleep.ts';
import type { TaskRunner } from '../task-runner.ts';
import { forgetSecrets } from '../task-secrets.ts';
import { detachDisks } from './disks.ts';
import type { Events } from './step.ts';

/** The last log lines, then interface and disk: its address may be given to another task once this one is reported STOPPED. */
export async function release(runner: TaskRunner): Events {
  const { logs, network, gate } = runner.parts;
  const { pause, namespacePause } = runner.record;
  forgetSecrets(runner);
  await Promise.all([
    logs.finish(runner.payload),
    stopTaskProxy(runner),
    hasOwnInterface(runner.payload) && pause !== undefined ? detach(runner, network) : undefined,
    detachDisks(runner),
    runner.parts.interfaces.drop(runner.arn),
  ]);
  for (const id of [pause?.id, namespacePause])
    if (id !== undefined)
      gate
        .run('remove', () => letGoOfPause(runner.parts, id))
        .catch((error: unknown) => {
          runner.log.warn('a pause container could not be removed; the next start of the agent will', {
            error: messageOf(error),
          });
        });
  return [{ kind: 'released' }];
}

async function detach(runner: TaskRunner, network: TaskRunner['parts']['network']): Promise<void> {
  for (let attempt = 1; attempt <= limits.stopAttempts; attempt += 1) {
    try {
      await network.detach(interfaceOf(runner.payload));
      return;
    } catch (error) {
      runner.log.error('an interface could not be removed, will try again', { error: messageOf(error), attempt });
      await sleep(runner.parts.clock, limits.engineRetryMs);
    }
  }
}
