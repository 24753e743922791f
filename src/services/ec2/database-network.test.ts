import { expect, test } from 'vitest';
import { silentLog } from '../../kernel/index.ts';
import { MemoryStore, openDatabase } from '../../store/index.ts';
import { SimClock, SimIds } from '../../testkit/index.ts';
import { databaseNetwork, defaultNetwork, ec2Tables, taskInterfaces } from './index.ts';
import { networkInterfaceKey, networkInterfaces } from './records/network-interface.ts';

const scope = { account: '123456789012', region: 'us-east-1' };
const platform = { account: '000000000000', region: 'us-east-1' };

test("[RDS-19] a database's interface is its user's: it is RDS's to remove, not that of the task that runs", async () => {
  const database = await openDatabase(new MemoryStore(), ec2Tables, { log: silentLog, freezeRows: true });
  const deps = { database, clock: new SimClock(() => Promise.resolve()), ids: new SimIds(1) };
  const network = databaseNetwork(deps);
  const { subnets, vpc, securityGroup } = defaultNetwork(scope);
  expect(network.defaultSubnets(scope).map(({ id }) => id)).toEqual(subnets.map(({ id }) => id));
  const request = {
    scope,
    subnets: subnets.map(({ id }) => id),
    securityGroups: [securityGroup.id],
    zones: ['us-east-1b'],
    description: 'RDSNetworkInterface',
    chance: 0,
  };
  const { result: made } = await database.transact((tx) => network.createInterface(tx, request));
  expect(made).toMatchObject({
    vpcId: vpc.id,
    subnetId: subnets[1]?.id,
    availabilityZone: 'us-east-1b',
    prefixLength: 20,
  });
  const row = () => database.get(networkInterfaces, networkInterfaceKey(scope, made.networkInterfaceId))?.row;
  expect(row()).toMatchObject({
    description: 'RDSNetworkInterface',
    instanceOwnerId: 'amazon-rds',
    requesterManaged: true,
    securityGroupIds: [securityGroup.id],
  });
  await database.transact((tx) => taskInterfaces(deps).remove(tx, platform, made.networkInterfaceId));
  expect(row()).toBeDefined();
  await database.transact((tx) => network.removeInterface(tx, scope, made.networkInterfaceId));
  expect(row()).toBe(undefined);
});
