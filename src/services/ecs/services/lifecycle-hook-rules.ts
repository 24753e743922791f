import type { DeploymentLifecycleHook } from '../../../protocol/generated/ecs.ts';
import { invalidParameter } from '../errors.ts';

/** Of each type. https://docs.aws.amazon.com/AmazonECS/latest/developerguide/pause-lifecycle-hooks.html */
const maxHooksOfType = 10;
const maxPauseMinutes = 20_160;
/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/lambda-lifecycle-hooks.html */
const maxLambdaMinutes = 1_440;
/** Called in a rollback too, which nobody should have to continue. */
const noPauseAt: ReadonlySet<string> = new Set(['TEST_TRAFFIC_SHIFT', 'PRODUCTION_TRAFFIC_SHIFT']);
/** A function, with or without a version; or, which only Longshore knows, a URL that is called as it is. */
const hookTarget =
  /^(?:arn:[a-z-]+:lambda:[a-z0-9-]+:[0-9]{12}:function:[A-Za-z0-9_-]+(?::[A-Za-z0-9$_-]+)?|https?:\/\/\S+)$/;

/**
 * Checks lifecycle hooks.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentLifecycleHook.html
 * @throws InvalidParameterException
 */
export function checkLifecycleHooks(hooks: readonly DeploymentLifecycleHook[]): void {
  for (const type of ['PAUSE', 'AWS_LAMBDA'] as const)
    if (hooks.filter(({ targetType = 'AWS_LAMBDA' }) => targetType === type).length > maxHooksOfType)
      throw invalidParameter(`lifecycleHooks can have at most ${maxHooksOfType} hooks of type ${type}.`);
  for (const hook of hooks) {
    if ((hook.lifecycleStages ?? []).length === 0)
      throw invalidParameter('lifecycleStages must be specified for a lifecycle hook.');
    if (hook.targetType === 'PAUSE') checkPause(hook);
    else checkLambda(hook);
    const minutes = hook.timeoutConfiguration?.timeoutInMinutes;
    const max = hook.targetType === 'PAUSE' ? maxPauseMinutes : maxLambdaMinutes;
    if (minutes !== undefined && (!Number.isInteger(minutes) || minutes < 1 || minutes > max))
      throw invalidParameter(`timeoutInMinutes must be between 1 and ${max} for a hook of type ${hook.targetType}.`);
  }
}

function checkPause(hook: DeploymentLifecycleHook): void {
  for (const name of ['hookTargetArn', 'roleArn', 'hookDetails'] as const)
    if (hook[name] !== undefined) throw invalidParameter(`${name} cannot be specified for a PAUSE lifecycle hook.`);
  if ((hook.lifecycleStages ?? []).some((stage) => noPauseAt.has(stage)))
    throw invalidParameter('Invalid lifecycle stage provided for Pause Hook');
}

function checkLambda({ hookTargetArn, roleArn }: DeploymentLifecycleHook): void {
  if (hookTargetArn === undefined || hookTargetArn === '')
    throw invalidParameter('hookTargetArn must be specified for an AWS_LAMBDA lifecycle hook.');
  if (!hookTarget.test(hookTargetArn))
    throw invalidParameter(`hookTargetArn must be the ARN of a Lambda function, but was ${hookTargetArn}`);
  if (roleArn === undefined || roleArn === '')
    throw invalidParameter('roleArn must be specified for an AWS_LAMBDA lifecycle hook.');
}
