// What an evaluation costs with 1 and with 50 policies on the caller, and what reading a policy costs: `npx tsx bench/policy.ts`.
import { evaluate, explain, parsePolicy, PolicySet, principalContext } from '../src/policy/index.ts';
import type { AccessRequest, AttachedPolicy, Principal } from '../src/policy/index.ts';

const account = '123456789012';
const user: Principal = {
  type: 'user',
  account,
  arn: `arn:aws:iam::${account}:user/alice`,
  name: 'alice',
  id: 'AIDAALICEALICEALICE1',
};
const services = [
  'ecs',
  'ecr',
  'logs',
  'ec2',
  'iam',
  'secretsmanager',
  'ssm',
  's3',
  'elasticloadbalancing',
  'cloudwatch',
];

/** A policy as people write them: reading, writing under a tag, one's own things, a Deny. */
function policyText(index: number): string {
  const service = services[index % services.length] ?? 'ecs';
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'Read',
        Effect: 'Allow',
        Action: [`${service}:Describe*`, `${service}:List*`, `${service}:Get*`],
        Resource: '*',
      },
      {
        Sid: 'Write',
        Effect: 'Allow',
        Action: [`${service}:Create*`, `${service}:Update*`, `${service}:Run${index}`, `${service}:StopTask`],
        Resource: [
          `arn:aws:${service}:*:${account}:thing/app-${index}/*`,
          `arn:aws:${service}:us-*-1:${account}:other/*`,
        ],
        Condition: {
          StringEquals: { [`aws:ResourceTag/team-${index}`]: ['web', 'data'] },
          Bool: { 'aws:SecureTransport': 'true' },
        },
      },
      {
        Sid: 'Own',
        Effect: 'Allow',
        Action: `${service}:*`,
        Resource: `arn:aws:${service}:*:*:user/\${aws:username}/*`,
      },
      {
        Sid: 'Office',
        Effect: 'Deny',
        Action: `${service}:Delete*`,
        Resource: '*',
        Condition: { NotIpAddress: { 'aws:SourceIp': ['10.0.0.0/8', '2001:db8::/32'] } },
      },
    ],
  });
}

const runTask = {
  name: 'RunWeb',
  document: parsePolicy(
    JSON.stringify({
      Version: '2012-10-17',
      Statement: {
        Effect: 'Allow',
        Action: ['ecs:RunTask', 'ecs:StopTask'],
        Resource: `arn:aws:ecs:us-east-1:${account}:task-definition/web:*`,
        Condition: { ArnEquals: { 'ecs:cluster': `arn:aws:ecs:us-east-1:${account}:cluster/prod` } },
      },
    }),
    { kind: 'managed' },
  ),
} satisfies AttachedPolicy;

function attached(count: number): AttachedPolicy[] {
  const others = Array.from({ length: count - 1 }, (_, index) => ({
    name: `p${index}`,
    document: parsePolicy(policyText(index), { kind: 'managed' }),
  }));
  return [...others, runTask];
}

const context = new Map([
  ...principalContext(user),
  ['aws:sourceip', ['10.1.2.3']],
  ['aws:securetransport', ['true']],
  ['ecs:cluster', [`arn:aws:ecs:us-east-1:${account}:cluster/prod`]],
]);

/** Microseconds of CPU a call, the median of five rounds after a warm-up. */
function usOf(run: () => void, calls: number): number {
  const rounds = Array.from({ length: 6 }, () => {
    const start = process.cpuUsage().user;
    for (let call = 0; call < calls; call++) run();
    return (process.cpuUsage().user - start) / calls;
  });
  return rounds.slice(1).sort((a, b) => a - b)[2] ?? 0;
}

function report(name: string, run: () => void, calls: number): void {
  console.log(`${name.padEnd(56)} ${usOf(run, calls).toFixed(2)} µs`);
}

for (const count of [1, 50]) {
  const policies = attached(count);
  const identity = new PolicySet(policies);
  const boundary = new PolicySet([policies[0] ?? runTask]);
  const request = (action: string, resource: string): AccessRequest => ({
    principal: user,
    action,
    resource,
    context,
    policies: { identity },
  });
  const web = `arn:aws:ecs:us-east-1:${account}:task-definition/web:3`;
  const cases: Readonly<Record<string, AccessRequest>> = {
    'ecs:RunTask, allowed': request('ecs:RunTask', web),
    'ecs:RunTask, refused (the resource)': request('ecs:RunTask', web.replace('web', 'db')),
    'ecs:RunTask, allowed, with a boundary': { ...request('ecs:RunTask', web), policies: { identity, boundary } },
    'ecs:DescribeTasks': request('ecs:DescribeTasks', `arn:aws:ecs:us-east-1:${account}:task/prod/1`),
    'ecs:DeleteService (a Deny with addresses, own variables)': request(
      'ecs:DeleteService',
      `arn:aws:ecs:us-east-1:${account}:service/prod/web`,
    ),
    'an action of no policy': request('sns:Publish', `arn:aws:sns:us-east-1:${account}:t`),
  };
  console.log(`\n${count} ${count === 1 ? 'policy' : 'policies'} on the caller`);
  for (const [name, asked] of Object.entries(cases))
    report(`  ${name}: ${evaluate(asked).outcome}`, () => void evaluate(asked), 100_000);
  const asked = request('ecs:RunTask', web);
  report(
    '  the first evaluation after a policy changed',
    () => void evaluate({ ...asked, policies: { identity: new PolicySet(policies) } }),
    2_000,
  );
  report('  explain', () => void explain(asked), 2_000);
}

const text = policyText(1);
console.log('');
report(
  `a policy of ${text.length} characters, read and compiled`,
  () => void parsePolicy(text, { kind: 'managed' }),
  2_000,
);

const hostile = `arn:aws:ecs:*:*:${'a*'.repeat(60)}b`;
const resources = Array.from({ length: Math.floor(6_144 / hostile.length) }, () => hostile);
const nasty = {
  name: 'nasty',
  document: parsePolicy(
    JSON.stringify({ Version: '2012-10-17', Statement: { Effect: 'Allow', Action: '*', Resource: resources } }),
    { kind: 'managed' },
  ),
};
const set = new PolicySet(Array.from({ length: 20 }, () => nasty));
const target = `arn:aws:ecs:us-east-1:${account}:service/${'a'.repeat(255)}`;
report(
  `20 policies of ${resources.length} hostile patterns, a resource of ${target.length} characters`,
  () =>
    void evaluate({ principal: user, action: 'ecs:RunTask', resource: target, context, policies: { identity: set } }),
  50,
);
