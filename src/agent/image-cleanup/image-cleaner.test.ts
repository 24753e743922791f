import { afterEach, beforeEach, expect, test } from 'vitest';
import { Harness, fakeEngine } from '../contract/harness.ts';
import { until } from '../contract/real-time.ts';
import { taskPayload } from '../contract/tasks.ts';
import { defaultSettings } from '../options.ts';

let harness: Harness;
const ours = 'registry.test/ours:1';
const theirs = 'registry.test/theirs:1';
const imageCleanup = { ...defaultSettings.imageCleanup, intervalMs: 50, minimumAgeMs: 0, untrackedMinimumAgeMs: 0 };

beforeEach(async () => {
  harness = new Harness(fakeEngine());
  await harness.open();
  harness.runtime.addImage(ours, {}, { remote: true });
  harness.runtime.addImage(theirs);
});
afterEach(() => harness.close());

async function runAndStop(image: string): Promise<void> {
  const task = taskPayload({}, { image });
  harness.server.payload(task);
  await until('RUNNING', () => harness.server.statuses(task['arn']).includes('RUNNING'));
  await new Promise((resolve) => setTimeout(resolve, 150));
  expect(await harness.runtime.inspectImage(image)).toBeDefined();
  harness.server.payload({ ...task, desiredStatus: 'STOPPED' });
  await until('STOPPED', () => harness.server.statuses(task['arn']).includes('STOPPED'));
}

const references = async () => (await harness.runtime.listImages()).flatMap((image) => image.references);
const removals = () => harness.log.lines.filter((line) => line.includes('was removed')).length;

test('[AG-20] an image the agent pulled goes once its task is cleaned up; one that was there stays', async () => {
  await harness.start({ settings: { imageCleanup } });
  await runAndStop(ours);
  await runAndStop(theirs);
  await until('the image was removed', () => removals() === 1);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(await references()).toEqual(expect.arrayContaining([theirs]));
  expect(await references()).not.toContain(ours);
});

test('[AG-20] the next agent still knows which images are its own', async () => {
  const first = await harness.start({ settings: { imageCleanup: { ...imageCleanup, disabled: true } } });
  await runAndStop(ours);
  await first.stop();
  expect(await references()).toContain(ours);
  await harness.start({ settings: { imageCleanup } });
  await until('the image was removed', () => removals() === 1);
});

test('[AG-21] asked to, the agent also removes images of others', async () => {
  await harness.start({
    settings: { imageCleanup: { ...imageCleanup, untracked: true, exclude: ['registry.test/keep:1'] } },
  });
  harness.runtime.addImage('registry.test/keep:1');
  await until('the image was removed', () => removals() >= 1);
  expect(await references()).toContain('registry.test/keep:1');
});
