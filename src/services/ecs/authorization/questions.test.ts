import { beforeAll, expect, test } from 'vitest';
import { silentLog } from '../../../kernel/index.ts';
import type { Operations } from '../../../protocol/generated/ecs.ts';
import { SimClock, SimIds } from '../../../testkit/index.ts';
import { FakeNamespaces } from '../contract/fake-namespaces.ts';
import { FakeRegistrar } from '../contract/fake-registrar.ts';
import { FakeTargets } from '../contract/fake-targets.ts';
import { openEcs } from '../contract/opened-ecs.ts';
import { ecsService } from '../service.ts';
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

let opened: OpenedAuthorization;

beforeAll(async () => {
  opened = await openAuthorization();
});

test('[AUT-1] every ECS operation that is handled says what it asks, and no other', async () => {
  const { db } = await openEcs();
  const { definition } = ecsService({
    database: db,
    clock: new SimClock(() => Promise.resolve()),
    ids: new SimIds(1),
    log: silentLog,
    taskInterfaces: {} as never,
    roleCredentials: {} as never,
    fileSystems: {} as never,
    volumes: {} as never,
    infrastructureRoles: {} as never,
    managedNodes: {} as never,
    ways: {} as never,
    targets: new FakeTargets(),
    registrar: new FakeRegistrar(),
    namespaces: new FakeNamespaces(new FakeRegistrar()),
    alarms: {} as never,
    hooks: {} as never,
  });
  expect(Object.keys(definition.authorization ?? {}).sort()).toEqual(Object.keys(definition.handlers).sort());
  expect([...new Set(table.map(([name]) => name))].sort()).toEqual(Object.keys(definition.handlers).sort());
});

type Row = {
  [K in keyof Operations]: readonly [K, Operations[K]['input'], readonly string[]];
}[keyof Asks];

const deployment = `${arn}service-deployment/web/shop/1`;
const revision = `${arn}service-revision/web/shop/1`;

