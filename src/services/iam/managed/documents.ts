/** A statement of an AWS managed policy as IAM's JSON has it. */
interface ManagedStatement {
  readonly Sid?: string;
  readonly Effect: 'Allow';
  readonly Action?: string | readonly string[];
  readonly NotAction?: readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** Facts of an AWS managed policy: https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html */
export interface ManagedPolicyFacts {
  readonly name: string;
  readonly path: '/' | '/service-role/' | '/aws-service-role/';
  readonly version: number;
  /** When that version was made. */
  readonly editedAtMs: number;
  readonly statements: readonly ManagedStatement[];
}

const all = (...actions: readonly string[]): ManagedStatement => ({ Effect: 'Allow', Action: actions, Resource: '*' });
const pull = [
  'ecr:GetAuthorizationToken',
  'ecr:BatchCheckLayerAvailability',
  'ecr:GetDownloadUrlForLayer',
  'ecr:BatchGetImage',
];
const readRegistry = [
  'ecr:GetAuthorizationToken',
  'ecr:BatchCheckLayerAvailability',
  'ecr:GetDownloadUrlForLayer',
  'ecr:GetRepositoryPolicy',
  'ecr:DescribeRepositories',
  'ecr:ListImages',
  'ecr:DescribeImages',
  'ecr:BatchGetImage',
  'ecr:GetLifecyclePolicy',
  'ecr:GetLifecyclePolicyPreview',
  'ecr:ListTagsForResource',
  'ecr:DescribeImageScanFindings',
];

/** What roles of tasks, instances and events need, and what people have: the short ones. The long ones are in long-documents.ts. */
export const shortPolicies: readonly ManagedPolicyFacts[] = [
  { name: 'AdministratorAccess', path: '/', version: 1, editedAtMs: 1_423_180_800_000, statements: [all('*')] },
  {
    name: 'PowerUserAccess',
    path: '/',
    version: 12,
    editedAtMs: 1_770_854_400_000,
    statements: [
      { Effect: 'Allow', NotAction: ['iam:*', 'organizations:*', 'account:*'], Resource: '*' },
      all(
        'account:GetAccountInformation',
        'account:GetGovCloudAccountInformation',
        'account:GetPrimaryEmail',
        'account:ListRegions',
        'iam:CreateServiceLinkedRole',
        'iam:DeleteServiceLinkedRole',
        'iam:ListRoles',
        'organizations:DescribeEffectivePolicy',
        'organizations:DescribeOrganization',
      ),
    ],
  },
  {
    name: 'IAMFullAccess',
    path: '/',
    version: 2,
    editedAtMs: 1_561_075_200_000,
    statements: [
      all(
        'iam:*',
        'organizations:DescribeAccount',
        'organizations:DescribeOrganization',
        'organizations:DescribeOrganizationalUnit',
        'organizations:DescribePolicy',
        'organizations:ListChildren',
        'organizations:ListParents',
        'organizations:ListPoliciesForTarget',
        'organizations:ListRoots',
        'organizations:ListPolicies',
        'organizations:ListTargetsForPolicy',
      ),
    ],
  },
  {
    name: 'IAMReadOnlyAccess',
    path: '/',
    version: 4,
    editedAtMs: 1_516_838_400_000,
    statements: [
      all(
        'iam:GenerateCredentialReport',
        'iam:GenerateServiceLastAccessedDetails',
        'iam:Get*',
        'iam:List*',
        'iam:SimulateCustomPolicy',
        'iam:SimulatePrincipalPolicy',
      ),
    ],
  },
  {
    name: 'AmazonECSTaskExecutionRolePolicy',
    path: '/service-role/',
    version: 1,
    editedAtMs: 1_510_790_400_000,
    statements: [all(...pull, 'logs:CreateLogStream', 'logs:PutLogEvents')],
  },
  {
    name: 'AmazonSSMManagedInstanceCore',
    path: '/',
    version: 2,
    editedAtMs: 1_558_630_461_000,
    statements: [
      all(
        ...[
          'DescribeAssociation',
          'GetDeployablePatchSnapshotForInstance',
          'GetDocument',
          'DescribeDocument',
          'GetManifest',
          'GetParameter',
          'GetParameters',
          'ListAssociations',
          'ListInstanceAssociations',
          'PutInventory',
          'PutComplianceItems',
          'PutConfigurePackageResult',
          'UpdateAssociationStatus',
          'UpdateInstanceAssociationStatus',
          'UpdateInstanceInformation',
        ].map((action) => `ssm:${action}`),
      ),
      all(
        'ssmmessages:CreateControlChannel',
        'ssmmessages:CreateDataChannel',
        'ssmmessages:OpenControlChannel',
        'ssmmessages:OpenDataChannel',
      ),
      all(
        'ec2messages:AcknowledgeMessage',
        'ec2messages:DeleteMessage',
        'ec2messages:FailMessage',
        'ec2messages:GetEndpoint',
        'ec2messages:GetMessages',
        'ec2messages:SendReply',
      ),
    ],
  },
  {
    name: 'AmazonEC2ContainerServiceforEC2Role',
    path: '/service-role/',
    version: 7,
    editedAtMs: 1_678_060_800_000,
    statements: [
      all(
        'ec2:DescribeTags',
        'ecs:CreateCluster',
        'ecs:DeregisterContainerInstance',
        'ecs:DiscoverPollEndpoint',
        'ecs:Poll',
        'ecs:RegisterContainerInstance',
        'ecs:StartTelemetrySession',
        'ecs:UpdateContainerInstancesState',
        'ecs:Submit*',
        ...pull,
        'logs:CreateLogStream',
        'logs:PutLogEvents',
      ),
      {
        Effect: 'Allow',
        Action: 'ecs:TagResource',
        Resource: '*',
        Condition: { StringEquals: { 'ecs:CreateAction': ['CreateCluster', 'RegisterContainerInstance'] } },
      },
    ],
  },
  {
    name: 'AmazonEC2ContainerServiceEventsRole',
    path: '/service-role/',
    version: 3,
    editedAtMs: 1_678_060_800_000,
    statements: [
      { Effect: 'Allow', Action: ['ecs:RunTask'], Resource: ['*'] },
      {
        Effect: 'Allow',
        Action: 'iam:PassRole',
        Resource: ['*'],
        Condition: { StringLike: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
      },
      {
        Effect: 'Allow',
        Action: 'ecs:TagResource',
        Resource: '*',
        Condition: { StringEquals: { 'ecs:CreateAction': ['RunTask'] } },
      },
    ],
  },
  {
    name: 'AmazonECSInfrastructureRolePolicyForLoadBalancers',
    path: '/',
    version: 1,
    editedAtMs: 1_752_710_400_000,
    statements: [
      {
        Sid: 'ELBReadOperations',
        ...all('elasticloadbalancing:DescribeListeners', 'elasticloadbalancing:DescribeRules'),
      },
      elbv2Statement('ALBModifyListeners', 'elasticloadbalancing:ModifyListener', 'listener/app/*/*/*'),
      elbv2Statement('NLBModifyListeners', 'elasticloadbalancing:ModifyListener', 'listener/net/*/*/*'),
      elbv2Statement('ALBModifyRules', 'elasticloadbalancing:ModifyRule', 'listener-rule/app/*/*/*/*'),
    ],
  },
  {
    name: 'AmazonEC2ContainerRegistryReadOnly',
    path: '/',
    version: 3,
    editedAtMs: 1_575_936_000_000,
    statements: [all(...readRegistry)],
  },
  {
    name: 'AmazonEC2ContainerRegistryPowerUser',
    path: '/',
    version: 3,
    editedAtMs: 1_575_936_000_000,
    statements: [
      all(...readRegistry, 'ecr:InitiateLayerUpload', 'ecr:UploadLayerPart', 'ecr:CompleteLayerUpload', 'ecr:PutImage'),
    ],
  },
  {
    name: 'AmazonEC2ContainerRegistryFullAccess',
    path: '/',
    version: 3,
    editedAtMs: 1_607_126_400_000,
    statements: [
      all('ecr:*', 'cloudtrail:LookupEvents'),
      {
        Effect: 'Allow',
        Action: ['iam:CreateServiceLinkedRole'],
        Resource: '*',
        Condition: { StringEquals: { 'iam:AWSServiceName': ['replication.ecr.amazonaws.com'] } },
      },
    ],
  },
  {
    name: 'AmazonSSMReadOnlyAccess',
    path: '/',
    version: 1,
    editedAtMs: 1_432_857_600_000,
    statements: [all('ssm:Describe*', 'ssm:Get*', 'ssm:List*')],
  },
  {
    name: 'CloudWatchLogsFullAccess',
    path: '/',
    version: 3,
    editedAtMs: 1_747_699_200_000,
    statements: [
      {
        Sid: 'CloudWatchLogsFullAccess',
        ...all('logs:*', 'cloudwatch:GenerateQuery', 'cloudwatch:GenerateQueryResultsSummary'),
      },
    ],
  },
  {
    name: 'CloudWatchLogsReadOnlyAccess',
    path: '/',
    version: 6,
    editedAtMs: 1_700_956_800_000,
    statements: [
      {
        Sid: 'CloudWatchLogsReadOnlyAccess',
        ...all(
          'logs:Describe*',
          'logs:Get*',
          'logs:List*',
          'logs:StartQuery',
          'logs:StopQuery',
          'logs:TestMetricFilter',
          'logs:FilterLogEvents',
          'logs:StartLiveTail',
          'logs:StopLiveTail',
          'cloudwatch:GenerateQuery',
        ),
      },
    ],
  },
];

function elbv2Statement(sid: string, action: string, resource: string): ManagedStatement {
  return { Sid: sid, Effect: 'Allow', Action: action, Resource: [`arn:aws:elasticloadbalancing:*:*:${resource}`] };
}
