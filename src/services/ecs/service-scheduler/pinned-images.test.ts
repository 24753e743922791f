import { expect, test } from 'vitest';
import { payloadTask } from '../agent-gateway/payload.ts';
import { defined, joined } from '../contract/opened-tasks.ts';
import { scope } from '../contract/opened-ecs.ts';
import { taskDefinitionKey, taskDefinitions } from '../records/task-definition.ts';
import type { TaskRecord } from '../records/task.ts';
import { pinnedImages } from '../services/pinned-images.ts';
import { openServices } from './contract/opened-services.ts';

const first = `sha256:${'1'.repeat(64)}`;
const second = `sha256:${'2'.repeat(64)}`;

async function opened(container: object = {}) {
  const ecs = await openServices();
  await joined(ecs, 'web');
  await defined(ecs, 'tagged', {
    containerDefinitions: [{ name: 'app', image: 'shop:latest', memory: 64, ...container }],
  });
  await ecs.create({}, { family: 'tagged' });
  await ecs.settle();
  const tell = (task: TaskRecord | undefined, imageDigest: string) =>
    ecs.call('SubmitTaskStateChange', {
      cluster: 'web',
      task: `arn:aws:ecs:${scope.region}:${scope.account}:task/web/${task?.id}`,
      status: 'RUNNING',
      containers: [{ containerName: 'app', status: 'RUNNING', imageDigest }],
    });
  const imageOf = (task: TaskRecord): string | undefined => {
    const definition = ecs.db.get(taskDefinitions, taskDefinitionKey(scope, 'tagged', task.revision))?.row;
    if (definition === undefined) throw new Error('no definition');
    const imageDigests = pinnedImages(ecs.db, task);
    const more = imageDigests === undefined ? {} : { imageDigests };
    return payloadTask(task, definition, { defaultLogMode: 'blocking', ...more }).containers[0]?.image;
  };

  return { ...ecs, tell, imageOf };
}

test('[SVC-31] the digest that the first task reports is the image of all later ones', async () => {
  const ecs = await opened();
  const [one, other] = ecs.tasks();
  if (one === undefined || other === undefined) throw new Error('no tasks');
  expect(ecs.imageOf(other)).toBe('shop:latest');
  await ecs.tell(one, first);
  expect(ecs.imageOf(other)).toBe(`shop:latest@${first}`);
  await ecs.tell(other, second);
  expect(ecs.imageOf(other)).toBe(`shop:latest@${first}`);
  expect(ecs.imageOf({ ...other, startedBy: 'ecs-svc/9' })).toBe('shop:latest');
  const { group: _group, ...alone } = other;
  expect(ecs.imageOf(alone)).toBe('shop:latest');
});

test('[SVC-31] not of a container that opted out, nor of one whose image has a digest', async () => {
  for (const container of [{ versionConsistency: 'disabled' }, { image: `shop@${second}` }]) {
    const ecs = await opened(container);
    const [one] = ecs.tasks();
    await ecs.tell(one, first);
    expect(one && ecs.imageOf(one)).toBe('image' in container ? container.image : 'shop:latest');
  }
});
