import type { ServiceRecord } from '../records/service.ts';
import type { TaskSetRecord } from '../records/task-set.ts';

/** Tasks a task set should have: always rounded up. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TaskSet.html */
export function computedDesiredCount(service: ServiceRecord, { scalePercent, status }: TaskSetRecord): number {
  return status === 'DRAINING' ? 0 : Math.ceil((service.desiredCount * scalePercent) / 100);
}
