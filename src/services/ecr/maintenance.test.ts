import { expect, test } from 'vitest';
import {
  day,
  manifestOf,
  openEcr,
  outcome,
  pushImage,
  pushLayer,
  sha256,
  type OpenedEcr,
} from './contract/opened-ecr.ts';
import { maintain } from './maintenance.ts';

const name = 'my-app';
const hour = 60 * 60_000;
const keepOne = JSON.stringify({
  rules: [
    {
      rulePriority: 1,
      description: 'keep the newest image only',
      selection: { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 1 },
      action: { type: 'expire' },
    },
  ],
});

async function opened(): Promise<OpenedEcr> {
  const ecr = await openEcr();
  await ecr.call('CreateRepository', { repositoryName: name });
  return ecr;
}

async function isAvailable({ call }: OpenedEcr, digest: string): Promise<boolean> {
  const { layers } = await call('BatchCheckLayerAvailability', { repositoryName: name, layerDigests: [digest] });
  return layers?.[0]?.layerAvailability === 'AVAILABLE';
}

test('[ECR-7] the policy of a repository is carried out in the background, as its preview said', async () => {
  const ecr = await opened();
  const { call, clock } = ecr;
  const old = await pushImage(ecr, name, 'a', 'v1');
  await clock.advance(1_000);
  const young = await pushImage(ecr, name, 'b', 'v2');
  const at = { repositoryName: name };
  expect(await outcome(call('StartLifecyclePolicyPreview', at))).toMatch(/^LifecyclePolicyNotFoundException/);
  expect(await outcome(call('GetLifecyclePolicyPreview', at))).toMatch(/^LifecyclePolicyPreviewNotFoundException/);
  await call('StartLifecyclePolicyPreview', { ...at, lifecyclePolicyText: keepOne });
  expect(await call('GetLifecyclePolicyPreview', at)).toMatchObject({
    status: 'COMPLETE',
    previewResults: [{ imageDigest: old, imageTags: ['v1'], appliedRulePriority: 1 }],
    summary: { expiringImageTotalCount: 1 },
  });
  expect((await call('DescribeImages', at)).imageDetails).toHaveLength(2);
  expect(await outcome(call('PutLifecyclePolicy', { ...at, lifecyclePolicyText: '{"rules":[]}' }))).toMatch(
    /Lifecycle policy validation failure/,
  );
  await call('PutLifecyclePolicy', { ...at, lifecyclePolicyText: keepOne });
  for (let round = 0; round < 20; round += 1) {
    await clock.advance(60_000);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  expect((await call('DescribeImages', at)).imageDetails?.map(({ imageDigest }) => imageDigest)).toEqual([young]);
  expect((await call('GetLifecyclePolicy', at)).lastEvaluatedAt).toBeGreaterThan(0);
  expect((await call('DeleteLifecyclePolicy', at)).lifecyclePolicyText).toBe(keepOne);
  expect(await outcome(call('GetLifecyclePolicy', at))).toMatch(/^LifecyclePolicyNotFoundException/);
});

test('[ECR-12] a layer that no image has goes after the grace period, and its file with it', async () => {
  const ecr = await opened();
  const { call, clock, core } = ecr;
  const digest = await pushImage(ecr, name, 'a', 'v1');
  const layer = sha256('layer a');
  await call('BatchDeleteImage', { repositoryName: name, imageIds: [{ imageDigest: digest }] });
  await maintain(core);
  await clock.advance(hour / 2);
  await maintain(core);
  expect(core.db.table((await import('./records/image.ts')).layers).size).toBe(2);
  await clock.advance(hour);
  await maintain(core);
  expect(await isAvailable(ecr, layer)).toBe(false);
  expect(await core.blobs.open(layer, { first: 0, last: 0 })).toBeUndefined();
  expect(await core.blobs.read(digest)).toBeUndefined();
});

test('[ECR-12] a layer that a push has just found is kept for it', async () => {
  const ecr = await opened();
  const { call, clock, core } = ecr;
  const layer = Buffer.from('layer');
  const config = Buffer.from('{}');
  for (const bytes of [layer, config]) await pushLayer(ecr, name, bytes);
  await maintain(core);
  await clock.advance(hour);
  // What a client does before it leaves a layer out of a push.
  for (const bytes of [layer, config])
    core.unusedSinceMs.delete(`/ecr/layer/${[...core.unusedSinceMs.keys()][0]?.split('/')[3]}/${sha256(bytes)}`);
  await maintain(core);
  await call('PutImage', { repositoryName: name, imageManifest: manifestOf(config, [layer]) });
  await clock.advance(3 * day);
  await maintain(core);
  await maintain(core);
  expect(await isAvailable(ecr, sha256(layer))).toBe(true);
  expect(await core.blobs.open(sha256(layer), { first: 0, last: 4 })).toBeDefined();
});

test('[ECR-12] the same layer of another repository stays', async () => {
  const ecr = await opened();
  const { call, clock, core } = ecr;
  await call('CreateRepository', { repositoryName: 'other' });
  await pushImage(ecr, name, 'a', 'v1');
  await pushImage(ecr, 'other', 'a', 'v1');
  await call('DeleteRepository', { repositoryName: name, force: true });
  for (let round = 0; round < 3; round += 1) {
    await maintain(core);
    await clock.advance(2 * hour);
  }
  const { images } = await call('BatchGetImage', { repositoryName: 'other', imageIds: [{ imageTag: 'v1' }] });
  expect(images).toHaveLength(1);
  expect(await core.blobs.open(sha256('layer a'), { first: 0, last: 1 })).toBeDefined();
});

test('[ECR-3] uploads that took too long go, with their files', async () => {
  const { call, clock, core } = await opened();
  const { uploadId = '' } = await call('InitiateLayerUpload', { repositoryName: name });
  await maintain(core);
  expect(await core.blobs.receivedBytes(uploadId)).toBe(0);
  await clock.advance(day);
  await maintain(core);
  expect(await core.blobs.receivedBytes(uploadId)).toBeUndefined();
});

test('[ECR-12] pushes, deletions and clean-ups at the same time leave every image whole', async () => {
  const ecr = await opened();
  const { call, clock, core } = ecr;
  const work = Array.from({ length: 12 }, async (_, index) => {
    const digest = await pushImage(ecr, name, `image ${index % 4}`, `v${index}`).catch((error: unknown) => {
      if (/AlreadyExists|LayersNotFound|UploadNotFound/.test(String((error as { code?: string }).code)))
        return undefined;
      throw error;
    });
    if (digest !== undefined && index % 3 === 0)
      await call('BatchDeleteImage', { repositoryName: name, imageIds: [{ imageDigest: digest }] });
    await clock.advance(hour);
    await maintain(core);
  });
  await Promise.all(work);
  const { imageDetails = [] } = await call('DescribeImages', { repositoryName: name });
  for (const { imageDigest = '' } of imageDetails) {
    const { images } = await call('BatchGetImage', { repositoryName: name, imageIds: [{ imageDigest }] });
    const { layers } = JSON.parse(images?.[0]?.imageManifest ?? '') as { layers: readonly { digest: string }[] };
    for (const { digest } of layers) {
      expect(await isAvailable(ecr, digest)).toBe(true);
      expect(await core.blobs.open(digest, { first: 0, last: 0 })).toBeDefined();
    }
  }
});
