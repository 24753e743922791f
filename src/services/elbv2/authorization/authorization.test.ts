import { beforeAll, expect, test } from 'vitest';
import { allows, questionsOf, written } from '../../../testkit/index.ts';
import { openElbv2, type OpenedElbv2 } from '../contract/opened-elbv2.ts';

const own = 'arn:aws:elasticloadbalancing:us-east-1:123456789012:';
const hex = '0123456789abcdef';
const balancer = `${own}loadbalancer/app/web/${hex}`;
const listener = `${own}listener/app/web/${hex}/${hex}`;
const rule = `${own}listener-rule/app/web/${hex}/${hex}/${hex}`;
const group = `${own}targetgroup/web/${hex}`;
const Tags = [{ Key: 'stage', Value: 'test' }];

/** Actions as `elb:…`, ARNs as `~…`. */
const short = (text: string): string => text.replaceAll(own, '~').replaceAll('elasticloadbalancing:', 'elb:');
const keys = ['ListenerProtocol', 'SecurityPolicy', 'Scheme', 'SecurityGroup', 'Subnet', 'CreateAction'].map(
  (name) => `elasticloadbalancing:${name}`,
);

let elb: OpenedElbv2;

beforeAll(async () => {
  elb = await openElbv2({ start: false });
});

const described = [
  'DescribeAccountLimits',
  'DescribeListenerAttributes',
  'DescribeListenerCertificates',
  'DescribeListeners',
  'DescribeLoadBalancerAttributes',
  'DescribeLoadBalancers',
  'DescribeRules',
  'DescribeSSLPolicies',
  'DescribeTags',
  'DescribeTargetGroupAttributes',
  'DescribeTargetGroups',
  'DescribeTargetHealth',
];

const onOne: readonly (readonly [string, object, string])[] = [
  ['AddListenerCertificates', { ListenerArn: listener }, listener],
  ['DeleteListener', { ListenerArn: listener }, listener],
  ['DeleteLoadBalancer', { LoadBalancerArn: balancer.replace('aws', 'aws-cn') }, balancer],
  ['DeleteRule', { RuleArn: rule }, rule],
  ['DeleteTargetGroup', { TargetGroupArn: group }, group],
  ['DeregisterTargets', { TargetGroupArn: group }, group],
  ['ModifyListener', { ListenerArn: listener }, listener],
  ['ModifyListenerAttributes', { ListenerArn: listener }, listener],
  ['ModifyLoadBalancerAttributes', { LoadBalancerArn: balancer }, balancer],
  ['ModifyRule', { RuleArn: rule }, rule],
  ['ModifyTargetGroup', { TargetGroupArn: group }, group],
  ['ModifyTargetGroupAttributes', { TargetGroupArn: 'nonsense' }, 'nonsense'],
  ['RegisterTargets', { TargetGroupArn: group }, group],
  ['RemoveListenerCertificates', { ListenerArn: listener }, listener],
  ['SetIpAddressType', { LoadBalancerArn: balancer }, balancer],
  ['SetSecurityGroups', { LoadBalancerArn: balancer, SecurityGroups: [] }, balancer],
  ['SetSubnets', { LoadBalancerArn: balancer }, balancer],
];

const table: readonly (readonly [string, object, readonly string[]])[] = [
  ...described.map((name) => [name, {}, [`elb:${name} *`]] as const),
  ...onOne.map(([name, input, resource]) => [name, input, [short(`elb:${name} ${resource}`)]] as const),
  [
    'AddTags',
    { ResourceArns: [balancer, rule], Tags },
    [short(`elb:AddTags ${balancer}`), short(`elb:AddTags ${rule}`)],
  ],
  ['AddTags', { ResourceArns: [], Tags }, ['elb:AddTags *']],
  ['RemoveTags', { ResourceArns: [group], TagKeys: ['a'] }, [short(`elb:RemoveTags ${group}`)]],
  ['SetRulePriorities', { RulePriorities: [{ RuleArn: rule }] }, [short(`elb:SetRulePriorities ${rule}`)]],
  [
    'SetSecurityGroups',
    { LoadBalancerArn: balancer, SecurityGroups: ['sg-1'] },
    [short(`elb:SetSecurityGroups ${balancer} elb:SecurityGroup=sg-1`)],
  ],
  [
    'CreateListener',
    { LoadBalancerArn: balancer, Protocol: 'HTTPS', SslPolicy: 'P', Tags },
    [
      short(`elb:CreateListener ${balancer} elb:ListenerProtocol=HTTPS elb:SecurityPolicy=P`),
      `elb:AddTags ~listener/app/web/${hex}/* elb:CreateAction=CreateListener`,
    ],
  ],
  [
    'CreateLoadBalancer',
    { Name: 'web', SubnetMappings: [{ SubnetId: 's-1' }], SecurityGroups: ['sg-1'], Tags },
    [
      'elb:CreateLoadBalancer ~loadbalancer/app/web/* elb:Scheme=internet-facing elb:SecurityGroup=sg-1 elb:Subnet=s-1',
      'elb:AddTags ~loadbalancer/app/web/* elb:CreateAction=CreateLoadBalancer',
    ],
  ],
  [
    'CreateLoadBalancer',
    { Name: 'n', Type: 'network', Scheme: 'internal' },
    ['elb:CreateLoadBalancer ~loadbalancer/net/n/* elb:Scheme=internal'],
  ],
  [
    'CreateRule',
    { ListenerArn: listener, Tags },
    [
      short(`elb:CreateRule ${listener}`),
      `elb:AddTags ~listener-rule/app/web/${hex}/${hex}/* elb:CreateAction=CreateRule`,
    ],
  ],
  [
    'CreateTargetGroup',
    { Name: 'web', Tags },
    ['elb:CreateTargetGroup ~targetgroup/web/*', 'elb:AddTags ~targetgroup/web/* elb:CreateAction=CreateTargetGroup'],
  ],
];

