import type { DeploymentConfiguration, LoadBalancers } from '../../../protocol/generated/ecs.ts';
import { shiftsTraffic } from '../deployments/strategy.ts';
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
    checkContainer(one, definition);
    checkGroup(targets, scope, one.targetGroupArn, definition);
    if (one.advancedConfiguration !== undefined) checkAdvanced(targets, scope, one, definition);
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

/** Two groups, and the rules between which ECS shifts traffic. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_AdvancedConfiguration.html */
function checkAdvanced(
  targets: TargetRegistrar,
  scope: Scope,
  { targetGroupArn = '', advancedConfiguration = {} }: LoadBalancers[number],
  revision: TaskDefinitionRecord,
): void {
  const { alternateTargetGroupArn, productionListenerRule, testListenerRule, roleArn } = advancedConfiguration;
  const need = (name: string, value: string | undefined): string => {
    if (value === undefined || value === '')
      throw invalidParameter(`${name} must be specified in the advancedConfiguration of a load balancer.`);
    return value;
  };
  const alternate = need('alternateTargetGroupArn', alternateTargetGroupArn);
  need('productionListenerRule', productionListenerRule);
  need('roleArn', roleArn);
  if (alternate === targetGroupArn)
    throw invalidParameter(`alternateTargetGroupArn must differ from targetGroupArn, but both are ${alternate}.`);
  checkGroup(targets, scope, alternate, revision);
  for (const [name, arn] of [
    ['productionListenerRule', productionListenerRule],
    ['testListenerRule', testListenerRule],
  ] as const) {
    if (arn === undefined) continue;
    const forwarded = targets.weights(scope, arn)?.map((one) => one.targetGroupArn);
    if (forwarded === undefined)
      throw invalidParameter(`The ${name} ${arn} was not found, or does not forward to target groups.`);
    // One is enough: ECS makes the action a weighted one of both when it shifts first.
    if (!forwarded.includes(targetGroupArn) && !forwarded.includes(alternate))
      throw invalidParameter(`The ${name} ${arn} forwards to neither ${targetGroupArn} nor ${alternate}.`);
  }
  if (productionListenerRule === testListenerRule)
    throw invalidParameter('productionListenerRule and testListenerRule must be different.');
}

/**
 * What a strategy needs of the load balancers: those that shift traffic, two groups each. A service without any may have every strategy.
 * @throws InvalidParameterException
 */
export function checkTrafficShifting(configuration: DeploymentConfiguration, given: LoadBalancers): void {
  if (!shiftsTraffic(configuration)) return;
  if (given.some(({ advancedConfiguration }) => advancedConfiguration === undefined))
    throw invalidParameter(
      `advancedConfiguration must be specified for each load balancer with the ${configuration.strategy} deployment strategy.`,
    );
  if (configuration.strategy !== 'BLUE_GREEN' && given.length === 0)
    throw invalidParameter(
      `A load balancer must be specified with the ${configuration.strategy} deployment strategy: there is no traffic to shift in steps.`,
    );
}
