import { taskIdOf } from './task-facts.ts';

/**
 * What a service's events say, in AWS's sentences.
 *
 * As AWS's own output has them, in answers of DescribeServices that people published: `started`, `startedForBalance`, `stopped`, `stoppedPending`,
 * `registered`, `deregistered`, `draining` (of an earlier deployment with its id as `taskSet`, else without), `unhealthyTarget`, `unhealthyContainers`,
 * `steady`, `deploymentCompleted`, `deploymentFailed`, `rollingBack`, `noRoom`, `impaired`, `protectedTasks`, `unbalanced`, `balanced`,
 * `cannotRegister`; for task sets, `started` and `registered`. As AWS's documentation has them: `hindered`, `cannotStart`, `stoppedForBalance`.
 * By analogy, seen nowhere: `taskSetSteady`, and `stopped`, `deregistered` and `draining` of task sets.
 *
 * AWS says more: that started tasks replace unhealthy ones, and a task set's new count. It says the steady state again every six hours.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-rebalancing-event-messages-list.html
 */

const troubleshooting = 'For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.';

function named(keys: readonly string[]): string {
  return keys.map((key) => `(task ${taskIdOf(key)})`).join(' ');
}

/** A service's name with the deployment or task set that is meant, for sentences that say which. */
export function inTaskSet(service: string, id: string): string {
  return `${service}, taskSet ${id}`;
}

/** A target that fails its checks, as the task's own address or as a port of a machine. */
interface UnhealthyTarget {
  readonly taskKey: string;
  readonly instance?: string;
  readonly port: number;
  readonly group: string;
  readonly reason: string;
}

export const events = {
  started: (service: string, taskKeys: readonly string[]) =>
    `(service ${service}) has started ${taskKeys.length} tasks: ${named(taskKeys)}.`,
  stopped: (service: string, taskKeys: readonly string[]) =>
    `(service ${service}) has stopped ${taskKeys.length} running tasks: ${named(taskKeys)}.`,
  /** Those that did not run yet. */
  stoppedPending: (service: string, tasks: number) => `(service ${service}) stopped ${tasks} pending tasks.`,
  registered: (service: string, targets: number, targetGroupArn: string) =>
    `(service ${service}) registered ${targets} targets in (target-group ${targetGroupArn})`,
  cannotRegister: (service: string, targetGroupArn: string, error: string) =>
    `(service ${service}) failed to register targets in (target-group ${targetGroupArn}) with (error ${error})`,
  deregistered: (service: string, targets: number, targetGroupArn: string) =>
    `(service ${service}) deregistered ${targets} targets in (target-group ${targetGroupArn})`,
  draining: (service: string, tasks: number) =>
    `(service ${service}) has begun draining connections on ${tasks} tasks.`,
  unhealthyTarget: (service: string, { taskKey, instance, port, group, reason }: UnhealthyTarget) =>
    `(service ${service}) (task ${taskIdOf(taskKey)}) ${instance === undefined ? '' : `(instance ${instance}) `}(port ${port}) is unhealthy in (target-group ${group}) due to (reason ${withoutStop(reason)}).`,
  unhealthyContainers: (service: string, taskKey: string) =>
    `(service ${service}) (task ${taskIdOf(taskKey)}) failed container health checks.`,
  steady: (service: string) => `(service ${service}) has reached a steady state.`,
  taskSetSteady: (service: string, taskSetId: string) =>
    `(service ${service}, taskSet ${taskSetId}) has reached a steady state.`,
  deploymentCompleted: (service: string, deploymentId: string) =>
    `(service ${service}) (deployment ${deploymentId}) deployment completed.`,
  deploymentFailed: (service: string, deploymentId: string, why: string) =>
    `(service ${service}) (deployment ${deploymentId}) deployment failed: ${why}.`,
  rollingBack: (service: string, deploymentId: string) =>
    `(service ${service}) rolling back to deployment ${deploymentId}.`,
  noRoom: (service: string, why: string) =>
    `(service ${service}) was unable to place a task because no container instance met all of its requirements. ${why} ${troubleshooting}`,
  cannotStart: (service: string, why: string) =>
    `(service ${service}) was unable to place a task. Reason: ${why}. ${troubleshooting}`,
  impaired: (service: string) =>
    `(service ${service}) is unable to consistently start tasks successfully. ${troubleshooting}`,
  hindered: (service: string) =>
    `(service ${service}) was unable to stop or start tasks during a deployment because of the service deployment configuration. Update the minimumHealthyPercent or maximumPercent value and try again.`,
  protectedTasks: (service: string, deploymentId: string, tasks: number) =>
    `(service ${service}) was unable to reach steady state because (taskSet ${deploymentId}) was unable to scale in due to (reason ${tasks} tasks under protection)`,
  unbalanced: (service: string, zones: ReadonlyMap<string, number>) =>
    `(service ${service}) is not AZ balanced with ${perZone(zones)}. AZ Rebalancing in progress.`,
  balanced: (service: string, zones: ReadonlyMap<string, number>) =>
    `(service ${service}) is AZ balanced with ${perZone(zones)}.`,
  startedForBalance: (service: string, zone: string, taskKeys: readonly string[]) =>
    `(service ${service}) has started ${taskKeys.length} tasks in ${zone} to AZ Rebalance: ${named(taskKeys)}.`,
  stoppedForBalance: (service: string, zone: string, taskKeys: readonly string[]) =>
    `(service ${service}) has stopped ${taskKeys.length} running tasks in ${zone} due to AZ rebalancing: ${named(taskKeys)}.`,
} as const;

/** The fullest zone first. */
function perZone(zones: ReadonlyMap<string, number>): string {
  const each = [...zones].sort(([left, most], [right, count]) => count - most || (left < right ? -1 : 1));
  return each.map(([zone, count]) => `${count} tasks in ${zone}`).join(', ');
}

function withoutStop(sentence: string): string {
  return sentence.endsWith('.') ? sentence.slice(0, -1) : sentence;
}
