import type { Handlers } from '../../../protocol/api/index.ts';
import type { Operations } from '../../../protocol/generated/ecs.ts';
import { deregisterContainerInstance } from '../actions/deregister-container-instance.ts';
import { describeContainerInstances } from '../actions/describe-container-instances.ts';
import { describeTasks } from '../actions/describe-tasks.ts';
import { discoverPollEndpoint } from '../actions/discover-poll-endpoint.ts';
import { getTaskProtection } from '../actions/get-task-protection.ts';
import { listContainerInstances } from '../actions/list-container-instances.ts';
import { listTasks } from '../actions/list-tasks.ts';
import { registerContainerInstance } from '../actions/register-container-instance.ts';
import { runTask } from '../actions/run-task.ts';
import { startTask } from '../actions/start-task.ts';
import { stopTask } from '../actions/stop-task.ts';
import { submitAttachmentStateChanges } from '../actions/submit-attachment-state-changes.ts';
import { submitContainerStateChange } from '../actions/submit-container-state-change.ts';
import { submitTaskStateChange } from '../actions/submit-task-state-change.ts';
import { updateContainerAgent } from '../actions/update-container-agent.ts';
import { updateContainerInstancesState } from '../actions/update-container-instances-state.ts';
import { updateTaskProtection } from '../actions/update-task-protection.ts';
import type { AgentConnections } from '../agent-gateway/connections.ts';
import type { ManagedNodes } from '../ports.ts';
import type { TaskDeps } from '../tasks/deps.ts';

/** The handlers of tasks, container instances and their agents. One line an action. */
export function tasksAndInstances(
  deps: TaskDeps & { readonly connections: AgentConnections; readonly managedNodes: ManagedNodes },
) {
  const { connections } = deps;
  return {
    DeregisterContainerInstance: deregisterContainerInstance(deps),
    DescribeContainerInstances: describeContainerInstances(deps, connections),
    DescribeTasks: describeTasks(deps),
    DiscoverPollEndpoint: discoverPollEndpoint(),
    GetTaskProtection: getTaskProtection(deps),
    ListContainerInstances: listContainerInstances(deps),
    ListTasks: listTasks(deps),
    RegisterContainerInstance: registerContainerInstance(deps),
    RunTask: runTask(deps),
    StartTask: startTask(deps),
    StopTask: stopTask(deps),
    SubmitAttachmentStateChanges: submitAttachmentStateChanges(deps),
    SubmitContainerStateChange: submitContainerStateChange(deps),
    SubmitTaskStateChange: submitTaskStateChange(deps),
    UpdateContainerAgent: updateContainerAgent(deps),
    UpdateContainerInstancesState: updateContainerInstancesState(deps),
    UpdateTaskProtection: updateTaskProtection(deps),
  } satisfies Handlers<Operations>;
}
