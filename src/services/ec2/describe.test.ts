import { expect, test } from 'vitest';
import { openEc2 } from './contract/opened-ec2.ts';
import { newVpc, there, vpcFilter } from './contract/small-vpc.ts';

test('[NET-2] a page follows also when all that was on the one before has been deleted', async () => {
  const opened = await openEc2();
  const { call } = opened;
  const { vpcId: VpcId } = await newVpc(opened);
  const made: string[] = [];
  for (let n = 0; n < 12; n += 1) {
    const { GroupId } = await call('CreateSecurityGroup', { GroupName: `g${n}`, Description: 'd', VpcId });
    made.push(there(GroupId));
  }
  const Filters = [...vpcFilter(VpcId).Filters, { Name: 'group-name', Values: ['g*'] }];
  const deleted: string[] = [];
  let NextToken: string | undefined;
  do {
    const page = await call('DescribeSecurityGroups', { Filters, MaxResults: 5, NextToken });
    for (const { GroupId } of page.SecurityGroups ?? []) {
      await call('DeleteSecurityGroup', { GroupId });
      deleted.push(there(GroupId));
    }
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  expect([...deleted].sort()).toEqual([...made].sort());
});

test('[NET-2] what comes between two pages repeats nothing and hides nothing', async () => {
  const opened = await openEc2();
  const { call } = opened;
  const { vpcId: VpcId } = await newVpc(opened);
  const make = async (name: string): Promise<string> =>
    there((await call('CreateSecurityGroup', { GroupName: name, Description: 'd', VpcId })).GroupId);
  const made: string[] = [];
  for (let n = 0; n < 12; n += 1) made.push(await make(`g${n}`));
  const Filters = [...vpcFilter(VpcId).Filters, { Name: 'group-name', Values: ['g*'] }];
  const seen: string[] = [];
  let NextToken: string | undefined;
  do {
    const page = await call('DescribeSecurityGroups', { Filters, MaxResults: 5, NextToken });
    seen.push(...(page.SecurityGroups ?? []).map(({ GroupId }) => there(GroupId)));
    NextToken = page.NextToken;
    await make(`late${seen.length}`);
  } while (NextToken !== undefined);
  expect(new Set(seen).size).toBe(seen.length);
  expect(seen).toEqual(expect.arrayContaining(made));
});
