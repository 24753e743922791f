import { expect, test } from 'vitest';
import { openEc2 } from './contract/opened-ec2.ts';
import { newVpc } from './contract/small-vpc.ts';
import { vpcChanges } from './index.ts';

test('[DNS-9] VPCs are told when they come, change and go', async () => {
  const ec2 = await openEc2();
  const changes = vpcChanges(ec2.database);
  const told: unknown[] = [];
  const stop = changes.onChange((key) => told.push(changes.vpc(key)));
  const { vpcId, subnetId, otherSubnetId } = await newVpc(ec2, 5);
  const made = { id: vpcId, region: 'us-east-1', cidrs: ['10.5.0.0/16'], answers: true };
  expect(told).toContainEqual(made);
  expect([...changes.keys()].map((key) => changes.vpc(key)?.id)).toContain(vpcId);
  await ec2.call('ModifyVpcAttribute', { VpcId: vpcId, EnableDnsSupport: { Value: false } });
  expect(told.at(-1)).toEqual({ ...made, answers: false });
  for (const SubnetId of [subnetId, otherSubnetId]) await ec2.call('DeleteSubnet', { SubnetId });
  await ec2.call('DeleteVpc', { VpcId: vpcId });
  expect(told.at(-1)).toBeUndefined();
  stop();
  await newVpc(ec2, 6);
  expect(told.at(-1)).toBeUndefined();
});
