import { expect, test } from 'vitest';
import { silentLog } from '../../kernel/index.ts';
import { MemoryStore, openDatabase } from '../../store/index.ts';
import { allows, questionsOf, SimIds, written } from '../../testkit/index.ts';
import { defaultNetwork, ec2Service, ec2Tables } from './index.ts';

const scope = { account: '123456789012', region: 'us-east-1' };
const vpcId = defaultNetwork(scope).vpc.id;

async function opened() {
  const database = await openDatabase(new MemoryStore(), ec2Tables, { log: silentLog, freezeRows: true });
  const clock = { nowMs: () => 1_700_000_000_000, after: () => () => undefined };
  return ec2Service({ database, clock, ids: new SimIds(1) });
}

test('[AUT-1] every operation of EC2 says what it asks, and no other', async () => {
  const { handlers, authorization } = await opened();
  expect(Object.keys(authorization ?? {}).sort()).toEqual(Object.keys(handlers).sort());
});

test('[AUT-2] what describes asks about everything in the region, DescribeVpcAttribute about the VPC', async () => {
  const service = await opened();
  const keys = ['ec2:Region', 'ec2:VpcID', 'ec2:Tenancy'];
  for (const name of Object.keys(service.handlers).filter((one) => /^Describe(?!VpcAttribute)/.test(one))) {
    const lines = questionsOf(service, name, {}).map((question) => written(question, keys));
    expect(lines).toEqual([`ec2:${name} * ec2:Region=us-east-1`]);
  }
  const attribute = (VpcId: string) =>
    questionsOf(service, 'DescribeVpcAttribute', { VpcId }).map((question) => written(question, keys));
  const vpc = 'arn:aws:ec2:us-east-1:123456789012:vpc';
  expect(attribute(vpcId)).toEqual([
    `ec2:DescribeVpcAttribute ${vpc}/${vpcId} ec2:Region=us-east-1 ec2:VpcID=${vpcId} ec2:Tenancy=default`,
  ]);
  expect(attribute('vpc-1')).toEqual([`ec2:DescribeVpcAttribute ${vpc}/vpc-1 ec2:Region=us-east-1 ec2:VpcID=vpc-1`]);
});

test.each<[object, string, object, boolean]>([
  [{ Action: 'ec2:Describe*', Resource: '*' }, 'DescribeSubnets', {}, true],
  [{ Action: 'ec2:Describe*', Resource: 'arn:aws:ec2:*:*:subnet/*' }, 'DescribeSubnets', {}, false],
  [
    { Action: 'ec2:*', Resource: '*', Condition: { StringEquals: { 'ec2:Region': 'eu-west-1' } } },
    'DescribeVpcs',
    {},
    false,
  ],
  [{ Action: 'ec2:*', Resource: `arn:aws:ec2:*:*:vpc/${vpcId}` }, 'DescribeVpcAttribute', { VpcId: vpcId }, true],
  [{ Action: 'ec2:*', Resource: 'arn:aws:ec2:*:*:vpc/vpc-1' }, 'DescribeVpcAttribute', { VpcId: vpcId }, false],
])('[AUT-10] %j and %s', async (statement, name, input, expected) => {
  const policy = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] };
  expect(allows(policy, questionsOf(await opened(), name, input))).toBe(expected);
});
