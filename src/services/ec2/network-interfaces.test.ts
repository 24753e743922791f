import { expect, test } from 'vitest';
import { network, openEc2 } from './contract/opened-ec2.ts';
import { newVpc, there } from './contract/small-vpc.ts';

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
