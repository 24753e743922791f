import { parseArn } from '../../kernel/index.ts';

export interface NamedResource {
  readonly arn: string;
  readonly account: string;
  /** Such as `AWS::ECS::Cluster`. */
  readonly type: string | undefined;
}

const maxResources = 20;
const maxDepth = 3;

/** By the ARN's service and the first part of its resource. */
const types: Readonly<Record<string, string>> = {
  'acm:certificate': 'AWS::CertificateManager::Certificate',
  'cloudtrail:trail': 'AWS::CloudTrail::Trail',
  'cloudwatch:alarm': 'AWS::CloudWatch::Alarm',
  'ec2:subnet': 'AWS::EC2::Subnet',
  'ecr:repository': 'AWS::ECR::Repository',
  'ecs:cluster': 'AWS::ECS::Cluster',
  'ecs:container-instance': 'AWS::ECS::ContainerInstance',
  'ecs:service': 'AWS::ECS::Service',
  'ecs:task': 'AWS::ECS::Task',
  'ecs:task-definition': 'AWS::ECS::TaskDefinition',
  'ecs:task-set': 'AWS::ECS::TaskSet',
  'elasticloadbalancing:listener': 'AWS::ElasticLoadBalancingV2::Listener',
  'elasticloadbalancing:listener-rule': 'AWS::ElasticLoadBalancingV2::ListenerRule',
  'elasticloadbalancing:loadbalancer': 'AWS::ElasticLoadBalancingV2::LoadBalancer',
  'elasticloadbalancing:targetgroup': 'AWS::ElasticLoadBalancingV2::TargetGroup',
  'iam:instance-profile': 'AWS::IAM::InstanceProfile',
  'iam:policy': 'AWS::IAM::Policy',
  'iam:role': 'AWS::IAM::Role',
  'iam:user': 'AWS::IAM::User',
  'logs:log-group': 'AWS::Logs::LogGroup',
  'secretsmanager:secret': 'AWS::SecretsManager::Secret',
  'ssm:parameter': 'AWS::SSM::Parameter',
};

/** The resources whose ARNs stand near the top of requests and answers, each once. */
export function namedResources(values: readonly unknown[]): readonly NamedResource[] {
  const found = new Map<string, NamedResource>();
  for (const value of values) collect(value, 0, found);
  return [...found.values()];
}

function collect(value: unknown, depth: number, found: Map<string, NamedResource>): void {
  if (found.size >= maxResources || depth > maxDepth) return;
  if (typeof value === 'string') {
    const arn = value.startsWith('arn:') ? parseArn(value) : undefined;
    if (arn === undefined) return;
    const [, kind = ''] = /^([a-z-]+)[/:]/.exec(arn.resource) ?? [];
    found.set(value, { arn: value, account: arn.account, type: types[`${arn.service}:${kind}`] });
  } else if (typeof value === 'object' && value !== null) {
    for (const member of Object.values(value)) collect(member, depth + 1, found);
  }
}
