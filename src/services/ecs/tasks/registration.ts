import type { ContainerInstanceRecord } from '../records/container-instance.ts';
import { serviceOf, type TaskRecord, type TaskRegistry } from '../records/task.ts';
import { present } from './new-task.ts';

export type RegisteredHealth = 'HEALTHY' | 'UNHEALTHY';

/**
 * How a task is, as its registry is told: healthy when every essential container with a health check is.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-discovery.html
 */
export function registeredHealth({ containers }: Pick<TaskRecord, 'containers'>): RegisteredHealth {
  const checked = containers.filter(({ essential, checked: has }) => essential && has);
  return checked.every(({ healthStatus }) => healthStatus === 'HEALTHY') ? 'HEALTHY' : 'UNHEALTHY';
}

type Machine = Pick<ContainerInstanceRecord, 'ec2InstanceId' | 'address'>;

/**
 * What a running task says of itself in its registry: its own address and the container's port, or its machine's address and the port it has there.
 * @returns undefined while it has no address
 */
export function registeredAttributes(
  task: TaskRecord,
  registry: TaskRegistry,
  { machine, customHealth }: { readonly machine: Machine | undefined; readonly customHealth: boolean },
): Readonly<Record<string, string>> | undefined {
  const own = task.attachment?.privateIpv4Address;
  const address = own ?? machine?.address;
  if (address === undefined) return undefined;
  const port = own === undefined ? hostPort(task, registry) : (registry.port ?? registry.containerPort);
  const zone = task.attachment?.availabilityZone ?? task.availabilityZone;
  return present({
    AWS_INSTANCE_IPV4: address,
    AWS_INSTANCE_PORT: port === undefined ? undefined : String(port),
    AVAILABILITY_ZONE: zone,
    REGION: task.region,
    EC2_INSTANCE_ID: own === undefined ? machine?.ec2InstanceId : undefined,
    ECS_CLUSTER_NAME: task.cluster,
    ECS_SERVICE_NAME: serviceOf(task),
    ECS_TASK_DEFINITION_FAMILY: task.family,
    AWS_INIT_HEALTH_STATUS: customHealth ? registeredHealth(task) : undefined,
  }) as Readonly<Record<string, string>>;
}

/** Of a network that the machine's own port leads into; the container's where there is no such mapping (host mode). */
function hostPort({ containers }: TaskRecord, { containerName, containerPort }: TaskRegistry): number | undefined {
  const bindings = containers.find(({ name }) => name === containerName)?.networkBindings ?? [];
  return bindings.find((one) => one.containerPort === containerPort)?.hostPort ?? containerPort;
}
