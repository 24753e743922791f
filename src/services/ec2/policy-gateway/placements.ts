import type { Database, RowChange } from '../../../store/index.ts';
import type { PlacedOn, Placement, PlacementChange, TaskPlacements } from '../ports.ts';
import { networkInterfaces, type NetworkInterfaceRecord } from '../records/network-interface.ts';
import { nodeMachineKey, nodeMachines, type NodeMachineRecord } from '../records/node-machine.ts';

/** Whose interfaces are on the machine of the balancer. */
const balancersOwner = 'amazon-elb';

export interface PlacementsDeps {
  readonly database: Database;
  /** Absent: no task is on any machine. */
  readonly tasks?: TaskPlacements | undefined;
}

/** Which machine each address of a VPC is on, once for all sessions: read from the tables at the start, and following their changes. */
export class PlacementsIndex {
  readonly #deps: PlacementsDeps;
  readonly #vpcs = new Map<string, Map<string, PlacedOn>>();

  constructor(deps: PlacementsDeps) {
    this.#deps = deps;
  }

  /** @param heard is called with each address whose machine is another, or none, from then on */
  start(heard: (vpcId: string, address: string) => void): () => void {
    const { database, tasks } = this.#deps;
    const take = (change: PlacementChange): void => this.#take(change, heard);
    for (const after of [...(tasks?.all() ?? []), ...this.#nodes(nodeMachine(database))])
      take({ before: undefined, after });
    const unfollow = [
      tasks?.follow(take),
      database.table(networkInterfaces).onChange((change) => this.#interfaceChanged(change, take)),
      database.table(nodeMachines).onChange((change) => this.#nodesMoved(change, take)),
    ];
    return () => {
      for (const end of unfollow) end?.();
    };
  }

  machine(vpcId: string, address: string): PlacedOn | undefined {
    return this.#vpcs.get(vpcId)?.get(address);
  }

  ofVpc(vpcId: string): Iterable<readonly [address: string, machine: PlacedOn]> {
    return this.#vpcs.get(vpcId) ?? [];
  }

  #take({ before, after }: PlacementChange, heard: (vpcId: string, address: string) => void): void {
    if (before !== undefined && (before.vpcId !== after?.vpcId || before.address !== after.address)) {
      const addresses = this.#vpcs.get(before.vpcId);
      addresses?.delete(before.address);
      if (addresses?.size === 0) this.#vpcs.delete(before.vpcId);
      heard(before.vpcId, before.address);
    }
    if (after === undefined) return;
    const addresses = this.#vpcs.get(after.vpcId) ?? new Map<string, PlacedOn>();
    this.#vpcs.set(after.vpcId, addresses.set(after.address, after.machine));
    heard(after.vpcId, after.address);
  }

  #interfaceChanged(
    { before, after }: RowChange<NetworkInterfaceRecord>,
    take: (change: PlacementChange) => void,
  ): void {
    if ((after ?? before)?.instanceOwnerId !== balancersOwner) return;
    const machine = nodeMachine(this.#deps.database);
    if (machine !== undefined)
      take({ before: before && placed(before, machine), after: after && placed(after, machine) });
  }

  #nodesMoved({ before, after }: RowChange<NodeMachineRecord>, take: (change: PlacementChange) => void): void {
    const isThere = after !== undefined;
    for (const one of this.#nodes(after ?? before))
      take({ before: isThere ? undefined : one, after: isThere ? one : undefined });
  }

  *#nodes(machine: NodeMachineRecord | undefined): Iterable<Placement> {
    if (machine === undefined) return;
    const table = this.#deps.database.table(networkInterfaces);
    for (const scope of table.values('scope'))
      for (const key of table.keys('scope', scope)) {
        const row = table.get(key)?.row;
        if (row?.instanceOwnerId === balancersOwner) yield placed(row, machine);
      }
  }
}

function nodeMachine(database: Database): NodeMachineRecord | undefined {
  return database.get(nodeMachines, nodeMachineKey)?.row;
}

function placed({ vpcId, privateIpAddress }: NetworkInterfaceRecord, { underlay }: NodeMachineRecord): Placement {
  return { vpcId, address: privateIpAddress, machine: { name: 'the machine of the balancer', underlay } };
}
