import type { Machine, Machines } from '../services/ec2/index.ts';
import { ec2Machines, type ContainerInstanceRecord } from '../services/ecs/index.ts';
import type { Database } from '../store/index.ts';

/** What EC2 says of the machines that joined clusters: their agents are the only ones who know of them. */
export function machines(database: Database): Machines {
  return {
    *all(scope) {
      for (const instance of ec2Machines(database, scope)) {
        const machine = machineOf(instance);
        if (machine !== undefined) yield machine;
      }
    },
  };
}

function machineOf(instance: ContainerInstanceRecord): Machine | undefined {
  const { ec2InstanceId: id, address, attributes, registeredAtMs } = instance;
  if (id === undefined) return undefined;
  const attribute = (name: string) => attributes.find((each) => each.name === name)?.value;
  const facts = {
    type: attribute('ecs.instance-type'),
    availabilityZone: attribute('ecs.availability-zone'),
    cpuArchitecture: attribute('ecs.cpu-architecture'),
    vpcId: attribute('ecs.vpc-id'),
    subnetId: attribute('ecs.subnet-id'),
    address,
  };
  return { id, registeredAtMs, ...facts };
}
