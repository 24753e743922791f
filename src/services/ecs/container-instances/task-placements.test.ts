import { expect, test } from 'vitest';
import { silentLog } from '../../../kernel/index.ts';
import { MemoryStore, openDatabase } from '../../../store/index.ts';
import { containerInstances, type ContainerInstanceRecord } from '../records/container-instance.ts';
import { tasks, type TaskRecord } from '../records/task.ts';
import { taskPlacements } from './task-placements.ts';

const attributes = (address: string, vxlan = 'across'): ContainerInstanceRecord['attributes'] => [
  { name: 'ecs.longshore.underlay-address', value: address },
  { name: 'ecs.longshore.vxlan', value: vxlan },
];
const home = { account: '123456789012', region: 'us-east-1', cluster: 'c' };
const instance = (id: string, more: Partial<ContainerInstanceRecord> = {}) =>
  ({
    ...home,
    id,
    ec2InstanceId: `i-${id}`,
    status: 'ACTIVE',
    attributes: attributes('10.0.0.1'),
    ...more,
  }) as ContainerInstanceRecord;
const instanceKey = (id: string): string => `/ecs/instance/${id}`;
const task = (more: Partial<TaskRecord> = {}) =>
  ({
    ...home,
    id: 't',
    family: 'f',
    revision: 1,
    launchType: 'EC2',
    lastStatus: 'PROVISIONING',
    desiredStatus: 'RUNNING',
    attachment: { vpcId: 'vpc-1', privateIpv4Address: '172.31.0.9', status: 'PRECREATED' },
    ...more,
  }) as TaskRecord;
const at = (name: string, address: string, vxlan = 'across') => ({
  vpcId: 'vpc-1',
  address: '172.31.0.9',
  machine: { name, underlay: { address, vxlan } },
});

test('[NM-2] an address is on the machine of its task, from its placement to its end', async () => {
  const database = await openDatabase(new MemoryStore(), [containerInstances, tasks], { log: silentLog });
  const heard: unknown[] = [];
  const write = async (row: TaskRecord | undefined): Promise<void> => {
    await database.transact((tx) =>
      row === undefined ? tx.delete(tasks, '/ecs/task/t') : tx.put(tasks, '/ecs/task/t', row),
    );
  };
  const writeInstance = async (id: string, row: ContainerInstanceRecord): Promise<void> => {
    await database.transact((tx) => tx.put(containerInstances, instanceKey(id), row));
  };
  await writeInstance('a', instance('a'));
  await writeInstance('b', instance('b', { attributes: attributes('10.0.0.2', 'often') }));
  const placements = taskPlacements(database);
  const stop = placements.follow(({ before, after }) => heard.push([before, after]));
  await write(task());
  expect(heard).toEqual([]);
  await write(task({ instanceKey: instanceKey('a') }));
  expect(heard.splice(0)).toEqual([[undefined, at('i-a', '10.0.0.1')]]);
  expect([...placements.all()]).toEqual([at('i-a', '10.0.0.1')]);
  await write(task({ instanceKey: instanceKey('a'), lastStatus: 'RUNNING' }));
  expect(heard).toEqual([]);
  // Placed again elsewhere; a machine that says nothing it is known for uses no VXLAN.
  await write(task({ instanceKey: instanceKey('b') }));
  expect(heard.splice(0)).toEqual([[at('i-a', '10.0.0.1'), at('i-b', '10.0.0.2', 'never')]]);
  // Its machine has another address now, then none that others reach.
  await writeInstance('b', instance('b', { attributes: attributes('10.0.0.3') }));
  expect(heard.splice(0)).toEqual([[at('i-b', '10.0.0.2', 'never'), at('i-b', '10.0.0.3')]]);
  await writeInstance('b', instance('b', { attributes: [] }));
  expect(heard.splice(0)).toEqual([[at('i-b', '10.0.0.3'), undefined]]);
  await writeInstance('b', instance('b', { attributes: attributes('10.0.0.3') }));
  heard.length = 0;
  await write(task({ instanceKey: instanceKey('b'), lastStatus: 'STOPPED' }));
  expect(heard.splice(0)).toEqual([[at('i-b', '10.0.0.3'), undefined]]);
  expect([...placements.all()]).toEqual([]);
  await write(undefined);
  expect(heard).toEqual([]);
  stop();
});
