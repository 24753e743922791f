import type { LoadBalancers } from '../../../protocol/generated/ecs.ts';
import { invalidParameter, notImplemented } from '../errors.ts';
import type { TargetRegistrar } from '../ports.ts';
import type { Scope } from '../records/scope.ts';
import type { TaskDefinitionRecord } from '../records/task-definition.ts';
import { networkModeOf } from '../task-definitions/definition.ts';

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/register-multiple-targetgroups.html */
const maxLoadBalancers = 5;

/**
 * Checks that each target group exists, is behind a load balancer and fits the network mode, and that its container maps the port.
 * @throws InvalidParameterException with AWS's sentence
 */
export function checkLoadBalancers(
  targets: TargetRegistrar,
  scope: Scope,
  given: LoadBalancers,
  definition: TaskDefinitionRecord,
): void {
  if (given.length > maxLoadBalancers)
    throw invalidParameter(`load balancers can have at most ${maxLoadBalancers} items.`);
  const seen = new Set<string>();
  for (const one of given) {
    if (one.loadBalancerName !== undefined) throw notImplemented('loadBalancerName (a Classic Load Balancer)');
    if (one.targetGroupArn === undefined || one.targetGroupArn === '')
      throw invalidParameter('Target Group Arn can not be blank.');
    if (one.advancedConfiguration !== undefined) throw notImplemented('advancedConfiguration of a load balancer');
    checkContainer(one, definition);
    checkGroup(targets, scope, one.targetGroupArn, definition);
    const place = `${one.targetGroupArn} ${one.containerName} ${one.containerPort}`;
    if (seen.has(place)) throw invalidParameter('Duplicate load balancer target groups are not supported.');
    seen.add(place);
  }
}

function checkContainer({ containerName, containerPort }: LoadBalancers[number], revision: TaskDefinitionRecord): void {
  if (containerName === undefined || containerName === '') throw invalidParameter('Container Name can not be blank.');
  if (containerPort === undefined) throw invalidParameter('Container Port can not be blank.');
  const container = revision.definition.containerDefinitions.find(({ name }) => name === containerName);
  if (container === undefined)
    throw invalidParameter(`The container ${containerName} does not exist in the task definition.`);
  if (!(container.portMappings ?? []).some((mapping) => mapping.containerPort === containerPort))
    throw invalidParameter(`The container ${containerName} did not have a container port ${containerPort} defined.`);
}

function checkGroup(targets: TargetRegistrar, scope: Scope, arn: string, revision: TaskDefinitionRecord): void {
  const group = targets.targetGroup(scope, arn);
  if (group === undefined)
    throw invalidParameter(
      `Unable to describe target group with targetGroupArn ${arn}: One or more target groups not found`,
    );
  if (group.loadBalancerArns.length === 0)
    throw invalidParameter(`The target group with targetGroupArn ${arn} does not have an associated load balancer.`);
  const mode = networkModeOf(revision.definition);
  if (mode === 'none')
    throw invalidParameter('Load balancers cannot be used with a task definition whose network mode is none.');
  const wanted = mode === 'awsvpc' ? 'ip' : 'instance';
  if (group.targetType !== wanted)
    throw invalidParameter(
      `The provided target group ${arn} has target type ${group.targetType}, which is incompatible with the ${mode} network mode specified in the task definition.`,
    );
}
