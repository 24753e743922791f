import type { Database } from '../../../store/index.ts';
import { containerInstances, type ContainerInstanceRecord } from '../records/container-instance.ts';
import { tasks, type TaskRecord } from '../records/task.ts';

/** What agents say with their registration: where other machines reach theirs. */
const underlayAttribute = 'ecs.longshore.underlay-address';
const vxlanAttribute = 'ecs.longshore.vxlan';

const vxlanUses = ['across', 'always', 'never'] as const;
type VxlanUse = (typeof vxlanUses)[number];

/** The address of a task's interface and the machine that it is on. */
interface Placement {
  readonly vpcId: string;
  readonly address: string;
  readonly machine: {
    readonly name: string;
    readonly underlay: { readonly address: string; readonly vxlan: VxlanUse };
  };
}

interface PlacementChange {
  readonly before: Placement | undefined;
  readonly after: Placement | undefined;
}

/** Which machines the interfaces of tasks are on: those of live tasks that are placed, on machines that others can reach. */
export function taskPlacements(db: Database): {
  all(): Iterable<Placement>;
  follow(heard: (change: PlacementChange) => void): () => void;
} {
  const taskTable = db.table(tasks);
  const instances = db.table(containerInstances);
  const placementNow = (task: TaskRecord | undefined): Placement | undefined =>
    task?.instanceKey === undefined ? undefined : placement(task, instances.get(task.instanceKey)?.row);

  function* on(instanceKey: string): Iterable<TaskRecord> {
    for (const key of taskTable.keys('instanceLive', instanceKey)) {
      const task = taskTable.get(key)?.row;
      if (task !== undefined) yield task;
    }
  }

  return {
    *all() {
      for (const instanceKey of taskTable.values('instanceLive'))
        for (const task of on(instanceKey)) {
          const placed = placementNow(task);
          if (placed !== undefined) yield placed;
        }
    },
    follow(heard) {
      const say = (before: Placement | undefined, after: Placement | undefined): void => {
        if (JSON.stringify(before) !== JSON.stringify(after)) heard({ before, after });
      };
      const ends = [
        taskTable.onChange(({ before, after }) => {
          if ((after ?? before)?.attachment !== undefined) say(placementNow(before), placementNow(after));
        }),
        instances.onChange(({ key, before, after }) => {
          if (underlayText(before) === underlayText(after)) return;
          for (const task of on(key)) say(placement(task, before), placement(task, after));
        }),
      ];
      return () => {
        for (const end of ends) end();
      };
    },
  };
}

function placement(task: TaskRecord, instance: ContainerInstanceRecord | undefined): Placement | undefined {
  const { attachment, lastStatus } = task;
  const address = instance && valueOf(instance, underlayAttribute);
  if (attachment === undefined || lastStatus === 'STOPPED' || instance === undefined || address === undefined)
    return undefined;
  return {
    vpcId: attachment.vpcId,
    address: attachment.privateIpv4Address,
    machine: {
      // Those of the hidden pool are never shown.
      name: instance.launchType === 'FARGATE' ? 'a FARGATE machine' : (instance.ec2InstanceId ?? instance.id),
      underlay: { address, vxlan: vxlanUse(instance) },
    },
  };
}

function vxlanUse(instance: ContainerInstanceRecord): VxlanUse {
  const value = valueOf(instance, vxlanAttribute);
  return vxlanUses.find((use) => use === value) ?? 'never';
}

function underlayText(instance: ContainerInstanceRecord | undefined): string {
  return instance === undefined ? '' : `${valueOf(instance, underlayAttribute)} ${valueOf(instance, vxlanAttribute)}`;
}

function valueOf({ attributes }: ContainerInstanceRecord, name: string): string | undefined {
  return attributes.find((each) => each.name === name)?.value;
}
