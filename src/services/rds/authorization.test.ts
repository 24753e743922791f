import { expect, test } from 'vitest';
import { allows, questionsOf, written } from '../../testkit/index.ts';
import { openRds } from './contract/opened-rds.ts';

const of = 'arn:aws:rds:us-east-1:123456789012:';
const db = `${of}db:shop aws:ResourceTag/team=web`;
const group = `${of}subgrp:private aws:ResourceTag/team=data`;
const DBInstanceIdentifier = 'Shop';
const DBSubnetGroupName = 'Private';
const Tags = [{ Key: 'stage', Value: 'test' }];
const keys = [
  'rds:DatabaseClass',
  'rds:DatabaseEngine',
  'rds:ManageMasterUserPassword',
  'aws:RequestTag/stage',
  'aws:TagKeys',
  'aws:ResourceTag/team',
];

async function opened() {
  const { call, create, service } = await openRds();
  const team = (Value: string) => [{ Key: 'team', Value }];
  await call('CreateDBSubnetGroup', {
    DBSubnetGroupName,
    DBSubnetGroupDescription: 'd',
    SubnetIds: ['subnet-a', 'subnet-b'],
    Tags: team('data'),
  });
  await create({ Tags: team('web') });
  return service.definition;
}

const onInstance = ['DeleteDBInstance', 'DescribeDBInstances', 'RebootDBInstance', 'StartDBInstance', 'StopDBInstance'];
const made = `${of}db:new rds:DatabaseClass=db.t3.micro rds:DatabaseEngine=postgres`;
const newInstance = { DBInstanceIdentifier: 'new', DBInstanceClass: 'db.t3.micro', Engine: 'postgres' };

const table: readonly (readonly [string, object, readonly string[]])[] = [
  ...onInstance.map((name) => [name, { DBInstanceIdentifier }, [`rds:${name} ${db}`]] as const),
  ...['DeleteDBSubnetGroup', 'DescribeDBSubnetGroups', 'ModifyDBSubnetGroup'].map(
    (name) => [name, { DBSubnetGroupName }, [`rds:${name} ${group}`]] as const,
  ),
  ['DescribeDBInstances', {}, [`rds:DescribeDBInstances ${of}db:*`]],
  ['DescribeDBInstances', { DBInstanceIdentifier: `${of}db:shop` }, [`rds:DescribeDBInstances ${db}`]],
  ['DescribeDBSubnetGroups', {}, [`rds:DescribeDBSubnetGroups ${of}subgrp:*`]],
  ['DescribeDBEngineVersions', {}, ['rds:DescribeDBEngineVersions *']],
  ['DescribeOrderableDBInstanceOptions', { Engine: 'postgres' }, ['rds:DescribeOrderableDBInstanceOptions *']],
  [
    'CreateDBInstance',
    { ...newInstance, DBSubnetGroupName },
    [`rds:CreateDBInstance ${made} rds:ManageMasterUserPassword=false`, `rds:CreateDBInstance ${group}`],
  ],
  [
    'CreateDBInstance',
    { ...newInstance, ManageMasterUserPassword: true, Tags },
    [
      `rds:CreateDBInstance ${made} rds:ManageMasterUserPassword=true aws:RequestTag/stage=test aws:TagKeys=stage`,
      `rds:CreateDBInstance ${of}subgrp:default`,
      `rds:AddTagsToResource ${of}db:new aws:RequestTag/stage=test aws:TagKeys=stage`,
      'secretsmanager:CreateSecret arn:aws:secretsmanager:us-east-1:123456789012:secret:rds!db-*',
    ],
  ],
  [
    'CreateDBSubnetGroup',
    { DBSubnetGroupName: 'new', DBSubnetGroupDescription: 'd', SubnetIds: [], Tags },
    [
      `rds:CreateDBSubnetGroup ${of}subgrp:new aws:RequestTag/stage=test aws:TagKeys=stage`,
      `rds:AddTagsToResource ${of}subgrp:new aws:RequestTag/stage=test aws:TagKeys=stage`,
    ],
  ],
  ['ModifyDBInstance', { DBInstanceIdentifier }, [`rds:ModifyDBInstance ${db}`]],
  [
    'ModifyDBInstance',
    { DBInstanceIdentifier, ManageMasterUserPassword: true },
    [
      `rds:ModifyDBInstance ${of}db:shop rds:ManageMasterUserPassword=true aws:ResourceTag/team=web`,
      'secretsmanager:CreateSecret arn:aws:secretsmanager:us-east-1:123456789012:secret:rds!db-*',
    ],
  ],
  [
    'AddTagsToResource',
    { ResourceName: `${of}db:shop`, Tags },
    [`rds:AddTagsToResource ${of}db:shop aws:RequestTag/stage=test aws:TagKeys=stage aws:ResourceTag/team=web`],
  ],
  [
    'RemoveTagsFromResource',
    { ResourceName: `${of}subgrp:private`, TagKeys: ['stage'] },
    [`rds:RemoveTagsFromResource ${of}subgrp:private aws:TagKeys=stage aws:ResourceTag/team=data`],
  ],
  ['ListTagsForResource', { ResourceName: `${of}db:shop` }, [`rds:ListTagsForResource ${db}`]],
];

test('[AUT-1] every operation of RDS says what it asks, and no other', async () => {
  const { handlers, authorization } = await opened();
  const handled = Object.keys(handlers).sort();
  expect(Object.keys(authorization ?? {}).sort()).toEqual(handled);
  expect([...new Set(table.map(([name]) => name))].sort()).toEqual(handled);
});

test.each(table)('[AUT-2] %s asks (%j)', async (name, input, expected) => {
  const questions = questionsOf(await opened(), name, input);
  expect(questions.map((question) => written(question, keys))).toEqual(expected);
});

test.each([
  ['db.t3.micro', true],
  ['db.m5.large', false],
])('[AUT-10] small classes only: %s', async (DBInstanceClass, expected) => {
  const Statement = [
    { Effect: 'Allow', Action: 'rds:CreateDBInstance', Resource: `${of}subgrp:*` },
    {
      Effect: 'Allow',
      Action: 'rds:CreateDBInstance',
      Resource: `${of}db:*`,
      Condition: { StringLike: { 'rds:DatabaseClass': 'db.t3.*' } },
    },
  ];
  const questions = questionsOf(await opened(), 'CreateDBInstance', { ...newInstance, DBInstanceClass });
  expect(allows({ Version: '2012-10-17', Statement }, questions)).toBe(expected);
});
