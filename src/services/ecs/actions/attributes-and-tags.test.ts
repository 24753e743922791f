import { describe, expect, test } from 'vitest';
import { aTask, openEcs, outcome, scope } from '../contract/opened-ecs.ts';
import type { OpenedEcs } from '../contract/opened-ecs.ts';
import { containerInstanceKey, containerInstances } from '../records/container-instance.ts';
import type { ContainerInstanceRecord } from '../records/container-instance.ts';
import { taskKey, tasks } from '../records/task.ts';

const id = '0123456789abcdef0123456789abcdef';
const none = { cpuUnits: 0, memoryMiB: 0, tcpPorts: [], udpPorts: [] };

function instance(patch: Partial<ContainerInstanceRecord> = {}): ContainerInstanceRecord {
  return {
    ...scope,
    cluster: 'web',
    id,
    launchType: 'EC2',
    status: 'ACTIVE',
    registered: none,
    attributes: [{ name: 'ecs.os-type', value: 'linux' }],
    registeredAtMs: 1,
    version: 1,
    sequenceFloor: 0,
    tags: [],
    ...patch,
  };
}

async function withInstances(...rows: readonly ContainerInstanceRecord[]): Promise<OpenedEcs> {
  const ecs = await openEcs();
  await ecs.call('CreateCluster', { clusterName: 'web' });
  for (const row of rows)
    await ecs.db.transact((tx) => tx.create(containerInstances, containerInstanceKey(scope, row.cluster, row.id), row));
  return ecs;
}

const arnOf = (which: string) => `arn:aws:ecs:us-east-1:123456789012:container-instance/web/${which}`;

