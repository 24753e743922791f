import { expect, test, vi } from 'vitest';
import { network, openEc2 } from './contract/opened-ec2.ts';
import { newVpc, there } from './contract/small-vpc.ts';
import { networkInterfaces } from './records/network-interface.ts';

test('[NET-80] a user’s own interface keeps its address and is used by nobody', async () => {
  const opened = await openEc2();
  const { call, outcome } = opened;
  const { subnetId: SubnetId } = await newVpc(opened);
  const input = { SubnetId, Description: 'mine', PrivateIpAddress: '10.0.1.77', ClientToken: 'once' };
  const { NetworkInterface } = await call('CreateNetworkInterface', input);
  const NetworkInterfaceId = there(NetworkInterface?.NetworkInterfaceId);
  expect((await call('CreateNetworkInterface', input)).NetworkInterface?.NetworkInterfaceId).toBe(NetworkInterfaceId);
  const { NetworkInterfaces } = await call('DescribeNetworkInterfaces', {
    Filters: [{ Name: 'status', Values: ['available'] }],
  });
  expect(NetworkInterfaces).toMatchObject([
    {
      NetworkInterfaceId,
      Description: 'mine',
      PrivateIpAddress: '10.0.1.77',
      RequesterManaged: false,
      Groups: [{ GroupName: 'default' }],
    },
  ]);
  expect(NetworkInterfaces?.[0]?.Attachment).toBeUndefined();
  expect(await outcome('CreateNetworkInterface', { SubnetId, PrivateIpAddress: '10.0.1.77' })).toBe(
    'InvalidIPAddress.InUse: Address 10.0.1.77 is in use.',
  );
  expect(await outcome('CreateNetworkInterface', { SubnetId, PrivateIpAddress: '10.0.1.3' })).toBe(
    "InvalidParameterValue: Address 10.0.1.3 does not fall within the subnet's address range",
  );
  expect(await outcome('CreateNetworkInterface', { SubnetId, Groups: [network.securityGroup.id] })).toMatch(
    /^InvalidParameter: You have specified two resources that belong to different networks/,
  );
  expect(await outcome('CreateNetworkInterface', { SubnetId, SecondaryPrivateIpAddressCount: 1 })).toContain(
    'SecondaryPrivateIpAddressCount is not implemented by Longshore',
  );
  await call('ModifyNetworkInterfaceAttribute', { NetworkInterfaceId, SourceDestCheck: { Value: false } });
  await call('ModifyNetworkInterfaceAttribute', { NetworkInterfaceId, Description: { Value: 'changed' } });
  const attribute = (Attribute: 'description' | 'sourceDestCheck' | 'attachment') =>
    call('DescribeNetworkInterfaceAttribute', { NetworkInterfaceId, Attribute });
  expect(await attribute('description')).toEqual({ NetworkInterfaceId, Description: { Value: 'changed' } });
  expect(await attribute('sourceDestCheck')).toEqual({ NetworkInterfaceId, SourceDestCheck: { Value: false } });
  expect(await attribute('attachment')).toEqual({ NetworkInterfaceId });
  await call('DeleteNetworkInterface', { NetworkInterfaceId });
  expect(await outcome('DeleteNetworkInterface', { NetworkInterfaceId })).toBe(
    `InvalidNetworkInterfaceID.NotFound: The networkInterface ID '${NetworkInterfaceId}' does not exist`,
  );
  expect(await outcome('CreateNetworkInterface', { SubnetId, PrivateIpAddress: '10.0.1.77' })).toBe('ok');
});

test('[NET-81] a task’s interface is not its user’s to change', async () => {
  const opened = await openEc2();
  const { networkInterfaceId: NetworkInterfaceId } = await opened.createInterface({
    subnets: [there(network.subnets[0]).id],
  });
  expect(await opened.outcome('DeleteNetworkInterface', { NetworkInterfaceId })).toBe(
    `InvalidParameterValue: Network interface '${NetworkInterfaceId}' is currently in use.`,
  );
  expect(
    await opened.outcome('ModifyNetworkInterfaceAttribute', { NetworkInterfaceId, Description: { Value: 'x' } }),
  ).toBe('AuthFailure: You do not have permission to access the specified resource.');
});

test('[NET-82] those of a group are found without a look at the others', async () => {
  const opened = await openEc2();
  const { call, database } = opened;
  const { vpcId, subnetId } = await newVpc(opened);
  const { GroupId } = await call('CreateSecurityGroup', { GroupName: 'g', Description: 'd', VpcId: vpcId });
  const mine = await opened.createInterface({ subnets: [subnetId], securityGroups: [there(GroupId)] });
  await opened.createInterface({ subnets: [subnetId] });
  const page = vi.spyOn(database.table(networkInterfaces), 'page');
  const byGroup = async (group: string) => {
    const found = await call('DescribeNetworkInterfaces', { Filters: [{ Name: 'group-id', Values: [group] }] });
    return found.NetworkInterfaces?.map(({ NetworkInterfaceId }) => NetworkInterfaceId);
  };
  expect(await byGroup(there(GroupId))).toEqual([mine.networkInterfaceId]);
  expect(page.mock.calls.map(([index]) => index)).toEqual(['group']);
  expect(await byGroup('sg-12345678')).toEqual([]);
});
