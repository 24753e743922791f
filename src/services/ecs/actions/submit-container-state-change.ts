import type { EcsHandler, TaskDeps } from '../tasks/deps.ts';
import { reportedTaskKey } from '../tasks/reported-task.ts';
import { recordReport } from './submit-task-state-change.ts';

/** One container's report; today's agents send it inside SubmitTaskStateChange. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_SubmitContainerStateChange.html */
export function submitContainerStateChange(deps: TaskDeps): EcsHandler<'SubmitContainerStateChange'> {
  return async (input, context) => {
    await recordReport(deps, reportedTaskKey(input.task, context), { containers: [input] }, context.receivedMs);
    return { acknowledgment: 'ACK' };
  };
}