const table: readonly Row[] = [
  ['CreateCluster', {}, ['ecs:CreateCluster ~cluster/default']],
  ['CreateCluster', { clusterName: 'a', tags }, ['ecs:CreateCluster ~cluster/a', 'ecs:TagResource ~cluster/a']],
  ['DeleteCluster', { cluster: `${arn}cluster/web` }, ['ecs:DeleteCluster ~cluster/web']],
  ['DescribeCapacityProviders', {}, ['ecs:DescribeCapacityProviders *']],
  [
    'DescribeCapacityProviders',
    { capacityProviders: ['FARGATE'] },
    ['ecs:DescribeCapacityProviders ~capacity-provider/FARGATE'],
  ],
  ['DescribeClusters', {}, ['ecs:DescribeClusters ~cluster/default']],
  [
    'DescribeClusters',
    { clusters: ['web', 'a', 'web'] },
    ['ecs:DescribeClusters ~cluster/web', 'ecs:DescribeClusters ~cluster/a'],
  ],
  ['ListClusters', {}, ['ecs:ListClusters *']],
  [
    'PutClusterCapacityProviders',
    { cluster: 'web', capacityProviders: [], defaultCapacityProviderStrategy: [] },
    ['ecs:PutClusterCapacityProviders ~cluster/web'],
  ],
  ['UpdateCluster', { cluster: 'web' }, ['ecs:UpdateCluster ~cluster/web']],
  ['UpdateClusterSettings', { cluster: 'web', settings: [] }, ['ecs:UpdateClusterSettings ~cluster/web']],

  [
    'DeleteTaskDefinitions',
    { taskDefinitions: ['web:001', 'gone'] },
    ['ecs:DeleteTaskDefinitions ~task-definition/web:1', 'ecs:DeleteTaskDefinitions ~task-definition/gone:*'],
  ],
  ['DeregisterTaskDefinition', { taskDefinition: 'web:1' }, ['ecs:DeregisterTaskDefinition *']],
  ['DescribeTaskDefinition', { taskDefinition: 'web' }, ['ecs:DescribeTaskDefinition *']],
  ['ListTaskDefinitionFamilies', {}, ['ecs:ListTaskDefinitionFamilies *']],
  ['ListTaskDefinitions', {}, ['ecs:ListTaskDefinitions *']],
  [
    'RegisterTaskDefinition',
    { family: 'web', containerDefinitions: [container] },
    ['ecs:RegisterTaskDefinition ~task-definition/web:*'],
  ],
  [
    'RegisterTaskDefinition',
    { family: 'web', containerDefinitions: [container], taskRoleArn: 'app', executionRoleArn: `${role}x/pull`, tags },
    [
      'ecs:RegisterTaskDefinition ~task-definition/web:*',
      'ecs:TagResource ~task-definition/web:*',
      'iam:PassRole @app',
      'iam:PassRole @x/pull',
    ],
  ],

  ['RunTask', { cluster: 'web', taskDefinition: 'web:1' }, ['ecs:RunTask ~task-definition/web:1']],
  [
    'RunTask',
    { cluster: 'web', taskDefinition: 'web' },
    ['ecs:RunTask ~task-definition/web:2', 'iam:PassRole @app', 'iam:PassRole @pull'],
  ],
  [
    'RunTask',
    { taskDefinition: `${arn}task-definition/web:2`, tags, overrides: { taskRoleArn: `${role}other` } },
    [
      'ecs:RunTask ~task-definition/web:2',
      'ecs:TagResource ~task/default/*',
      'iam:PassRole @other',
      'iam:PassRole @pull',
    ],
  ],
  [
    'RunTask',
    { taskDefinition: 'web:1', enableECSManagedTags: true },
    ['ecs:RunTask ~task-definition/web:1', 'ecs:TagResource ~task/default/*'],
  ],
  ['RunTask', { taskDefinition: 'web:1', propagateTags: 'TASK_DEFINITION' }, ['ecs:RunTask ~task-definition/web:1']],
  ['RunTask', { taskDefinition: 'gone' }, ['ecs:RunTask ~task-definition/gone:*']],
  [
    'StartTask',
    {
      cluster: 'web',
      taskDefinition: 'web:1',
      containerInstances: [instance, id],
      volumeConfigurations: [{ name: 'v', managedEBSVolume: { roleArn: `${role}ebs` } }],
    },
    ['ecs:StartTask ~task-definition/web:1', 'ecs:StartTask ~task-definition/web:1', 'iam:PassRole @ebs'],
  ],
  ['StartTask', { taskDefinition: 'web:1', containerInstances: [] }, ['ecs:StartTask *']],
  [
    'DescribeTasks',
    { cluster: 'web', tasks: [id, `${arn}task/${instance}`] },
    [`ecs:DescribeTasks ~task/web/${id}`, `ecs:DescribeTasks ~task/web/${instance}`],
  ],
  ['DescribeTasks', { tasks: ['nonsense'] }, ['ecs:DescribeTasks ~task/default/nonsense']],
  ['DescribeTasks', { tasks: [] }, ['ecs:DescribeTasks *']],
  ['GetTaskProtection', { cluster: 'web', tasks: [id] }, [`ecs:GetTaskProtection ~task/web/${id}`]],
  ['ListTasks', { cluster: 'web' }, ['ecs:ListTasks *']],
  ['ListTasks', { cluster: 'web', containerInstance: instance }, [`ecs:ListTasks ~container-instance/web/${instance}`]],
  ['StopTask', { cluster: 'web', task: `${arn}task/web/${id}` }, [`ecs:StopTask ~task/web/${id}`]],
  [
    'UpdateTaskProtection',
    { cluster: 'web', tasks: [id], protectionEnabled: true },
    [`ecs:UpdateTaskProtection ~task/web/${id}`],
  ],

  [
    'DeleteAttributes',
    { cluster: 'web', attributes: [{ name: 'a', targetId: instance }] },
    [`ecs:DeleteAttributes ~container-instance/web/${instance}`],
  ],
  [
    'PutAttributes',
    {
      attributes: [
        { name: 'a', targetId: instance },
        { name: 'b', targetId: instance },
      ],
    },
    [`ecs:PutAttributes ~container-instance/default/${instance}`],
  ],
  [
    'DeregisterContainerInstance',
    { cluster: 'web', containerInstance: instance },
    ['ecs:DeregisterContainerInstance ~cluster/web'],
  ],
  [
    'DescribeContainerInstances',
    { cluster: 'web', containerInstances: [instance] },
    [`ecs:DescribeContainerInstances ~container-instance/web/${instance}`],
  ],
  ['DiscoverPollEndpoint', {}, ['ecs:DiscoverPollEndpoint *']],
  ['ListAttributes', { targetType: 'container-instance', cluster: 'web' }, ['ecs:ListAttributes ~cluster/web']],
  ['ListContainerInstances', { cluster: 'web' }, ['ecs:ListContainerInstances ~cluster/web']],
  [
    'RegisterContainerInstance',
    { cluster: 'web', tags },
    ['ecs:RegisterContainerInstance ~cluster/web', 'ecs:TagResource ~container-instance/web/*'],
  ],
  [
    'SubmitAttachmentStateChanges',
    { cluster: 'web', attachments: [] },
    ['ecs:SubmitAttachmentStateChanges ~cluster/web'],
  ],
  ['SubmitContainerStateChange', { task: `${arn}task/web/${id}` }, ['ecs:SubmitContainerStateChange ~cluster/web']],
  [
    'SubmitTaskStateChange',
    { cluster: 'web', task: `${arn}task/web/${id}` },
    ['ecs:SubmitTaskStateChange ~cluster/web'],
  ],
  [
    'SubmitTaskStateChange',
    { cluster: 'mine', task: `${arn}task/web/${id}` },
    ['ecs:SubmitTaskStateChange ~cluster/mine', 'ecs:SubmitTaskStateChange ~cluster/web'],
  ],
  [
    'UpdateContainerAgent',
    { containerInstance: instance },
    [`ecs:UpdateContainerAgent ~container-instance/default/${instance}`],
  ],
  [
    'UpdateContainerInstancesState',
    { containerInstances: [instance], status: 'DRAINING' },
    [`ecs:UpdateContainerInstancesState ~container-instance/default/${instance}`],
  ],

  [
    'CreateService',
    { cluster: 'web', serviceName: 'shop', taskDefinition: 'web:1' },
    ['ecs:CreateService ~service/web/shop'],
  ],
  [
    'CreateService',
    {
      serviceName: 'shop',
      taskDefinition: 'web',
      tags,
      role: 'classic',
      loadBalancers: [{ advancedConfiguration: { roleArn: `${role}shift` } }],
      deploymentConfiguration: { lifecycleHooks: [{ roleArn: `${role}hook` }, { roleArn: `${role}hook` }] },
    },
    [
      'ecs:CreateService ~service/default/shop',
      'ecs:TagResource ~service/default/shop',
      'iam:PassRole @app',
      'iam:PassRole @pull',
      'iam:PassRole @classic',
      'iam:PassRole @shift',
      'iam:PassRole @hook',
    ],
  ],
  [
    'UpdateService',
    { cluster: 'web', service: `${arn}service/web/shop`, desiredCount: 2 },
    ['ecs:UpdateService ~service/web/shop'],
  ],
  [
    'UpdateService',
    { cluster: 'web', service: 'shop', taskDefinition: 'web' },
    ['ecs:UpdateService ~service/web/shop', 'iam:PassRole @app', 'iam:PassRole @pull'],
  ],
  ['DeleteService', { cluster: 'web', service: 'shop' }, ['ecs:DeleteService ~service/web/shop']],
  [
    'DescribeServices',
    { cluster: 'web', services: ['shop', `${arn}service/api`] },
    ['ecs:DescribeServices ~service/web/shop', 'ecs:DescribeServices ~service/web/api'],
  ],
  ['ListServices', { cluster: 'web' }, ['ecs:ListServices *']],
  ['ListServicesByNamespace', { namespace: 'n' }, ['ecs:ListServicesByNamespace *']],
  ['ListServiceDeployments', { cluster: 'web', service: 'shop' }, ['ecs:ListServiceDeployments ~service/web/shop']],
  [
    'UpdateServicePrimaryTaskSet',
    { cluster: 'web', service: 'shop', primaryTaskSet: '1' },
    ['ecs:UpdateServicePrimaryTaskSet ~service/web/shop'],
  ],

  [
    'ContinueServiceDeployment',
    { serviceDeploymentArn: deployment, hookId: 'h' },
    ['ecs:ContinueServiceDeployment ~service/web/shop', 'ecs:ContinueServiceDeployment ~service-deployment/web/shop/1'],
  ],
  [
    'DescribeServiceDeployments',
    { serviceDeploymentArns: [deployment] },
    [
      'ecs:DescribeServiceDeployments ~service/web/shop',
      'ecs:DescribeServiceDeployments ~service-deployment/web/shop/1',
    ],
  ],
  ['DescribeServiceDeployments', { serviceDeploymentArns: [] }, ['ecs:DescribeServiceDeployments *']],
  [
    'DescribeServiceRevisions',
    { serviceRevisionArns: [revision] },
    ['ecs:DescribeServiceRevisions ~service/web/shop', 'ecs:DescribeServiceRevisions ~service-revision/web/shop/1'],
  ],
  [
    'StopServiceDeployment',
    { serviceDeploymentArn: deployment },
    ['ecs:StopServiceDeployment ~service/web/shop', 'ecs:StopServiceDeployment ~service-deployment/web/shop/1'],
  ],
  [
    'CreateTaskSet',
    { cluster: 'web', service: 'shop', taskDefinition: 'web', tags },
    [
      'ecs:CreateTaskSet ~task-set/web/shop/*',
      'ecs:TagResource ~task-set/web/shop/*',
      'iam:PassRole @app',
      'iam:PassRole @pull',
    ],
  ],
  [
    'DeleteTaskSet',
    { cluster: 'web', service: 'shop', taskSet: `${arn}task-set/other/other/1` },
    ['ecs:DeleteTaskSet ~task-set/web/shop/1'],
  ],
  [
    'UpdateTaskSet',
    { cluster: 'web', service: 'shop', taskSet: 'ecs-svc/1', scale: {} },
    ['ecs:UpdateTaskSet ~task-set/web/shop/1'],
  ],
  ['DescribeTaskSets', { cluster: 'web', service: 'shop' }, ['ecs:DescribeTaskSets ~task-set/web/shop/*']],
  [
    'DescribeTaskSets',
    { cluster: 'web', service: 'shop', taskSets: ['1', '2'] },
    ['ecs:DescribeTaskSets ~task-set/web/shop/1', 'ecs:DescribeTaskSets ~task-set/web/shop/2'],
  ],

  ['DeleteAccountSetting', { name: 'containerInsights' }, ['ecs:DeleteAccountSetting *']],
  ['ListAccountSettings', {}, ['ecs:ListAccountSettings *']],
  ['PutAccountSetting', { name: 'containerInsights', value: 'enabled' }, ['ecs:PutAccountSetting *']],
  ['PutAccountSettingDefault', { name: 'containerInsights', value: 'enabled' }, ['ecs:PutAccountSettingDefault *']],
  ['ListTagsForResource', { resourceArn: `${arn}cluster/web` }, ['ecs:ListTagsForResource ~cluster/web']],
  [
    'TagResource',
    { resourceArn: `arn:else:ecs:us-east-1:123456789012:task-definition/web:01`, tags },
    ['ecs:TagResource ~task-definition/web:1'],
  ],
  ['UntagResource', { resourceArn: `${arn}cluster/web`, tagKeys: ['stage'] }, ['ecs:UntagResource ~cluster/web']],
];

test.each(table)('[AUT-2] %s asks (%j)', (name, input, expected) => {
  expect(opened.asked(name, input as never)).toEqual(expected);
});
