import type { CreateServiceRequest, ServiceRegistry } from '../../../protocol/generated/ecs.ts';
import { invalidParameter } from '../errors.ts';
import type { InstanceRegistrar } from '../ports.ts';
import type { Scope } from '../records/scope.ts';
import type { TaskDefinitionRecord } from '../records/task-definition.ts';
import type { TaskRegistry } from '../records/task.ts';
import { networkModeOf } from '../task-definitions/definition.ts';
import { present } from '../tasks/new-task.ts';

type Given = NonNullable<CreateServiceRequest['serviceRegistries']>;
const highestPort = 65_535;

/**
 * The registry of a service, checked: it exists, and its records can be made of what the tasks have.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceRegistry.html
 * @throws InvalidParameterException
 */
export function checkedRegistry(
  registrar: InstanceRegistrar,
  scope: Scope,
  given: Given,
  definition: TaskDefinitionRecord,
): TaskRegistry | undefined {
  const [one, ...more] = given;
  if (one === undefined) return undefined;
  if (more.length > 0) throw invalidParameter('service registries can have at most 1 items.');
  const { registryArn: arn } = one;
  if (arn === undefined || arn === '') throw invalidParameter('Registry Arn can not be blank.');
  const facts = registrar.registry(scope, arn);
  if (facts === undefined)
    throw invalidParameter(`Unable to describe the service registry ${arn}: the Cloud Map service was not found.`);
  const types = new Set(facts.recordTypes);
  const mode = networkModeOf(definition.definition);
  if (mode === 'none')
    throw invalidParameter('Service registries cannot be used with a task definition whose network mode is none.');
  for (const type of ['CNAME', 'AAAA'] as const)
    if (types.has(type))
      throw invalidParameter(`Service registries with ${type} records are not supported. Registry: ${arn}`);
  if (types.has('A') && mode !== 'awsvpc')
    throw invalidParameter(
      `When using service registries with A records, the task definition must have the network mode awsvpc, not ${mode}. Registry: ${arn}`,
    );
  checkPorts(one, definition, { srv: types.has('SRV'), awsvpc: mode === 'awsvpc', arn });
  return {
    registryArn: arn,
    ...present({ containerName: one.containerName, containerPort: one.containerPort, port: one.port }),
  };
}

function checkPorts(
  { containerName, containerPort, port }: ServiceRegistry,
  definition: TaskDefinitionRecord,
  { srv, awsvpc, arn }: { readonly srv: boolean; readonly awsvpc: boolean; readonly arn: string },
): void {
  if (port !== undefined && (containerName !== undefined || containerPort !== undefined))
    throw invalidParameter(
      "Specify a value for either 'port' or the 'containerName' and 'containerPort' combination, but not both. Remove one and retry.",
    );
  if (!awsvpc && (containerName === undefined || containerPort === undefined))
    throw invalidParameter(
      `When specifying 'host' or 'bridge' for networkMode, values for 'containerName' and 'containerPort' must be specified from the task definition. Registry: ${arn}`,
    );
  if (awsvpc && !srv) {
    for (const [name, value] of Object.entries({ port, containerPort }))
      if (value !== undefined)
        throw invalidParameter(
          `The values specified for serviceRegistries do not require a value for '${name}'. Remove the value and retry. Registry: ${arn}`,
        );
  }
  if (awsvpc && srv && port === undefined && (containerName === undefined || containerPort === undefined))
    throw invalidParameter(
      `The service registry has SRV records: a value for 'port', or for 'containerName' and 'containerPort', must be specified. Registry: ${arn}`,
    );
  if (port !== undefined && (port < 1 || port > highestPort))
    throw invalidParameter(`The port of a service registry must be between 1 and ${highestPort}, but was ${port}.`);
  if (containerName === undefined) return;
  const container = definition.definition.containerDefinitions.find(({ name }) => name === containerName);
  if (container === undefined)
    throw invalidParameter(`The container ${containerName} does not exist in the task definition.`);
  if (
    containerPort !== undefined &&
    !(container.portMappings ?? []).some((mapping) => mapping.containerPort === containerPort)
  )
    throw invalidParameter(`The container ${containerName} did not have a container port ${containerPort} defined.`);
}

/** As the API shows it: a list of one, or none. */
export function shownRegistries(of: { readonly registry?: TaskRegistry } | undefined): readonly TaskRegistry[] {
  return of?.registry === undefined ? [] : [of.registry];
}
