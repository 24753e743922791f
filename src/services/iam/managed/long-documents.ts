import type { ManagedPolicyFacts } from './documents.ts';

/** `service: 'Name Name'` as actions. */
function actions(byService: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(byService).flatMap(([service, names]) => names.split(' ').map((name) => `${service}:${name}`));
}

/** The long ones of the AWS managed policies. */
export const longPolicies: readonly ManagedPolicyFacts[] = [
  {
    name: 'AmazonECS_FullAccess',
    path: '/',
    version: 20,
    editedAtMs: 1_672_790_400_000,
    statements: [
      {
        Effect: 'Allow',
        Action: actions({
          'application-autoscaling':
            'DeleteScalingPolicy DeregisterScalableTarget DescribeScalableTargets DescribeScalingActivities DescribeScalingPolicies PutScalingPolicy RegisterScalableTarget',
          appmesh: 'DescribeVirtualGateway DescribeVirtualNode ListMeshes ListVirtualGateways ListVirtualNodes',
          autoscaling:
            'CreateAutoScalingGroup CreateLaunchConfiguration DeleteAutoScalingGroup DeleteLaunchConfiguration Describe* UpdateAutoScalingGroup',
          cloudformation: 'CreateStack DeleteStack DescribeStack* UpdateStack',
          cloudwatch: 'DeleteAlarms DescribeAlarms GetMetricStatistics PutMetricAlarm',
          codedeploy:
            'BatchGetApplicationRevisions BatchGetApplications BatchGetDeploymentGroups BatchGetDeployments ContinueDeployment CreateApplication CreateDeployment CreateDeploymentGroup GetApplication GetApplicationRevision GetDeployment GetDeploymentConfig GetDeploymentGroup GetDeploymentTarget ListApplicationRevisions ListApplications ListDeploymentConfigs ListDeploymentGroups ListDeployments ListDeploymentTargets RegisterApplicationRevision StopDeployment',
          ec2: 'AssociateRouteTable AttachInternetGateway AuthorizeSecurityGroupIngress CancelSpotFleetRequests CreateInternetGateway CreateLaunchTemplate CreateRoute CreateRouteTable CreateSecurityGroup CreateSubnet CreateVpc DeleteLaunchTemplate DeleteSubnet DeleteVpc Describe* DetachInternetGateway DisassociateRouteTable ModifySubnetAttribute ModifyVpcAttribute RequestSpotFleet RunInstances',
          ecs: '*',
          elasticfilesystem: 'DescribeAccessPoints DescribeFileSystems',
          elasticloadbalancing:
            'CreateListener CreateLoadBalancer CreateRule CreateTargetGroup DeleteListener DeleteLoadBalancer DeleteRule DeleteTargetGroup DescribeListeners DescribeLoadBalancers DescribeRules DescribeTargetGroups',
          events: 'DeleteRule DescribeRule ListRuleNamesByTarget ListTargetsByRule PutRule PutTargets RemoveTargets',
          fsx: 'DescribeFileSystems',
          iam: 'ListAttachedRolePolicies ListInstanceProfiles ListRoles',
          lambda: 'ListFunctions',
          logs: 'CreateLogGroup DescribeLogGroups FilterLogEvents',
          route53: 'CreateHostedZone DeleteHostedZone GetHealthCheck GetHostedZone ListHostedZonesByName',
          servicediscovery:
            'CreatePrivateDnsNamespace CreateService DeleteService GetNamespace GetOperation GetService ListNamespaces ListServices UpdateService',
          sns: 'ListTopics',
        }),
        Resource: ['*'],
      },
      {
        Effect: 'Allow',
        Action: ['ssm:GetParameter', 'ssm:GetParameters', 'ssm:GetParametersByPath'],
        Resource: 'arn:aws:ssm:*:*:parameter/aws/service/ecs*',
      },
      {
        Effect: 'Allow',
        Action: ['ec2:DeleteInternetGateway', 'ec2:DeleteRoute', 'ec2:DeleteRouteTable', 'ec2:DeleteSecurityGroup'],
        Resource: ['*'],
        Condition: { StringLike: { 'ec2:ResourceTag/aws:cloudformation:stack-name': 'EC2ContainerService-*' } },
      },
      {
        Effect: 'Allow',
        Action: 'iam:PassRole',
        Resource: ['*'],
        Condition: { StringLike: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
      },
      {
        Effect: 'Allow',
        Action: 'iam:PassRole',
        Resource: ['arn:aws:iam::*:role/ecsInstanceRole*'],
        Condition: { StringLike: { 'iam:PassedToService': ['ec2.amazonaws.com', 'ec2.amazonaws.com.cn'] } },
      },
      {
        Effect: 'Allow',
        Action: 'iam:PassRole',
        Resource: ['arn:aws:iam::*:role/ecsAutoscaleRole*'],
        Condition: {
          StringLike: {
            'iam:PassedToService': [
              'application-autoscaling.amazonaws.com',
              'application-autoscaling.amazonaws.com.cn',
            ],
          },
        },
      },
      {
        Effect: 'Allow',
        Action: 'iam:CreateServiceLinkedRole',
        Resource: '*',
        Condition: {
          StringLike: {
            'iam:AWSServiceName': [
              'autoscaling.amazonaws.com',
              'ecs.amazonaws.com',
              'ecs.application-autoscaling.amazonaws.com',
              'spot.amazonaws.com',
              'spotfleet.amazonaws.com',
            ],
          },
        },
      },
      {
        Effect: 'Allow',
        Action: ['elasticloadbalancing:AddTags'],
        Resource: '*',
        Condition: {
          StringEquals: {
            'elasticloadbalancing:CreateAction': [
              'CreateTargetGroup',
              'CreateRule',
              'CreateListener',
              'CreateLoadBalancer',
            ],
          },
        },
      },
    ],
  },
  {
    name: 'AmazonECSServiceRolePolicy',
    path: '/aws-service-role/',
    version: 13,
    editedAtMs: 1_763_078_400_000,
    statements: [
      {
        Sid: 'ECSTaskManagement',
        Effect: 'Allow',
        Action: actions({
          ec2: 'AttachNetworkInterface AssociateTrunkInterface CreateNetworkInterface CreateNetworkInterfacePermission DeleteNetworkInterface DeleteNetworkInterfacePermission Describe* DetachNetworkInterface DisassociateTrunkInterface',
          elasticloadbalancing:
            'DeregisterInstancesFromLoadBalancer DeregisterTargets Describe* RegisterInstancesWithLoadBalancer RegisterTargets',
          route53: 'ChangeResourceRecordSets CreateHealthCheck DeleteHealthCheck Get* List* UpdateHealthCheck',
          servicediscovery: 'DeregisterInstance Get* List* RegisterInstance UpdateInstanceCustomHealthStatus',
        }),
        Resource: '*',
      },
      { Sid: 'AutoScaling', Effect: 'Allow', Action: ['autoscaling:Describe*'], Resource: '*' },
      {
        Sid: 'AutoScalingManagement',
        Effect: 'Allow',
        Action: [
          'autoscaling:DeletePolicy',
          'autoscaling:PutScalingPolicy',
          'autoscaling:SetInstanceProtection',
          'autoscaling:UpdateAutoScalingGroup',
          'autoscaling:PutLifecycleHook',
          'autoscaling:DeleteLifecycleHook',
          'autoscaling:CompleteLifecycleAction',
          'autoscaling:RecordLifecycleActionHeartbeat',
        ],
        Resource: '*',
        Condition: { Null: { 'autoscaling:ResourceTag/AmazonECSManaged': 'false' } },
      },
      {
        Sid: 'AutoScalingPlanManagement',
        Effect: 'Allow',
        Action: [
          'autoscaling-plans:CreateScalingPlan',
          'autoscaling-plans:DeleteScalingPlan',
          'autoscaling-plans:DescribeScalingPlans',
          'autoscaling-plans:DescribeScalingPlanResources',
        ],
        Resource: '*',
      },
      {
        Sid: 'EventBridge',
        Effect: 'Allow',
        Action: ['events:DescribeRule', 'events:ListTargetsByRule'],
        Resource: 'arn:aws:events:*:*:rule/ecs-managed-*',
      },
      {
        Sid: 'EventBridgeRuleManagement',
        Effect: 'Allow',
        Action: ['events:PutRule', 'events:PutTargets'],
        Resource: '*',
        Condition: { StringEquals: { 'events:ManagedBy': 'ecs.amazonaws.com' } },
      },
      {
        Sid: 'CWAlarmManagement',
        Effect: 'Allow',
        Action: ['cloudwatch:DeleteAlarms', 'cloudwatch:DescribeAlarms', 'cloudwatch:PutMetricAlarm'],
        Resource: 'arn:aws:cloudwatch:*:*:alarm:*',
      },
      {
        Sid: 'ECSTagging',
        Effect: 'Allow',
        Action: ['ec2:CreateTags'],
        Resource: 'arn:aws:ec2:*:*:network-interface/*',
      },
      {
        Sid: 'CWLogGroupManagement',
        Effect: 'Allow',
        Action: ['logs:CreateLogGroup', 'logs:DescribeLogGroups', 'logs:PutRetentionPolicy'],
        Resource: 'arn:aws:logs:*:*:log-group:/aws/ecs/*',
      },
      {
        Sid: 'CWLogStreamManagement',
        Effect: 'Allow',
        Action: ['logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'],
        Resource: 'arn:aws:logs:*:*:log-group:/aws/ecs/*:log-stream:*',
      },
      { Sid: 'ExecuteCommandSessionManagement', Effect: 'Allow', Action: ['ssm:DescribeSessions'], Resource: '*' },
      {
        Sid: 'ExecuteCommand',
        Effect: 'Allow',
        Action: ['ssm:StartSession'],
        Resource: ['arn:aws:ecs:*:*:task/*', 'arn:aws:ssm:*:*:document/AmazonECS-ExecuteInteractiveCommand'],
      },
      {
        Sid: 'CloudMapResourceCreation',
        Effect: 'Allow',
        Action: ['servicediscovery:CreateHttpNamespace', 'servicediscovery:CreateService'],
        Resource: '*',
        Condition: { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['AmazonECSManaged'] } },
      },
      {
        Sid: 'CloudMapResourceTagging',
        Effect: 'Allow',
        Action: 'servicediscovery:TagResource',
        Resource: '*',
        Condition: { StringLike: { 'aws:RequestTag/AmazonECSManaged': '*' } },
      },
      {
        Sid: 'CloudMapResourceDeletion',
        Effect: 'Allow',
        Action: ['servicediscovery:DeleteService'],
        Resource: '*',
        Condition: { Null: { 'aws:ResourceTag/AmazonECSManaged': 'false' } },
      },
      {
        Sid: 'CloudMapResourceDiscovery',
        Effect: 'Allow',
        Action: ['servicediscovery:DiscoverInstances', 'servicediscovery:DiscoverInstancesRevision'],
        Resource: '*',
      },
      {
        Sid: 'CloudMapResourceAttributeManagement',
        Effect: 'Allow',
        Action: ['servicediscovery:UpdateServiceAttributes'],
        Resource: '*',
        Condition: { Null: { 'aws:ResourceTag/AmazonECSManaged': 'false' } },
      },
    ],
  },
  {
    name: 'AmazonECSInfrastructureRolePolicyForVolumes',
    path: '/service-role/',
    version: 4,
    editedAtMs: 1_770_768_000_000,
    statements: [
      {
        Sid: 'CreateEBSManagedVolume',
        Effect: 'Allow',
        Action: 'ec2:CreateVolume',
        Resource: 'arn:aws:ec2:*:*:volume/*',
        Condition: {
          ArnLike: { 'aws:RequestTag/AmazonECSCreated': 'arn:aws:ecs:*:*:task/*' },
          StringEquals: { 'aws:RequestTag/AmazonECSManaged': 'true' },
        },
      },
      {
        Sid: 'CreateEBSManagedVolumeFromSnapshot',
        Effect: 'Allow',
        Action: 'ec2:CreateVolume',
        Resource: 'arn:aws:ec2:*:*:snapshot/*',
      },
      {
        Sid: 'TagOnCreateVolume',
        Effect: 'Allow',
        Action: 'ec2:CreateTags',
        Resource: 'arn:aws:ec2:*:*:volume/*',
        Condition: {
          ArnLike: { 'aws:RequestTag/AmazonECSCreated': 'arn:aws:ecs:*:*:task/*' },
          StringEquals: { 'ec2:CreateAction': 'CreateVolume', 'aws:RequestTag/AmazonECSManaged': 'true' },
        },
      },
      {
        Sid: 'DescribeVolumesForLifecycle',
        Effect: 'Allow',
        Action: ['ec2:DescribeVolumes', 'ec2:DescribeAvailabilityZones'],
        Resource: '*',
      },
      { Sid: 'DescribeInstancesForAttachingVolume', Effect: 'Allow', Action: ['ec2:DescribeInstances'], Resource: '*' },
      {
        Sid: 'ManageEBSVolumeLifecycle',
        Effect: 'Allow',
        Action: ['ec2:AttachVolume', 'ec2:DetachVolume'],
        Resource: 'arn:aws:ec2:*:*:volume/*',
        Condition: { StringEquals: { 'aws:ResourceTag/AmazonECSManaged': 'true' } },
      },
      {
        Sid: 'ManageVolumeAttachmentsForEC2',
        Effect: 'Allow',
        Action: ['ec2:AttachVolume', 'ec2:DetachVolume'],
        Resource: 'arn:aws:ec2:*:*:instance/*',
      },
      {
        Sid: 'DeleteEBSManagedVolume',
        Effect: 'Allow',
        Action: 'ec2:DeleteVolume',
        Resource: 'arn:aws:ec2:*:*:volume/*',
        Condition: {
          ArnLike: { 'aws:ResourceTag/AmazonECSCreated': 'arn:aws:ecs:*:*:task/*' },
          StringEquals: { 'aws:ResourceTag/AmazonECSManaged': 'true' },
        },
      },
    ],
  },
  {
    name: 'SecretsManagerReadWrite',
    path: '/',
    version: 6,
    editedAtMs: 1_787_616_000_000,
    statements: [
      {
        Sid: 'BasePermissions',
        Effect: 'Allow',
        Action: actions({
          secretsmanager: '*',
          cloudformation: 'CreateChangeSet DescribeChangeSet DescribeStackResource DescribeStacks ExecuteChangeSet',
          'docdb-elastic': 'GetCluster ListClusters',
          ec2: 'DescribeSecurityGroups DescribeSubnets DescribeVpcs',
          kms: 'DescribeKey ListAliases ListKeys',
          lambda: 'ListFunctions',
          rds: 'DescribeDBClusters DescribeDBInstances',
          redshift: 'DescribeClusters',
          'redshift-serverless': 'ListWorkgroups GetNamespace',
          tag: 'GetResources',
        }),
        Resource: '*',
      },
      {
        Sid: 'LambdaPermissions',
        Effect: 'Allow',
        Action: [
          'lambda:AddPermission',
          'lambda:CreateFunction',
          'lambda:GetFunction',
          'lambda:InvokeFunction',
          'lambda:UpdateFunctionConfiguration',
        ],
        Resource: 'arn:aws:lambda:*:*:function:SecretsManager*',
      },
      {
        Sid: 'SARPermissions',
        Effect: 'Allow',
        Action: ['serverlessrepo:CreateCloudFormationChangeSet', 'serverlessrepo:GetApplication'],
        Resource: 'arn:aws:serverlessrepo:*:*:applications/SecretsManager*',
      },
      {
        Sid: 'S3Permissions',
        Effect: 'Allow',
        Action: ['s3:GetObject'],
        Resource: ['arn:aws:s3:::awsserverlessrepo-changesets*', 'arn:aws:s3:::secrets-manager-rotation-apps-*/*'],
      },
      {
        Sid: 'CloudFormationTagOnCreate',
        Effect: 'Allow',
        Action: ['cloudformation:TagResource', 'cloudformation:UntagResource'],
        Resource: '*',
        Condition: { StringEquals: { 'cloudformation:CreateAction': ['CreateChangeSet', 'ExecuteChangeSet'] } },
      },
    ],
  },
];
