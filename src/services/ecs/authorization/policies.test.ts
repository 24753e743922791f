import * as fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { AccessQuestion, Questions } from '../../../protocol/api/index.ts';
import type { Operations } from '../../../protocol/generated/ecs.ts';
import { allows, testContext } from '../../../testkit/index.ts';
import { scope } from '../contract/opened-ecs.ts';
import { serviceKey, services, type ServiceRecord } from '../records/service.ts';
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

// The example policies of AWS's developer guide over what the operations ask, decided by the real engine.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/security_iam_id-based-policy-examples.html
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/supported-iam-actions-tagging.html

let opened: OpenedAuthorization;

beforeAll(async () => {
  opened = await openAuthorization();
  const service = {
    ...scope,
    cluster: 'web',
    name: 'mine',
    tags: [{ key: 'owner', value: 'richard-roe' }],
    status: 'ACTIVE',
  };
  await opened.ecs.db.transact((tx) => {
    // Only what a policy asks for counts here.
    tx.put(services, serviceKey(scope, 'web', 'mine'), service as unknown as ServiceRecord);
  });
});

function questions<Name extends keyof Asks>(name: Name, input: Operations[Name]['input']): readonly AccessQuestion[] {
  return (opened.asks[name] as unknown as Questions<typeof input>)(input, testContext());
}

type Call = { [K in keyof Operations]: readonly [K, Operations[K]['input']] }[keyof Asks];
interface Example {
  readonly name: string;
  readonly statements: readonly object[];
  readonly allowed: readonly Call[];
  readonly denied: readonly Call[];
}

const inDefault = { ArnEquals: { 'ecs:cluster': `${arn}cluster/default` } };
const inWeb = { ArnEquals: { 'ecs:cluster': `${arn}cluster/web` } };
const other = '00000000000000000000000000000001';

