import { expect, test } from 'vitest';
import { openShifting } from './contract/opened-shifting.ts';
import { schedulerSettings } from './settings.ts';

const hook = {
  hookTargetArn: 'arn:aws:lambda:us-east-1:123456789012:function:check',
  roleArn: 'arn:aws:iam::123456789012:role/hooks',
  lifecycleStages: ['POST_SCALE_UP' as const],
};

// A simulation found a deployment that never ended (seed 2021, 4 hours).
test('[BG-12] a deployment does not wait for tasks that stand in for a blue revision which cannot run', async () => {
  const ecs = await openShifting();
  const failsBlue = async (): Promise<void> => {
    for (let round = 0; round < 12; round++)
      await ecs.work(
        () => false,
        ({ revision }) => revision === 1,
      );
    await ecs.clock.advance(schedulerSettings.healthyAfterMs);
  };
  // Revision 1 completes without a task, so nobody knows that it cannot run.
  await ecs.create({ strategy: 'BLUE_GREEN', lifecycleHooks: [hook] }, { loadBalancers: [], desiredCount: 0 });
  await failsBlue();
  expect(ecs.rollouts().map(({ status }) => status)).toEqual(['SUCCESSFUL']);
  ecs.answers.push({ hookStatus: 'FAILED' });
  await ecs.update({ desiredCount: 2, taskDefinition: 'app:2' });
  await failsBlue();
  await failsBlue();
  expect(ecs.rollouts().at(-1)?.status).toBe('ROLLBACK_IN_PROGRESS');
  expect(ecs.counts()[2]).toBe(2);
  await ecs.update({ taskDefinition: 'app:3' });
  for (let turn = 0; turn < 6; turn++) await failsBlue();
  expect(ecs.rollouts().at(-1)?.status).toBe('SUCCESSFUL');
  expect(ecs.counts()).toEqual({ 3: 2 });
});
