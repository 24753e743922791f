import { beforeAll, expect, test } from 'vitest';
import type { Operations } from '../../../protocol/generated/ecs.ts';
import { testContext, testUser } from '../../../testkit/index.ts';
import { root } from '../contract/opened-ecs.ts';
import { presentRows } from '../references.ts';
import {
  arn,
  container,
  id,
  instance,
  openAuthorization,
  role,
  tags,
  type Asks,
  type OpenedAuthorization,
} from './contract/opened-authorization.ts';
import { ecsAuthorization } from './index.ts';

let opened: OpenedAuthorization;

beforeAll(async () => {
  opened = await openAuthorization();
});

type KeyRow = {
  [K in keyof Operations]: readonly [K, Operations[K]['input'], Readonly<Record<string, string>>];
}[keyof Asks];

const subnets = ['subnet-1', 'subnet-2'];
const keyTable: readonly KeyRow[] = [
  [
    'CreateCluster',
    { capacityProviders: ['FARGATE'], tags },
    { 'ecs:capacity-provider': '~capacity-provider/FARGATE', 'aws:RequestTag/Stage': 'test', 'aws:TagKeys': 'stage' },
  ],
  [
    'UpdateCluster',
    { cluster: 'web', configuration: { managedStorageConfiguration: { fargateEphemeralStorageKmsKeyId: 'k' } } },
    { 'ecs:fargate-ephemeral-storage-kms-key': 'k' },
  ],
  ['DescribeClusters', { clusters: ['web'] }, { 'ecs:ResourceTag/owner': 'ann', 'aws:ResourceTag/Owner': 'ann' }],
  [
    'RegisterTaskDefinition',
    {
      family: 'x',
      containerDefinitions: [container, { ...container, name: 'b', privileged: true }],
      cpu: '.5 vCPU',
      memory: '1 GB',
      requiresCompatibilities: ['FARGATE', 'EC2'],
      tags,
    },
    {
      'ecs:task-cpu': '512',
      'ecs:task-memory': '1024',
      'ecs:privileged': 'true',
      'ecs:compute-compatibility': 'FARGATE,EC2',
      'aws:TagKeys': 'stage',
    },
  ],
  ['RegisterTaskDefinition', { family: 'x', containerDefinitions: [container] }, { 'ecs:privileged': 'false' }],
  [
    'RunTask',
    {
      cluster: 'web',
      taskDefinition: 'web',
      enableExecuteCommand: true,
      capacityProviderStrategy: [{ capacityProvider: 'FARGATE' }],
      tags,
    },
    {
      'ecs:cluster': '~cluster/web',
      'ecs:enable-execute-command': 'true',
      'ecs:enable-ebs-volumes': 'false',
      'ecs:capacity-provider': '~capacity-provider/FARGATE',
      'ecs:ResourceTag/team': 'shop',
      'aws:RequestTag/stage': 'test',
    },
  ],
  [
    'StartTask',
    { cluster: 'web', taskDefinition: 'web:1', containerInstances: [instance] },
    {
      'ecs:cluster': '~cluster/web',
      'ecs:container-instances': `~container-instance/web/${instance}`,
      'ecs:enable-ebs-volumes': 'false',
      'ecs:enable-execute-command': 'false',
    },
  ],
  ['StopTask', { cluster: 'web', task: id }, { 'ecs:cluster': '~cluster/web', 'aws:ResourceTag/stage': 'test' }],
  ['ListTasks', { cluster: 'web' }, { 'ecs:cluster': '~cluster/web' }],
  ['ListServices', {}, { 'ecs:cluster': '~cluster/default' }],
  ['ListServicesByNamespace', { namespace: 'n' }, { 'ecs:namespace': 'n' }],
  [
    'CreateService',
    {
      cluster: 'web',
      serviceName: 'shop',
      taskDefinition: 'web',
      networkConfiguration: { awsvpcConfiguration: { subnets } },
      serviceConnectConfiguration: { enabled: true, namespace: 'n' },
      propagateTags: 'SERVICE',
    },
    {
      'ecs:cluster': '~cluster/web',
      'ecs:task-definition': '~task-definition/web:2',
      'ecs:task-cpu': '1024',
      'ecs:task-memory': '2048',
      'ecs:subnet': 'subnet-1,subnet-2',
      'ecs:auto-assign-public-ip': 'false',
      'ecs:enable-service-connect': 'true',
      'ecs:namespace': 'n',
      'ecs:propagate-tags': 'SERVICE',
      'ecs:enable-ecs-managed-tags': 'false',
      'ecs:enable-execute-command': 'false',
      'ecs:enable-ebs-volumes': 'false',
      'ecs:enable-vpc-lattice': 'false',
    },
  ],
  [
    'UpdateService',
    {
      cluster: 'web',
      service: 'shop',
      networkConfiguration: { awsvpcConfiguration: { subnets, assignPublicIp: 'ENABLED' } },
    },
    { 'ecs:cluster': '~cluster/web', 'ecs:auto-assign-public-ip': 'true', 'ecs:subnet': 'subnet-1,subnet-2' },
  ],
  [
    'CreateTaskSet',
    { cluster: 'web', service: 'shop', taskDefinition: 'web:1' },
    {
      'ecs:cluster': '~cluster/web',
      'ecs:service': '~service/web/shop',
      'ecs:task-definition': '~task-definition/web:1',
    },
  ],
  [
    'PutAccountSetting',
    { name: 'containerInsights', value: 'enabled' },
    { 'ecs:account-setting': 'containerInsights' },
  ],
  ['UntagResource', { resourceArn: `${arn}cluster/web`, tagKeys: ['a', 'b'] }, { 'aws:TagKeys': 'a,b' }],
];

