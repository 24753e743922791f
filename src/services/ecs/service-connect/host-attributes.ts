import { serviceOf, type TaskRecord } from '../records/task.ts';
import { present } from '../tasks/new-task.ts';

/** What a host of an endpoint says of itself in Cloud Map. @returns undefined while the task has no address of its own */
export function hostAttributes(task: TaskRecord, port: number): Readonly<Record<string, string>> | undefined {
  const address = task.attachment?.privateIpv4Address;
  if (address === undefined) return undefined;
  return present({
    AWS_INSTANCE_IPV4: address,
    AWS_INSTANCE_PORT: String(port),
    AvailabilityZone: task.attachment?.availabilityZone ?? task.availabilityZone,
    DeploymentId: task.startedBy,
    ECS_CLUSTER_NAME: task.cluster,
    ECS_SERVICE_NAME: serviceOf(task),
  }) as Readonly<Record<string, string>>;
}