const examples: readonly Example[] = [
  {
    name: 'create and list clusters',
    statements: [{ Effect: 'Allow', Action: ['ecs:CreateCluster', 'ecs:ListClusters'], Resource: '*' }],
    allowed: [
      ['CreateCluster', { clusterName: 'a' }],
      ['ListClusters', {}],
    ],
    denied: [
      ['DeleteCluster', { cluster: 'a' }],
      ['CreateCluster', { clusterName: 'a', tags }],
    ],
  },
  {
    name: 'describe and delete one cluster',
    statements: [
      { Effect: 'Allow', Action: ['ecs:DescribeClusters', 'ecs:DeleteCluster'], Resource: [`${arn}cluster/web`] },
    ],
    allowed: [
      ['DescribeClusters', { clusters: ['web'] }],
      ['DeleteCluster', { cluster: `${arn}cluster/web` }],
    ],
    denied: [
      ['DescribeClusters', {}],
      ['DescribeClusters', { clusters: ['web', 'a'] }],
      ['DeleteCluster', { cluster: 'a' }],
    ],
  },
  {
    name: 'everything in one cluster',
    statements: [
      { Effect: 'Allow', Action: ['ecs:Describe*', 'ecs:List*'], Resource: '*' },
      {
        Effect: 'Allow',
        Action: [
          'ecs:DeleteCluster',
          'ecs:DeregisterContainerInstance',
          'ecs:ListContainerInstances',
          'ecs:RegisterContainerInstance',
          'ecs:SubmitContainerStateChange',
          'ecs:SubmitTaskStateChange',
        ],
        Resource: `${arn}cluster/default`,
      },
      {
        Effect: 'Allow',
        Action: [
          'ecs:DescribeContainerInstances',
          'ecs:DescribeTasks',
          'ecs:ListTasks',
          'ecs:UpdateContainerAgent',
          'ecs:StartTask',
          'ecs:StopTask',
          'ecs:RunTask',
        ],
        Resource: '*',
        Condition: inDefault,
      },
    ],
    allowed: [
      ['RunTask', { taskDefinition: 'web:1' }],
      ['StopTask', { task: id }],
      ['DescribeTasks', { cluster: 'web', tasks: [id] }],
      ['DeregisterContainerInstance', { containerInstance: instance }],
      ['SubmitTaskStateChange', { task: `${arn}task/default/${id}` }],
    ],
    denied: [
      ['RunTask', { cluster: 'web', taskDefinition: 'web:1' }],
      ['RunTask', { taskDefinition: 'web:2' }],
      ['StopTask', { cluster: 'web', task: id }],
      ['RegisterContainerInstance', { cluster: 'web' }],
      ['SubmitTaskStateChange', { task: `${arn}task/web/${id}` }],
      ['SubmitTaskStateChange', { cluster: 'default', task: `${arn}task/web/${id}` }],
    ],
  },
  {
    name: 'list services of a cluster',
    statements: [{ Effect: 'Allow', Action: 'ecs:ListServices', Resource: '*', Condition: inWeb }],
    allowed: [
      ['ListServices', { cluster: 'web' }],
      ['ListServices', { cluster: `${arn}cluster/web` }],
    ],
    denied: [
      ['ListServices', {}],
      ['ListTasks', { cluster: 'web' }],
    ],
  },
  {
    name: 'list and deregister the container instances of a cluster',
    statements: [
      {
        Effect: 'Allow',
        Action: ['ecs:DeregisterContainerInstance', 'ecs:ListContainerInstances'],
        Resource: `${arn}cluster/web`,
      },
    ],
    allowed: [
      ['ListContainerInstances', { cluster: 'web' }],
      ['DeregisterContainerInstance', { cluster: 'web', containerInstance: instance }],
    ],
    denied: [
      ['ListContainerInstances', {}],
      ['DescribeContainerInstances', { cluster: 'web', containerInstances: [instance] }],
    ],
  },
  {
    name: 'register, list and describe task definitions',
    statements: [
      {
        Effect: 'Allow',
        Action: ['ecs:RegisterTaskDefinition', 'ecs:ListTaskDefinitions', 'ecs:DescribeTaskDefinition'],
        Resource: '*',
      },
    ],
    allowed: [
      ['RegisterTaskDefinition', { family: 'x', containerDefinitions: [container] }],
      ['ListTaskDefinitions', {}],
    ],
    denied: [
      ['RegisterTaskDefinition', { family: 'x', containerDefinitions: [container], executionRoleArn: 'pull' }],
      ['RegisterTaskDefinition', { family: 'x', containerDefinitions: [container], tags }],
      ['DeregisterTaskDefinition', { taskDefinition: 'x:1' }],
    ],
  },
  {
    name: 'register one family, for FARGATE and of one size',
    statements: [
      {
        Effect: 'Allow',
        Action: 'ecs:RegisterTaskDefinition',
        Resource: `${arn}task-definition/x:*`,
        Condition: {
          NumericLessThanEquals: { 'ecs:task-cpu': '1024' },
          'ForAllValues:StringEquals': { 'ecs:compute-compatibility': ['FARGATE'] },
          Null: { 'ecs:compute-compatibility': 'false' },
          StringEquals: { 'ecs:privileged': 'false' },
        },
      },
    ],
    allowed: [
      [
        'RegisterTaskDefinition',
        { family: 'x', cpu: '1 vCPU', requiresCompatibilities: ['FARGATE'], containerDefinitions: [container] },
      ],
    ],
    denied: [
      [
        'RegisterTaskDefinition',
        { family: 'y', cpu: '1024', requiresCompatibilities: ['FARGATE'], containerDefinitions: [container] },
      ],
      [
        'RegisterTaskDefinition',
        { family: 'x', cpu: '2048', requiresCompatibilities: ['FARGATE'], containerDefinitions: [container] },
      ],
      ['RegisterTaskDefinition', { family: 'x', cpu: '256', containerDefinitions: [container] }],
      [
        'RegisterTaskDefinition',
        { family: 'x', cpu: '256', requiresCompatibilities: ['FARGATE', 'EC2'], containerDefinitions: [container] },
      ],
      [
        'RegisterTaskDefinition',
        {
          family: 'x',
          cpu: '256',
          requiresCompatibilities: ['FARGATE'],
          containerDefinitions: [{ ...container, privileged: true }],
        },
      ],
    ],
  },
  {
    name: 'run any revision of a task definition on a cluster',
    statements: [
      { Effect: 'Allow', Action: ['ecs:RunTask'], Condition: inWeb, Resource: [`${arn}task-definition/web:*`] },
      {
        Effect: 'Allow',
        Action: 'iam:PassRole',
        Resource: '*',
        Condition: { StringLike: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
      },
    ],
    allowed: [
      ['RunTask', { cluster: 'web', taskDefinition: 'web' }],
      ['RunTask', { cluster: 'web', taskDefinition: `${arn}task-definition/web:1` }],
    ],
    denied: [
      ['RunTask', { taskDefinition: 'web' }],
      ['RunTask', { cluster: 'web', taskDefinition: 'website:1' }],
      [
        'RunTask',
        {
          cluster: 'web',
          taskDefinition: 'web:1',
          volumeConfigurations: [{ name: 'v', managedEBSVolume: { roleArn: `${role}ebs` } }],
        },
      ],
    ],
  },
  {
    name: 'run one revision',
    statements: [{ Effect: 'Allow', Action: 'ecs:RunTask', Resource: `${arn}task-definition/web:1` }],
    allowed: [['RunTask', { taskDefinition: 'web:1' }]],
    denied: [
      ['RunTask', { taskDefinition: 'web' }],
      ['RunTask', { taskDefinition: 'web:2' }],
    ],
  },
  {
    name: 'start any revision of a task definition on one container instance of a cluster',
    statements: [
      {
        Effect: 'Allow',
        Action: ['ecs:StartTask'],
        Condition: {
          ArnEquals: { ...inWeb.ArnEquals, 'ecs:container-instances': [`${arn}container-instance/web/${instance}`] },
        },
        Resource: [`${arn}task-definition/web:*`],
      },
    ],
    allowed: [['StartTask', { cluster: 'web', taskDefinition: 'web:1', containerInstances: [instance] }]],
    denied: [
      ['StartTask', { cluster: 'web', taskDefinition: 'web:1', containerInstances: [other] }],
      ['StartTask', { cluster: 'web', taskDefinition: 'web:1', containerInstances: [instance, other] }],
      ['StartTask', { taskDefinition: 'web:1', containerInstances: [instance] }],
    ],
  },
  {
    name: 'describe one task',
    statements: [
      { Effect: 'Allow', Action: ['ecs:DescribeTasks'], Condition: inWeb, Resource: [`${arn}task/web/${id}`] },
    ],
    allowed: [
      ['DescribeTasks', { cluster: 'web', tasks: [id] }],
      ['DescribeTasks', { cluster: 'web', tasks: [`${arn}task/web/${id}`] }],
    ],
    denied: [
      ['DescribeTasks', { cluster: 'web', tasks: [id, other] }],
      ['DescribeTasks', { tasks: [id] }],
    ],
  },
  {
    name: 'describe the services that one owns',
    statements: [
      {
        Effect: 'Allow',
        Action: 'ecs:DescribeServices',
        Resource: 'arn:aws:ecs:*:*:service/*',
        Condition: { StringEquals: { 'ecs:ResourceTag/Owner': '${aws:username}' } },
      },
    ],
    allowed: [['DescribeServices', { cluster: 'web', services: ['mine'] }]],
    denied: [
      ['DescribeServices', { cluster: 'web', services: ['mine', 'gone'] }],
      ['DescribeServices', { services: ['mine'] }],
    ],
  },
  {
    name: 'no other namespace for Service Connect',
    statements: [
      {
        Effect: 'Allow',
        Action: ['ecs:CreateService', 'ecs:UpdateService'],
        Condition: {
          ArnEquals: {
            ...inWeb.ArnEquals,
            'ecs:namespace': 'arn:aws:servicediscovery:us-east-1:123456789012:namespace/ns-1',
          },
        },
        Resource: '*',
      },
    ],
    allowed: [
      [
        'UpdateService',
        {
          cluster: 'web',
          service: 's',
          serviceConnectConfiguration: {
            enabled: true,
            namespace: 'arn:aws:servicediscovery:us-east-1:123456789012:namespace/ns-1',
          },
        },
      ],
    ],
    denied: [
      [
        'UpdateService',
        {
          cluster: 'web',
          service: 's',
          serviceConnectConfiguration: {
            enabled: true,
            namespace: 'arn:aws:servicediscovery:us-east-1:123456789012:namespace/ns-2',
          },
        },
      ],
      ['UpdateService', { cluster: 'web', service: 's' }],
    ],
  },
  {
    name: 'tag on creation only',
    statements: [
      { Effect: 'Allow', Action: ['ecs:CreateCluster', 'ecs:RunTask'], Resource: '*' },
      {
        Effect: 'Allow',
        Action: ['ecs:TagResource'],
        Resource: '*',
        Condition: { StringEquals: { 'ecs:CreateAction': ['CreateCluster', 'CreateService', 'StartTask'] } },
      },
    ],
    allowed: [
      ['CreateCluster', { clusterName: 'a', tags }],
      ['RunTask', { taskDefinition: 'web:1' }],
    ],
    denied: [
      ['TagResource', { resourceArn: `${arn}cluster/web`, tags }],
      ['RunTask', { taskDefinition: 'web:1', tags }],
    ],
  },
  {
    name: 'certain tags only',
    statements: [
      { Effect: 'Allow', Action: 'ecs:CreateCluster', Resource: '*' },
      {
        Effect: 'Allow',
        Action: 'ecs:TagResource',
        Resource: '*',
        Condition: {
          StringLike: { 'aws:RequestTag/stage': ['test', 'beta'] },
          'ForAllValues:StringEquals': { 'aws:TagKeys': ['stage', 'team'] },
        },
      },
    ],
    allowed: [
      ['CreateCluster', { tags }],
      ['TagResource', { resourceArn: `${arn}cluster/web`, tags: [...tags, { key: 'team', value: 'shop' }] }],
    ],
    denied: [
      ['CreateCluster', { tags: [...tags, { key: 'cost', value: '1' }] }],
      ['CreateCluster', { tags: [{ key: 'stage', value: 'production' }] }],
    ],
  },
  {
    name: 'a role may be passed to tasks and not to ECS itself',
    statements: [
      { Effect: 'Allow', Action: ['ecs:CreateService', 'ecs:UpdateService'], Resource: '*' },
      {
        Effect: 'Allow',
        Action: 'iam:PassRole',
        Resource: [`${role}app`, `${role}pull`],
        Condition: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
      },
    ],
    allowed: [
      ['CreateService', { serviceName: 's', taskDefinition: 'web' }],
      ['UpdateService', { service: 's', forceNewDeployment: true }],
    ],
    denied: [
      ['CreateService', { serviceName: 's', taskDefinition: 'web', role: 'app' }],
      [
        'UpdateService',
        {
          service: 's',
          taskDefinition: 'web',
          loadBalancers: [{ advancedConfiguration: { roleArn: `${role}shift` } }],
        },
      ],
    ],
  },
  {
    name: 'a deny by tag holds against an allow of everything',
    statements: [
      { Effect: 'Allow', Action: '*', Resource: '*' },
      {
        Effect: 'Deny',
        Action: 'ecs:StopTask',
        Resource: '*',
        Condition: { StringEquals: { 'aws:ResourceTag/stage': 'test' } },
      },
      { Effect: 'Deny', Action: 'ecs:TagResource', Resource: `${arn}task-definition/web:1` },
    ],
    allowed: [
      ['StopTask', { cluster: 'web', task: other }],
      ['TagResource', { resourceArn: `${arn}task-definition/web:2`, tags }],
    ],
    denied: [
      ['StopTask', { cluster: 'web', task: id }],
      ['StopTask', { cluster: 'web', task: `${arn}task/${id}` }],
      ['TagResource', { resourceArn: 'arn:other:ecs:us-east-1:123456789012:task-definition/web:01', tags }],
    ],
  },
];

describe.each(examples)('[AUT-8] $name', ({ statements, allowed, denied }) => {
  const policy = { Version: '2012-10-17', Statement: statements };

  test.each(allowed)('allows %s (%j)', (name, input) => {
    expect(allows(policy, questions(name, input as never))).toBe(true);
  });

  test.each(denied)('denies %s (%j)', (name, input) => {
    expect(allows(policy, questions(name, input as never))).toBe(false);
  });
});

const clusterName = fc.stringMatching(/^[a-zA-Z0-9_-]{1,12}$/);

test('[AUT-8] with a condition on one cluster, whatever is done in another is denied', () => {
  const inCluster: readonly ((cluster: string) => Call)[] = [
    (cluster) => ['RunTask', { cluster, taskDefinition: 'web:1' }],
    (cluster) => ['StartTask', { cluster, taskDefinition: 'web:1', containerInstances: [instance] }],
    (cluster) => ['StopTask', { cluster, task: id }],
    (cluster) => ['ListTasks', { cluster }],
    (cluster) => ['DescribeTasks', { cluster, tasks: [id, other] }],
    (cluster) => ['DescribeContainerInstances', { cluster, containerInstances: [instance] }],
    (cluster) => ['CreateService', { cluster, serviceName: 's', taskDefinition: 'web:1' }],
    (cluster) => ['UpdateService', { cluster, service: 's' }],
    (cluster) => ['DescribeServices', { cluster, services: ['s'] }],
    (cluster) => ['DeleteTaskSet', { cluster, service: 's', taskSet: '1' }],
    (cluster) => ['StopServiceDeployment', { serviceDeploymentArn: `${arn}service-deployment/${cluster}/s/1` }],
  ];
  fc.assert(
    fc.property(
      clusterName,
      fc.option(clusterName, { freq: 1 }),
      fc.constantFrom(...inCluster),
      fc.boolean(),
      (mine, another, call, byArn) => {
        const asked = another ?? mine;
        const Condition = { ArnEquals: { 'ecs:cluster': `${arn}cluster/${mine}` } };
        const policy = {
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Action: 'ecs:*', Resource: '*', Condition }],
        };
        const [name, input] = call(asked);
        const given = byArn && 'cluster' in input ? { ...input, cluster: `${arn}cluster/${asked}` } : input;
        expect(allows(policy, questions(name, given as never))).toBe(mine === asked);
      },
    ),
  );
});