const everyKey = [...new Set(keyTable.flatMap(([, , keys]) => Object.keys(keys)))];

test.each(keyTable)('[AUT-3] the condition keys of %s (%j)', (name, input, expected) => {
  const [first = ''] = opened.asked(name, input as never, everyKey);
  const lines = Object.entries(expected).map(([key, value]) => `${key}=${value}`);
  for (const line of lines) expect(` ${first} `).toContain(` ${line} `);
  // Of the service's own keys those of the request and no others; what is asked of a resource's tags has other spellings too.
  const own = first.split(' ').filter((part) => /^ecs:[a-z-]+=/.test(part));
  expect(own.sort()).toEqual(lines.filter((line) => /^ecs:[a-z-]+=/.test(line)).sort());
});

test('[AUT-4] ecs:TagResource on what is created knows by which action, and what with', () => {
  const [, tag] = opened.asked('RunTask', { taskDefinition: 'web:1', tags }, [
    'ecs:CreateAction',
    'aws:TagKeys',
    'aws:RequestTag/stage',
  ]);
  expect(tag).toBe(
    'ecs:TagResource ~task/default/* ecs:CreateAction=RunTask aws:TagKeys=stage aws:RequestTag/stage=test',
  );
});

test('[AUT-4] with the account setting tagResourceAuthorization off, creating with tags asks nothing about tagging', async () => {
  const name = 'tagResourceAuthorization';
  await opened.ecs.call('PutAccountSetting', { name, value: 'off', principalArn: testUser.arn });
  expect(opened.asked('CreateCluster', { clusterName: 'a', tags })).toEqual(['ecs:CreateCluster ~cluster/a']);
  await opened.ecs.call('PutAccountSettingDefault', { name, value: 'off' }, { arn: root });
  await opened.ecs.call('PutAccountSetting', { name, value: 'on', principalArn: testUser.arn });
  expect(opened.asked('CreateCluster', { clusterName: 'a', tags })).toHaveLength(2);
});

test('[AUT-5] roles are passed to the service that will assume them', () => {
  const input = {
    serviceName: 's',
    taskDefinition: 'web',
    deploymentConfiguration: { lifecycleHooks: [{ roleArn: `${role}hook` }] },
  };
  expect(opened.asked('CreateService', input, ['iam:PassedToService']).slice(1)).toEqual([
    'iam:PassRole @app iam:PassedToService=ecs-tasks.amazonaws.com',
    'iam:PassRole @pull iam:PassedToService=ecs-tasks.amazonaws.com',
    'iam:PassRole @hook iam:PassedToService=ecs.amazonaws.com',
  ]);
});

test('[AUT-6] nothing that is named goes unasked, however much it is', () => {
  const many = Array.from({ length: 101 }, (_, index) => `${index}`.padStart(32, '0'));
  const questions = opened.asked('DescribeTasks', { tasks: many });
  expect(questions).toHaveLength(101);
  expect(questions.at(-1)).toBe('ecs:DescribeTasks *');
});

test('[AUT-7] tags of a resource are read when a policy asks for them, once', () => {
  let reads = 0;
  const rows = presentRows(opened.ecs.db);
  const counting: typeof rows = {
    get(spec, key) {
      reads += 1;
      return rows.get(spec, key);
    },
  };
  const [question] = ecsAuthorization(counting).StopTask({ cluster: 'web', task: id }, testContext());
  expect(question?.context?.get('ecs:cluster')).toEqual([`${arn}cluster/web`]);
  expect(reads).toBe(0);
  expect(question?.context?.get('aws:resourcetag/stage')).toEqual(['test']);
  expect(question?.context?.get('ecs:resourcetag/none')).toBeUndefined();
  expect(reads).toBe(1);
});
