import { taskIdOf } from './task-facts.ts';

/**
 * What a service's events say, in AWS's sentences.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html
 */

const troubleshooting = 'For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.';

function named(keys: readonly string[]): string {
  return keys.map((key) => `(task ${taskIdOf(key)})`).join(' ');
}

export const events = {
  started: (service: string, taskKeys: readonly string[]) =>
    `(service ${service}) has started ${taskKeys.length} tasks: ${named(taskKeys)}.`,
  stopped: (service: string, taskKeys: readonly string[]) =>
    `(service ${service}) has stopped ${taskKeys.length} running tasks: ${named(taskKeys)}.`,
  registered: (service: string, targets: number, targetGroupArn: string) =>
    `(service ${service}) registered ${targets} targets in (target-group ${targetGroupArn})`,
  cannotRegister: (service: string, targetGroupArn: string, error: string) =>
    `(service ${service}) failed to register targets in (target-group ${targetGroupArn}) with (error ${error})`,
  deregistered: (service: string, targets: number, targetGroupArn: string) =>
    `(service ${service}) deregistered ${targets} targets in (target-group ${targetGroupArn})`,
  draining: (service: string, tasks: number) =>
    `(service ${service}) has begun draining connections on ${tasks} tasks.`,
  unhealthyTarget: (service: string, port: number, target: { readonly group: string; readonly reason: string }) =>
    `(service ${service}) (port ${port}) is unhealthy in (target-group ${target.group}) due to (reason ${target.reason})`,
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
  protectedTasks: (service: string, tasks: number) =>
    `(service ${service}) was unable to scale in due to (reason ${tasks} tasks under protection)`,
  unbalanced: (service: string, zones: ReadonlyMap<string, number>) =>
    `(service ${service}) is not AZ balanced with ${perZone(zones, false)}. AZ Rebalancing in progress.`,
  balanced: (service: string, zones: ReadonlyMap<string, number>) =>
    `(service ${service}) is AZ balanced with ${perZone(zones, true)}.`,
  startedForBalance: (service: string, zone: string, taskKeys: readonly string[]) =>
    `(service ${service}) has started ${taskKeys.length} tasks in ${zone} to AZ Rebalance: ${named(taskKeys)}.`,
  stoppedForBalance: (service: string, zone: string, taskKeys: readonly string[]) =>
    `(service ${service}) has stopped ${taskKeys.length} running tasks in ${zone} due to AZ rebalancing: ${named(taskKeys)}.`,
} as const;

/** AWS says `tasks` once in the one sentence and each time in the other. */
function perZone(zones: ReadonlyMap<string, number>, repeated: boolean): string {
  const each = [...zones].sort(([left], [right]) => (left < right ? -1 : 1));
  const parts = each.map(([zone, count], index) => `${count}${repeated || index === 0 ? ' tasks' : ''} in ${zone}`);
  return parts.length < 2 ? (parts[0] ?? '') : `${parts.slice(0, -1).join(', ')}, and ${parts.at(-1)}`;
}