test('[AUT-1] every operation of Elastic Load Balancing says what it asks, and no other', () => {
  const { handlers, authorization } = elb.service.definition;
  const handled = Object.keys(handlers).sort();
  expect(Object.keys(authorization ?? {}).sort()).toEqual(handled);
  expect([...new Set(table.map(([name]) => name))].sort()).toEqual(handled);
});

test.each(table)('[AUT-2] %s asks (%j)', (name, input, expected) => {
  const questions = questionsOf(elb.service.definition, name, input);
  expect(questions.map((question) => short(written(question, keys)))).toEqual(expected);
});

test('[AUT-7] tags of a load balancer, its listeners and rules, and of a target group count', async () => {
  const opened = await openElbv2();
  const made = async () => {
    const { LoadBalancers } = await opened.call('CreateLoadBalancer', {
      Name: 'web',
      Subnets: ['subnet-a', 'subnet-b'],
      Tags,
    });
    const LoadBalancerArn = LoadBalancers?.[0]?.LoadBalancerArn ?? '';
    const { TargetGroups } = await opened.call('CreateTargetGroup', {
      Name: 'web',
      Protocol: 'HTTP',
      Port: 80,
      VpcId: 'vpc-1',
      TargetType: 'ip',
      Tags,
    });
    const TargetGroupArn = TargetGroups?.[0]?.TargetGroupArn ?? '';
    const forward = [{ Type: 'forward' as const, TargetGroupArn }];
    const { Listeners } = await opened.call('CreateListener', {
      LoadBalancerArn,
      Protocol: 'HTTP',
      Port: 80,
      DefaultActions: forward,
      Tags,
    });
    const ListenerArn = Listeners?.[0]?.ListenerArn ?? '';
    const conditions = [{ Field: 'path-pattern', Values: ['/a'] }];
    const { Rules } = await opened.call('CreateRule', {
      ListenerArn,
      Priority: 1,
      Conditions: conditions,
      Actions: forward,
      Tags,
    });
    return [LoadBalancerArn, TargetGroupArn, ListenerArn, Rules?.[0]?.RuleArn ?? ''];
  };
  const ResourceArns = await made();
  const questions = questionsOf(opened.service.definition, 'RemoveTags', { ResourceArns, TagKeys: ['stage'] });
  expect(questions).toHaveLength(4);
  const policy = (stage: string) => ({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: '*',
        Resource: '*',
        Condition: {
          StringEquals: { 'elasticloadbalancing:ResourceTag/stage': stage, 'aws:ResourceTag/Stage': stage },
        },
      },
    ],
  });
  expect(allows(policy('test'), questions)).toBe(true);
  for (const question of questions) expect(allows(policy('production'), [question])).toBe(false);
});

// As in https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/load-balancer-authentication-access-control.html
test.each<[object, string, object, boolean]>([
  [{ Action: 'elasticloadbalancing:Describe*', Resource: '*' }, 'DescribeRules', {}, true],
  [
    { Action: 'elasticloadbalancing:DeleteLoadBalancer', Resource: `${own}loadbalancer/app/web/*` },
    'DeleteLoadBalancer',
    { LoadBalancerArn: balancer },
    true,
  ],
  [
    { Action: 'elasticloadbalancing:DeleteLoadBalancer', Resource: `${own}loadbalancer/app/api/*` },
    'DeleteLoadBalancer',
    { LoadBalancerArn: balancer },
    false,
  ],
  [
    {
      Action: 'elasticloadbalancing:*',
      Resource: '*',
      Condition: { StringEquals: { 'elasticloadbalancing:Scheme': 'internal' } },
    },
    'CreateLoadBalancer',
    { Name: 'web' },
    false,
  ],
  [
    {
      Action: 'elasticloadbalancing:*',
      Resource: '*',
      Condition: { 'ForAnyValue:StringEquals': { 'elasticloadbalancing:ListenerProtocol': ['HTTPS', 'TLS'] } },
    },
    'CreateListener',
    { LoadBalancerArn: balancer, Protocol: 'HTTP' },
    false,
  ],
])('[AUT-10] %j and %s', (statement, name, input, expected) => {
  const policy = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] };
  expect(allows(policy, questionsOf(elb.service.definition, name, input))).toBe(expected);
});
