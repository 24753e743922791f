import { expect, test } from 'vitest';
import { silentLog } from '../../kernel/index.ts';
import type { RequestContext } from '../../protocol/api/index.ts';
import type { Operations } from '../../protocol/generated/ec2.ts';
import { MemoryStore, openDatabase } from '../../store/index.ts';
import { SimIds } from '../../testkit/index.ts';
import { ec2Service, ec2Tables, type Machine } from './index.ts';

const scope = { account: '123456789012', region: 'us-east-1' };
const bare = {
  type: undefined,
  availabilityZone: undefined,
  cpuArchitecture: undefined,
  vpcId: undefined,
  subnetId: undefined,
  address: undefined,
};
const known: Machine = {
  ...bare,
  id: 'i-0aaaaaaaaaaaaaaaa',
  registeredAtMs: 5,
  type: 'm5.large',
  availabilityZone: 'us-east-1b',
  cpuArchitecture: 'x86_64',
  address: '192.168.7.4',
};

async function describeInstances(input: Operations['DescribeInstances']['input']) {
  const database = await openDatabase(new MemoryStore(), ec2Tables, { log: silentLog, freezeRows: true });
  const clock = { nowMs: () => 0, after: () => () => undefined };
  const machines = { all: () => [known, { ...bare, id: 'i-0bbbbbbbbbbbbbbbb', registeredAtMs: 6 }, known] };
  const { handlers } = ec2Service({ database, clock, ids: new SimIds(1), machines });
  const handler = handlers['DescribeInstances'] as (
    given: object,
    context: RequestContext,
  ) => Operations['DescribeInstances']['output'];
  return handler(input, scope as RequestContext).Reservations?.flatMap(({ Instances }) => Instances ?? []);
}

test('[NET-90] machines that joined clusters are instances, each once, with what is known of them', async () => {
  expect(await describeInstances({})).toMatchObject([
    {
      InstanceId: known.id,
      State: { Code: 16, Name: 'running' },
      InstanceType: 'm5.large',
      LaunchTime: 5,
      PrivateIpAddress: '192.168.7.4',
      PrivateDnsName: 'ip-192-168-7-4.ec2.internal',
      Architecture: 'x86_64',
      Placement: { AvailabilityZone: 'us-east-1b' },
    },
    { InstanceId: 'i-0bbbbbbbbbbbbbbbb' },
  ]);
  const Filters = [{ Name: 'private-ip-address', Values: ['192.168.*'] }];
  expect(await describeInstances({ Filters })).toMatchObject([{ InstanceId: known.id }]);
  await expect(describeInstances({ InstanceIds: ['i-1'] })).rejects.toThrow("The instance ID 'i-1' does not exist");
});