describe('attributes', () => {
  test('[AT-1] are put by id or ARN, replace those of their name, and change the version', async () => {
    const ecs = await withInstances(instance());
    const put = await ecs.call('PutAttributes', {
      cluster: 'web',
      attributes: [
        { name: 'rack', value: '1', targetType: 'container-instance', targetId: id },
        { name: 'ssd', targetId: arnOf(id) },
      ],
    });
    expect(put.attributes).toEqual([
      { name: 'rack', value: '1', targetType: 'container-instance', targetId: arnOf(id) },
      { name: 'ssd', targetType: 'container-instance', targetId: arnOf(id) },
    ]);
    await ecs.call('PutAttributes', { cluster: 'web', attributes: [{ name: 'rack', value: '2', targetId: id }] });
    expect(ecs.db.get(containerInstances, containerInstanceKey(scope, 'web', id))?.row).toMatchObject({
      version: 3,
      attributes: [{ name: 'ecs.os-type', value: 'linux' }, { name: 'rack', value: '2' }, { name: 'ssd' }],
    });
    await ecs.call('DeleteAttributes', { cluster: 'web', attributes: [{ name: 'rack', targetId: id }] });
    expect(
      (await ecs.call('ListAttributes', { cluster: 'web', targetType: 'container-instance' })).attributes?.map(
        ({ name }) => name,
      ),
    ).toEqual(['ecs.os-type', 'ssd']);
  });

  test.each([
    [{ name: 'a b', targetId: id }, /^InvalidParameterException: Invalid attribute name 'a b'/],
    [{ name: 'a', value: ' x', targetId: id }, /^InvalidParameterException: Invalid attribute value ' x'/],
    [
      { name: 'ecs.os-type', value: 'windows', targetId: id },
      /^InvalidParameterException: Attribute name 'ecs.os-type' is reserved/,
    ],
    [{ name: 'a' }, /^InvalidParameterException: targetId cannot be null or empty/],
    [{ name: 'a', targetId: 'f'.repeat(32) }, /^TargetNotFoundException: /],
    [{ name: 'a', targetId: 'x' }, /^TargetNotFoundException: /],
    [
      { name: 'a', targetId: `arn:aws:ecs:us-east-1:123456789012:container-instance/other/${id}` },
      /^InvalidParameterException: Invalid identifier: Identifier is for cluster other. Your cluster is web/,
    ],
  ])('[AT-2] refuses %j', async (attribute, want) => {
    const ecs = await withInstances(instance());
    expect(await outcome(ecs.call('PutAttributes', { cluster: 'web', attributes: [attribute] }))).toMatch(want);
  });

  test('[AT-2] at most ten custom ones on an instance and ten in a call, all or none', async () => {
    const ecs = await withInstances(instance());
    const attributes = Array.from({ length: 10 }, (_, i) => ({ name: `a${i}`, targetId: id }));
    await ecs.call('PutAttributes', { cluster: 'web', attributes });
    const more = ecs.call('PutAttributes', {
      cluster: 'web',
      attributes: [
        { name: 'a0', value: 'new', targetId: id },
        { name: 'b', targetId: id },
      ],
    });
    expect(await outcome(more)).toBe(
      'AttributeLimitExceededException: You can apply up to 10 custom attributes for each resource.',
    );
    const { attributes: kept } = await ecs.call('ListAttributes', {
      cluster: 'web',
      targetType: 'container-instance',
      attributeName: 'a0',
    });
    expect(kept).toEqual([{ name: 'a0', targetType: 'container-instance', targetId: arnOf(id) }]);
    expect(
      await outcome(
        ecs.call('PutAttributes', { cluster: 'web', attributes: [...attributes, ...attributes.slice(0, 1)] }),
      ),
    ).toMatch(/at most 10 items/);
    expect(await outcome(ecs.call('PutAttributes', { cluster: 'nope', attributes }))).toBe(
      'ClusterNotFoundException: Cluster not found.',
    );
  });

  test('[AT-2] not on an instance that left the cluster', async () => {
    const ecs = await withInstances(instance({ status: 'INACTIVE' }));
    const put = ecs.call('PutAttributes', { cluster: 'web', attributes: [{ name: 'a', targetId: id }] });
    expect(await outcome(put)).toBe(`TargetNotFoundException: The specified target was not found: ${id}`);
  });

  test('[AT-3] are listed by name and value, page by page, each once', async () => {
    const ids = Array.from({ length: 5 }, (_, i) => String(i).repeat(32));
    const ecs = await withInstances(
      ...ids.map((each, i) =>
        instance({ id: each, attributes: [{ name: 'rack', value: String(i % 2) }, { name: 'ssd' }] }),
      ),
    );
    const listed = async (input: object, maxResults: number) => {
      const found: string[] = [];
      let nextToken: string | undefined;
      do {
        const page = await ecs.call('ListAttributes', {
          cluster: 'web',
          targetType: 'container-instance',
          maxResults,
          nextToken,
          ...input,
        });
        expect(page.attributes?.length).toBeLessThanOrEqual(maxResults);
        found.push(...(page.attributes ?? []).map(({ name, targetId }) => `${name}@${targetId?.at(-1)}`));
        nextToken = page.nextToken;
      } while (nextToken !== undefined);
      return found;
    };
    for (const size of [1, 2, 3, 100]) {
      expect(await listed({}, size)).toEqual(ids.flatMap((each) => [`rack@${each[0]}`, `ssd@${each[0]}`]));
      expect(await listed({ attributeName: 'rack', attributeValue: '1' }, size)).toEqual(['rack@1', 'rack@3']);
      expect(await listed({ attributeName: 'nope' }, size)).toEqual([]);
    }
    expect(
      await outcome(
        ecs.call('ListAttributes', { cluster: 'web', targetType: 'container-instance', attributeValue: '1' }),
      ),
    ).toMatch(/attributeName must be specified/);
  });
});

