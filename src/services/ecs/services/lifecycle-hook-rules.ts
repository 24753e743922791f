import type { DeploymentLifecycleHook } from '../../../protocol/generated/ecs.ts';
import { invalidParameter } from '../errors.ts';

/** Hooks of one service: a bound of Longshore's, as AWS names none. */
const maxLifecycleHooks = 50;
/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentLifecycleHookTimeoutConfiguration.html */
const maxTimeoutMinutes = 20_160;
/** A function, with or without a version; or, which only Longshore knows, a URL that is called as it is. */
const hookTarget =
  /^(?:arn:[a-z-]+:lambda:[a-z0-9-]+:[0-9]{12}:function:[A-Za-z0-9_-]+(?::[A-Za-z0-9$_-]+)?|https?:\/\/\S+)$/;

/**
 * Checks lifecycle hooks.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentLifecycleHook.html
 * @throws InvalidParameterException
 */
export function checkLifecycleHooks(hooks: readonly DeploymentLifecycleHook[]): void {
  if (hooks.length > maxLifecycleHooks)
    throw invalidParameter(`lifecycleHooks can have at most ${maxLifecycleHooks} items.`);
  for (const hook of hooks) {
    if ((hook.lifecycleStages ?? []).length === 0)
      throw invalidParameter('lifecycleStages must be specified for a lifecycle hook.');
    if (hook.targetType === 'PAUSE') checkPause(hook);
    else checkLambda(hook);
    const minutes = hook.timeoutConfiguration?.timeoutInMinutes;
    if (minutes !== undefined && (!Number.isInteger(minutes) || minutes < 1 || minutes > maxTimeoutMinutes))
      throw invalidParameter(`timeoutInMinutes must be between 1 and ${maxTimeoutMinutes}.`);
  }
}

function checkPause(hook: DeploymentLifecycleHook): void {
  for (const name of ['hookTargetArn', 'roleArn', 'hookDetails'] as const)
    if (hook[name] !== undefined) throw invalidParameter(`${name} cannot be specified for a PAUSE lifecycle hook.`);
}

function checkLambda({ hookTargetArn, roleArn }: DeploymentLifecycleHook): void {
  if (hookTargetArn === undefined || hookTargetArn === '')
    throw invalidParameter('hookTargetArn must be specified for an AWS_LAMBDA lifecycle hook.');
  if (!hookTarget.test(hookTargetArn))
    throw invalidParameter(`hookTargetArn must be the ARN of a Lambda function, but was ${hookTargetArn}`);
  if (roleArn === undefined || roleArn === '')
    throw invalidParameter('roleArn must be specified for an AWS_LAMBDA lifecycle hook.');
}
