import { describe, expect, test } from 'vitest';
import { manifestOf, openEcr, outcome, pushImage, pushLayer, root, sha256, account } from './contract/opened-ecr.ts';
import { ecrAuthorization } from './authorization.ts';

const name = 'my-app';
const notFound = `RepositoryNotFoundException: The repository with name '${name}' does not exist in the registry with id '${account}'`;

describe('repositories', () => {
  test('[ECR-1] a repository is made once, found by name, and gone when deleted', async () => {
    const { call } = await openEcr();
    expect(await outcome(call('DescribeRepositories', { repositoryNames: [name] }))).toBe(notFound);
    const { repository } = await call('CreateRepository', {
      repositoryName: name,
      tags: [{ Key: 'team', Value: 'web' }],
    });
    expect(repository).toMatchObject({
      repositoryArn: `arn:aws:ecr:us-east-1:${account}:repository/${name}`,
      registryId: account,
      repositoryUri: `127.0.0.1:4566/${name}`,
      imageTagMutability: 'MUTABLE',
      imageScanningConfiguration: { scanOnPush: false },
      encryptionConfiguration: { encryptionType: 'AES256' },
    });
    expect(await outcome(call('CreateRepository', { repositoryName: name }))).toBe(
      `RepositoryAlreadyExistsException: The repository with name '${name}' already exists in the registry with id '${account}'`,
    );
    expect((await call('DescribeRepositories', {})).repositories).toEqual([repository]);
    expect((await call('DescribeRepositories', {}, { region: 'eu-west-1' })).repositories).toEqual([]);
    await call('DeleteRepository', { repositoryName: name });
    expect(await outcome(call('ListImages', { repositoryName: name }))).toBe(notFound);
  });

  test('[ECR-1] pages show every repository once', async () => {
    const { call } = await openEcr();
    for (let index = 0; index < 5; index += 1) await call('CreateRepository', { repositoryName: `app-${index}` });
    const first = await call('DescribeRepositories', { maxResults: 3 });
    const second = await call('DescribeRepositories', { maxResults: 3, nextToken: first.nextToken });
    const names = [...(first.repositories ?? []), ...(second.repositories ?? [])].map((each) => each.repositoryName);
    expect(names).toEqual(['app-0', 'app-1', 'app-2', 'app-3', 'app-4']);
    expect(second.nextToken).toBeUndefined();
    expect(await outcome(call('DescribeRepositories', { nextToken: 'x' }))).toMatch(/^InvalidParameterException/);
  });

  test('[ECR-2] what would not be true is not accepted', async () => {
    const { call } = await openEcr();
    const refused = (more: object) => outcome(call('CreateRepository', { repositoryName: name, ...more }));
    expect(await refused({ imageScanningConfiguration: { scanOnPush: true } })).toMatch(/not implemented by Longshore/);
    expect(await refused({ encryptionConfiguration: { encryptionType: 'KMS' } })).toMatch(
      /not implemented by Longshore/,
    );
    expect(await refused({ imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION' })).toMatch(/^InvalidParameterException/);
    expect(await refused({ tags: [{ Key: 'aws:x', Value: '' }] })).toMatch(/^InvalidTagParameterException/);
    expect(await outcome(call('DescribeRepositories', { repositoryNames: [name] }))).toBe(notFound);
  });

  test('[ECR-1] one with images is deleted only by force, and what it held is not in its successor', async () => {
    const ecr = await openEcr();
    const { call } = ecr;
    await call('CreateRepository', { repositoryName: name });
    const digest = await pushImage(ecr, name, 'a', 'v1');
    expect(await outcome(call('DeleteRepository', { repositoryName: name }))).toBe(
      `RepositoryNotEmptyException: The repository with name '${name}' in registry with id '${account}' cannot be deleted because it still contains images`,
    );
    await call('DeleteRepository', { repositoryName: name, force: true });
    await call('CreateRepository', { repositoryName: name });
    expect((await call('ListImages', { repositoryName: name })).imageIds).toEqual([]);
    const { layers } = await call('BatchCheckLayerAvailability', {
      repositoryName: name,
      layerDigests: [sha256('layer a')],
    });
    expect(layers).toEqual([{ layerDigest: sha256('layer a'), layerAvailability: 'UNAVAILABLE' }]);
    expect(await pushImage(ecr, name, 'a', 'v1')).toBe(digest);
  });

  test('[ECR-9] another account has no way in without a policy that lets it', async () => {
    const asked: string[] = [];
    const ecr = await openEcr({
      foreignAccess: {
        refusal: ({ action, resourcePolicy }) => {
          asked.push(`${action} ${resourcePolicy}`);
          return action === 'ecr:ListImages' ? undefined : 'no';
        },
      },
    });
    const { call } = ecr;
    await call('CreateRepository', { repositoryName: name });
    const caller = { account: '999999999999', accessKeyId: 'x', arn: 'arn:aws:iam::999999999999:root' };
    const list = () => call('ListImages', { repositoryName: name, registryId: account }, { caller });
    expect(await outcome(list())).toMatch(
      /^AccessDeniedException: User: arn:aws:iam::999999999999:root is not authorized to perform: ecr:ListImages/,
    );
    const policyText = '{"Statement":[]}';
    await call('SetRepositoryPolicy', { repositoryName: name, policyText });
    expect(await outcome(list())).toBe('fine');
    expect(asked).toEqual([`ecr:ListImages ${policyText}`]);
    const remove = call('DeleteRepository', { repositoryName: name, registryId: account, force: true }, { caller });
    expect(await outcome(remove)).toBe('AccessDeniedException: no');
  });

  test('[ECR-10] policies and tags are kept as they were given', async () => {
    const { call } = await openEcr();
    await call('CreateRepository', { repositoryName: name });
    const at = { repositoryName: name };
    expect(await outcome(call('GetRepositoryPolicy', at))).toBe(
      `RepositoryPolicyNotFoundException: Repository policy does not exist for the repository with name '${name}' in the registry with id '${account}'`,
    );
    expect(await outcome(call('SetRepositoryPolicy', { ...at, policyText: '{}' }))).toMatch(
      /^InvalidParameterException/,
    );
    await call('SetRepositoryPolicy', { ...at, policyText: '{ "Statement":[] }' });
    expect((await call('GetRepositoryPolicy', at)).policyText).toBe('{ "Statement":[] }');
    expect((await call('DeleteRepositoryPolicy', at)).policyText).toBe('{ "Statement":[] }');
    expect(await outcome(call('DeleteRepositoryPolicy', at))).toMatch(/^RepositoryPolicyNotFoundException/);
    const resourceArn = `arn:aws:ecr:us-east-1:${account}:repository/${name}`;
    await call('TagResource', {
      resourceArn,
      tags: [
        { Key: 'a', Value: '1' },
        { Key: 'b', Value: '2' },
      ],
    });
    await call('UntagResource', { resourceArn, tagKeys: ['a'] });
    expect((await call('ListTagsForResource', { resourceArn })).tags).toEqual([{ Key: 'b', Value: '2' }]);
  });

  test('[ECR-9] every operation asks for its own action, on the repository with its policy and tags', async () => {
    const { call, core, service } = await openEcr();
    expect(Object.keys(service.authorization ?? {}).sort()).toEqual(Object.keys(service.handlers).sort());
    await call('CreateRepository', { repositoryName: name, tags: [{ Key: 'Team', Value: 'web' }] });
    await call('SetRepositoryPolicy', { repositoryName: name, policyText: '{"Statement":[]}' });
    const arn = `arn:aws:ecr:us-east-1:${account}:repository/${name}`;
    const input = {
      repositoryName: name,
      repositoryNames: [name],
      resourceArn: arn,
      tags: [{ Key: 'K', Value: 'V' }],
      tagKeys: ['K'],
    };
    const context = { account, region: 'us-east-1', caller: root };
    for (const [operation, questions] of Object.entries(ecrAuthorization(core))) {
      const [question] = questions(input as never, context as never);
      expect(question?.action).toBe(`ecr:${operation}`);
      if (question?.resource === '*') continue;
      expect(question).toMatchObject({ resource: arn, resourcePolicy: '{"Statement":[]}' });
      expect(question?.context?.get('ecr:resourcetag/team')).toEqual(['web']);
    }
    const create = ecrAuthorization(core)['CreateRepository']?.(input as never, context as never);
    expect(create?.map(({ action }) => action)).toEqual(['ecr:CreateRepository', 'ecr:TagResource']);
    expect(create?.[0]?.context?.get('aws:requesttag/k')).toEqual(['V']);
  });
});

describe('images', () => {
  test('[ECR-4] an image is there by tag and by digest, as it was pushed', async () => {
    const ecr = await openEcr();
    const { call } = ecr;
    await call('CreateRepository', { repositoryName: name });
    const digest = await pushImage(ecr, name, 'a', 'v1');
    const { images, failures } = await call('BatchGetImage', {
      repositoryName: name,
      imageIds: [
        { imageTag: 'v1' },
        { imageDigest: digest },
        { imageTag: 'nope' },
        {},
        { imageTag: 'v1', imageDigest: sha256('x') },
      ],
    });
    expect(images?.map(({ imageId }) => imageId)).toEqual([
      { imageDigest: digest, imageTag: 'v1' },
      { imageDigest: digest },
    ]);
    expect(sha256(images?.[0]?.imageManifest ?? '')).toBe(digest);
    expect(failures?.map(({ failureCode }) => failureCode)).toEqual([
      'ImageNotFound',
      'MissingDigestAndTag',
      'ImageTagDoesNotMatchDigest',
    ]);
    const { imageDetails } = await call('DescribeImages', { repositoryName: name, imageIds: [{ imageTag: 'v1' }] });
    expect(imageDetails).toMatchObject([
      { imageDigest: digest, imageTags: ['v1'], imageSizeInBytes: '{"name":"a"}layer a'.length },
    ]);
    expect(await outcome(call('DescribeImages', { repositoryName: name, imageIds: [{ imageTag: 'nope' }] }))).toBe(
      `ImageNotFoundException: The image with imageId {imageDigest:'null', imageTag:'nope'} does not exist within the repository with name '${name}' in the registry with id '${account}'`,
    );
  });

  test('[ECR-4] what an image names must be in its repository, with the size it says', async () => {
    const ecr = await openEcr();
    const { call } = ecr;
    await call('CreateRepository', { repositoryName: name });
    await call('CreateRepository', { repositoryName: 'other' });
    const config = Buffer.from('{}x');
    const layer = Buffer.from('layer');
    await pushLayer(ecr, name, config);
    await pushLayer(ecr, 'other', layer);
    const put = (imageManifest: string, more: object = {}) =>
      outcome(call('PutImage', { repositoryName: name, imageManifest, ...more }));
    expect(await put(manifestOf(config, [layer]))).toBe(
      `LayersNotFoundException: Layers with digests '[${sha256(layer)}]' required for pushing image into repository with name '${name}' in the registry with id '${account}' do not exist`,
    );
    await pushLayer(ecr, name, layer);
    expect(await put(manifestOf(config, [layer]).replace('"size":5', '"size":4'))).toMatch(
      /has 5 bytes, but the manifest says 4/,
    );
    expect(await put(manifestOf(config, [layer]), { imageDigest: sha256('x') })).toMatch(
      /^ImageDigestDoesNotMatchException/,
    );
    expect(await put(manifestOf(config, [layer]), { imageTag: '../x' })).toMatch(/^InvalidParameterException/);
    expect((await call('ListImages', { repositoryName: name })).imageIds).toEqual([]);
    expect(await put(manifestOf(config, [layer]), { imageTag: 'v1' })).toBe('fine');
    expect(await put(manifestOf(config, [layer]), { imageTag: 'v1' })).toMatch(
      /^ImageAlreadyExistsException: Image with digest '.*' and tag 'v1' already exists/,
    );
    expect(await put(manifestOf(config, [layer]), { imageTag: 'v2' })).toBe('fine');
  });

  test('[ECR-5] an index needs the images it names, and keeps them', async () => {
    const ecr = await openEcr();
    const { call } = ecr;
    await call('CreateRepository', { repositoryName: name });
    const digest = await pushImage(ecr, name, 'amd64');
    const { images } = await call('BatchGetImage', { repositoryName: name, imageIds: [{ imageDigest: digest }] });
    const size = images?.[0]?.imageManifest?.length;
    const mediaType = 'application/vnd.oci.image.index.v1+json';
    const index = (of: string) =>
      JSON.stringify({
        schemaVersion: 2,
        mediaType,
        manifests: [{ mediaType: 'application/vnd.docker.distribution.manifest.v2+json', size, digest: of }],
      });
    expect(await outcome(call('PutImage', { repositoryName: name, imageManifest: index(sha256('x')) }))).toMatch(
      /^ReferencedImagesNotFoundException/,
    );
    await call('PutImage', { repositoryName: name, imageManifest: index(digest), imageTag: 'multi' });
    const kept = await call('BatchDeleteImage', { repositoryName: name, imageIds: [{ imageDigest: digest }] });
    expect(kept.failures).toMatchObject([{ failureCode: 'ImageReferencedByManifestList' }]);
    const all = await call('BatchDeleteImage', {
      repositoryName: name,
      imageIds: [{ imageDigest: digest }, { imageTag: 'multi' }],
    });
    expect(all.failures).toEqual([]);
    expect(all.imageIds).toHaveLength(2);
  });

  test('[ECR-6] a tag moves unless it is immutable', async () => {
    const ecr = await openEcr();
    const { call } = ecr;
    await call('CreateRepository', { repositoryName: name });
    const first = await pushImage(ecr, name, 'a', 'latest');
    const second = await pushImage(ecr, name, 'b', 'latest');
    const { imageIds } = await call('ListImages', { repositoryName: name });
    expect(imageIds).toEqual([{ imageDigest: second, imageTag: 'latest' }, { imageDigest: first }]);
    expect((await call('ListImages', { repositoryName: name, filter: { tagStatus: 'UNTAGGED' } })).imageIds).toEqual([
      { imageDigest: first },
    ]);
    await call('PutImageTagMutability', { repositoryName: name, imageTagMutability: 'IMMUTABLE' });
    expect(await outcome(pushImage(ecr, name, 'c', 'latest'))).toMatch(
      /^ImageTagAlreadyExistsException: The image tag 'latest' already exists in the 'my-app' repository and cannot be overwritten/,
    );
    await call('PutImageTagMutability', {
      repositoryName: name,
      imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
      imageTagMutabilityExclusionFilters: [{ filterType: 'WILDCARD', filter: 'dev-*' }],
    });
    await pushImage(ecr, name, 'a', 'dev-1');
    expect(
      await outcome(
        call('PutImage', {
          repositoryName: name,
          imageManifest: manifestOf(Buffer.from('{"name":"c"}'), [Buffer.from('layer c')]),
          imageTag: 'dev-1',
        }),
      ),
    ).toBe('fine');
  });

  test('[ECR-6] with its last tag an image goes, before that only the tag', async () => {
    const ecr = await openEcr();
    const { call } = ecr;
    await call('CreateRepository', { repositoryName: name });
    const digest = await pushImage(ecr, name, 'a', 'v1');
    const { images } = await call('BatchGetImage', { repositoryName: name, imageIds: [{ imageTag: 'v1' }] });
    const imageManifest = images?.[0]?.imageManifest ?? '';
    for (let tag = 2; tag <= 130; tag += 1)
      await call('PutImage', { repositoryName: name, imageManifest, imageTag: `v${tag}` });
    const one = await call('BatchDeleteImage', { repositoryName: name, imageIds: [{ imageTag: 'v1' }] });
    expect(one.imageIds).toEqual([{ imageDigest: digest, imageTag: 'v1' }]);
    const rest = await call('BatchDeleteImage', { repositoryName: name, imageIds: [{ imageDigest: digest }] });
    expect(rest.imageIds).toHaveLength(129);
    expect((await call('DescribeImages', { repositoryName: name })).imageDetails).toEqual([]);
    const again = await call('BatchDeleteImage', { repositoryName: name, imageIds: [{ imageDigest: digest }] });
    expect(again.failures).toMatchObject([
      { failureCode: 'ImageNotFound', failureReason: 'Requested image not found' },
    ]);
  });

  test('[ECR-4] pages of a list show every tag and every untagged image once', async () => {
    const ecr = await openEcr();
    const { call } = ecr;
    await call('CreateRepository', { repositoryName: name });
    for (const each of ['a', 'b', 'c']) await pushImage(ecr, name, each, each);
    for (const each of ['d', 'e']) await pushImage(ecr, name, each);
    const seen: string[] = [];
    let nextToken: string | undefined;
    do {
      const page = await call('ListImages', { repositoryName: name, maxResults: 2, nextToken });
      expect(page.imageIds?.length).toBeLessThanOrEqual(2);
      seen.push(...(page.imageIds ?? []).map(({ imageTag = 'untagged' }) => imageTag));
      ({ nextToken } = page);
    } while (nextToken !== undefined);
    expect(seen).toEqual(['a', 'b', 'c', 'untagged', 'untagged']);
  });

  test('[ECR-11] there are no scans, and nobody is told so', async () => {
    const ecr = await openEcr();
    const { call } = ecr;
    await call('CreateRepository', { repositoryName: name });
    await pushImage(ecr, name, 'a', 'v1');
    const of = { repositoryName: name, imageId: { imageTag: 'v1' } };
    expect(await outcome(call('DescribeImageScanFindings', of))).toMatch(
      /^ScanNotFoundException: Image scan does not exist/,
    );
    expect(await outcome(call('StartImageScan', of))).toMatch(/not implemented by Longshore/);
    expect(await outcome(call('StartImageScan', { ...of, imageId: { imageTag: 'no' } }))).toMatch(
      /^ImageNotFoundException/,
    );
  });
});

describe('layers', () => {
  test('[ECR-3] an upload is consecutive, and a layer only when its digest is right', async () => {
    const { call } = await openEcr();
    await call('CreateRepository', { repositoryName: name });
    const { uploadId = '', partSize = 0 } = await call('InitiateLayerUpload', { repositoryName: name });
    const part = (first: number, bytes: Uint8Array) =>
      call('UploadLayerPart', {
        repositoryName: name,
        uploadId,
        partFirstByte: first,
        partLastByte: first + bytes.length - 1,
        layerPartBlob: bytes,
      });
    expect(
      await outcome(call('CompleteLayerUpload', { repositoryName: name, uploadId, layerDigests: [sha256('')] })),
    ).toMatch(/^EmptyUploadException/);
    expect(await outcome(part(5, Buffer.from('x')))).toMatch(/^InvalidLayerPartException/);
    const large = Buffer.alloc(partSize, 'a');
    expect((await part(0, large)).lastByteReceived).toBe(partSize - 1);
    await part(partSize, Buffer.from('end'));
    const whole = Buffer.concat([large, Buffer.from('end')]);
    const complete = (digest: string) =>
      call('CompleteLayerUpload', { repositoryName: name, uploadId, layerDigests: [digest] });
    expect(await outcome(complete(sha256('other')))).toMatch(/^InvalidLayerException/);
    const check = () =>
      call('BatchCheckLayerAvailability', { repositoryName: name, layerDigests: [sha256(whole), 'sha256:x'] });
    expect((await check()).layers).toMatchObject([{ layerAvailability: 'UNAVAILABLE' }]);
    expect(await outcome(complete(sha256(whole)))).toBe('fine');
    expect((await check()).layers).toMatchObject([{ layerAvailability: 'AVAILABLE', layerSize: whole.length }]);
    expect((await check()).failures).toMatchObject([{ failureCode: 'InvalidLayerDigest' }]);
    expect(await outcome(complete(sha256(whole)))).toMatch(/^UploadNotFoundException/);
    expect(await outcome(call('GetDownloadUrlForLayer', { repositoryName: name, layerDigest: sha256('x') }))).toMatch(
      /^LayerInaccessibleException/,
    );
  });

  test('[ECR-3] a part that is too small can only be the last', async () => {
    const { call } = await openEcr();
    await call('CreateRepository', { repositoryName: name });
    const { uploadId = '' } = await call('InitiateLayerUpload', { repositoryName: name });
    const part = (first: number) =>
      outcome(
        call('UploadLayerPart', {
          repositoryName: name,
          uploadId,
          partFirstByte: first,
          partLastByte: first,
          layerPartBlob: Buffer.from('x'),
        }),
      );
    expect(await part(0)).toBe('fine');
    expect(await part(1)).toMatch(/^LayerPartTooSmallException/);
  });

  test('[ECR-3] an upload of another repository, or one that took too long, is none', async () => {
    const { call, clock } = await openEcr();
    for (const each of [name, 'other']) await call('CreateRepository', { repositoryName: each });
    const { uploadId = '' } = await call('InitiateLayerUpload', { repositoryName: name });
    const part = (repositoryName: string) =>
      outcome(
        call('UploadLayerPart', {
          repositoryName,
          uploadId,
          partFirstByte: 0,
          partLastByte: 0,
          layerPartBlob: Buffer.from('x'),
        }),
      );
    expect(await part('other')).toMatch(/^UploadNotFoundException/);
    await clock.advance(24 * 60 * 60_000);
    expect(await part(name)).toMatch(/^UploadNotFoundException/);
  });
});