describe('tags', () => {
  test.each([['cluster/web'], ['task-definition/fam:1'], [`task/web/${id}`], [`container-instance/web/${id}`]])(
    '[TG-1] of %s are added, replaced, listed and removed',
    async (resource) => {
      const ecs = await withInstances(instance());
      await ecs.call('RegisterTaskDefinition', {
        family: 'fam',
        containerDefinitions: [{ name: 'a', image: 'b', memory: 8 }],
      });
      await ecs.db.transact((tx) => tx.create(tasks, taskKey(scope, 'web', id), aTask()));
      const resourceArn = `arn:aws:ecs:us-east-1:123456789012:${resource}`;
      await ecs.call('TagResource', { resourceArn, tags: [{ key: 'a', value: '1' }, { key: 'b' }] });
      await ecs.call('TagResource', { resourceArn, tags: [{ key: 'a', value: '2' }] });
      expect((await ecs.call('ListTagsForResource', { resourceArn })).tags).toEqual([
        { key: 'a', value: '2' },
        { key: 'b', value: '' },
      ]);
      await ecs.call('UntagResource', { resourceArn, tagKeys: ['a', 'nope'] });
      expect((await ecs.call('ListTagsForResource', { resourceArn })).tags).toEqual([{ key: 'b', value: '' }]);
    },
  );

  test.each([
    ['web', 'InvalidParameterException: Invalid ARN: web'],
    ['arn:aws:ecs:eu-west-1:123456789012:cluster/web', 'InvalidParameterException: Invalid Region in ARN'],
    ['arn:aws:ecs:us-east-1:123456789012:cluster/nope', 'ClusterNotFoundException: Cluster not found.'],
    [
      `arn:aws:ecs:us-east-1:123456789012:task/${id}`,
      'InvalidParameterException: Long arn format must be used for tagging operations',
    ],
    [
      `arn:aws:ecs:us-east-1:123456789012:container-instance/${id}`,
      'InvalidParameterException: Long arn format must be used for tagging operations',
    ],
    [
      `arn:aws:ecs:us-east-1:123456789012:task/web/${id}`,
      'InvalidParameterException: The specified task was not found. Specify a valid task and try again.',
    ],
    [
      'arn:aws:ecs:us-east-1:123456789012:task-definition/fam:9',
      'InvalidParameterException: The specified task definition does not exist. Specify a valid account, family, revision and try again.',
    ],
    [
      'arn:aws:ecs:us-east-1:123456789012:constructor/x',
      "InvalidParameterException: Resource type 'constructor' cannot be tagged",
    ],
    [
      'arn:aws:ecs:us-east-1:123456789012:service/web/x',
      'InvalidParameterException: The specified service was not found. Specify a valid service and try again.',
    ],
    [
      'arn:aws:ecs:us-east-1:123456789012:task-set/web/x/1',
      'UnsupportedFeatureException: Tagging a resource of type task-set is not implemented by Longshore',
    ],
  ])('[TG-2] %s', async (resourceArn, want) => {
    const ecs = await withInstances();
    expect(await outcome(ecs.call('TagResource', { resourceArn, tags: [{ key: 'a' }] }))).toBe(want);
    expect(await outcome(ecs.call('ListTagsForResource', { resourceArn }))).toBe(want);
  });

  test('[TG-2] not of a deleted cluster', async () => {
    const ecs = await withInstances();
    await ecs.call('DeleteCluster', { cluster: 'web' });
    const resourceArn = 'arn:aws:ecs:us-east-1:123456789012:cluster/web';
    expect(await outcome(ecs.call('TagResource', { resourceArn, tags: [] }))).toBe(
      'InvalidParameterException: The specified cluster is inactive. Specify an active cluster and try again.',
    );
  });

  const fifty = Array.from({ length: 50 }, (_, i) => ({ key: `k${i}`, value: '' }));

  test.each([
    [[{ key: 'aws:x', value: '' }], /reserved for system use$/],
    [[{ key: 'AWS:x', value: '' }], /reserved for system use$/],
    [[{ value: 'x' }], /Tag key can not be null or empty$/],
    [[{ key: 'k'.repeat(129) }], /Tag key 'k+' is invalid/],
    [[{ key: 'a!' }], /Tag key 'a!' is invalid/],
    [[{ key: 'a', value: 'v'.repeat(257) }], /Value of tag 'a' is invalid/],
    [[{ key: 'a' }, { key: 'a' }], /Duplicate tag keys are not allowed$/],
    [[...fifty, { key: 'one more' }], /The maximum number of tags allowed on a resource is 50$/],
    [fifty, /^ok$/],
    [[{ key: 'ключ: +-=._/@', value: '値' }], /^ok$/],
  ])('[TG-3] rules of tags: case %#', async (tags, want) => {
    const ecs = await withInstances();
    const resourceArn = 'arn:aws:ecs:us-east-1:123456789012:cluster/web';
    expect(await outcome(ecs.call('TagResource', { resourceArn, tags }))).toMatch(want);
  });

  test('[TG-3] fifty are the most, however they came', async () => {
    const ecs = await withInstances();
    const resourceArn = 'arn:aws:ecs:us-east-1:123456789012:cluster/web';
    await ecs.call('TagResource', { resourceArn, tags: fifty });
    await ecs.call('TagResource', { resourceArn, tags: [{ key: 'k0', value: 'changed' }] });
    expect(await outcome(ecs.call('TagResource', { resourceArn, tags: [{ key: 'other' }] }))).toBe(
      'InvalidParameterException: The maximum number of tags allowed on a resource is 50',
    );
  });
});
