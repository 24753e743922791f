import { expect, test } from 'vitest';
import { parsePolicy, PolicySet } from '../policy/index.ts';
import type { Identities } from '../services/iam/index.ts';
import { infrastructureRoles } from './infrastructure-roles.ts';

const account = '123456789012';
const roleArn = `arn:aws:iam::${account}:role/ecsInfrastructureRole`;
const tags = { AmazonECSCreated: `arn:aws:ecs:us-east-1:${account}:task/web/1`, AmazonECSManaged: 'true' };

function trustOf(service: string): string {
  const statement = { Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' };
  return JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
}

function policy(...statements: readonly object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}

function identitiesWith(trust: string, document: string): Identities {
  const set = new PolicySet([{ name: 'p', document: parsePolicy(document, { kind: 'inline' }) }]);
  return {
    role: () => ({ id: 'AROA', trust }),
    ofRole: () => ({ identity: set }),
  } as unknown as Identities;
}

const volume = { Effect: 'Allow', Resource: 'arn:aws:ec2:*:*:volume/*' };
const created = {
  ArnLike: { 'aws:RequestTag/AmazonECSCreated': 'arn:aws:ecs:*:*:task/*' },
  StringEquals: { 'aws:RequestTag/AmazonECSManaged': 'true' },
};
/** As AmazonECSInfrastructureRolePolicyForVolumes: only volumes that are tagged as ECS's. */
const forVolumes = policy(
  { ...volume, Action: 'ec2:CreateVolume', Condition: created },
  { ...volume, Action: 'ec2:CreateVolume', Resource: 'arn:aws:ec2:*:*:snapshot/*' },
  {
    ...volume,
    Action: 'ec2:CreateTags',
    Condition: { ...created, StringLike: { 'ec2:CreateAction': 'CreateVolume' } },
  },
  {
    ...volume,
    Action: 'ec2:AttachVolume',
    Condition: { StringEquals: { 'aws:ResourceTag/AmazonECSManaged': 'true' } },
  },
);
const all = { Effect: 'Allow', Action: 'ec2:*', Resource: '*' };
const ecs = trustOf('ecs.amazonaws.com');

test.each<[string, string, string, string | undefined, boolean]>([
  ['the rights of the managed policy are enough', ecs, forVolumes, undefined, true],
  ['also for a snapshot', ecs, forVolumes, 'snap-1', true],
  ['one that tasks may assume', trustOf('ecs-tasks.amazonaws.com'), forVolumes, undefined, false],
  ['one without rights', ecs, policy({ ...all, Action: 's3:*' }), undefined, false],
  ['one that may do everything', ecs, policy(all), 'snap-1', true],
  ['one that may not use the snapshot', ecs, policy({ ...all, Resource: 'arn:aws:ec2:*:*:volume/*' }), 'snap-1', false],
  [
    'one that may not tag',
    ecs,
    policy(all, { Effect: 'Deny', Action: 'ec2:CreateTags', Resource: '*' }),
    undefined,
    false,
  ],
  [
    'one that may not attach',
    ecs,
    policy(all, { Effect: 'Deny', Action: 'ec2:AttachVolume', Resource: '*' }),
    undefined,
    false,
  ],
])('[EBS-6] %s', (_name, trust, document, snapshotId, may) => {
  const refusal = infrastructureRoles(identitiesWith(trust, document)).volumeRefusal({
    scope: { account, region: 'us-east-1' },
    roleArn,
    tags,
    ...(snapshotId === undefined ? {} : { snapshotId }),
  });
  expect(refusal).toBe(
    may
      ? undefined
      : `ECS was unable to assume the configured ECS Infrastructure Role '${roleArn}'. Please verify that the role being passed has the proper trust relationship with Amazon ECS`,
  );
});

test('[EBS-6] a role of another account, or none, is not assumed', () => {
  const scope = { account, region: 'us-east-1' };
  const roles = infrastructureRoles(identitiesWith(ecs, policy(all)));
  expect(roles.volumeRefusal({ scope, roleArn: 'arn:aws:iam::999999999999:role/x', tags })).toContain(
    'unable to assume',
  );
  const none = infrastructureRoles({ role: () => undefined, ofRole: () => undefined } as unknown as Identities);
  expect(none.volumeRefusal({ scope, roleArn, tags })).toContain('unable to assume');
});
