import type { Failure, Task } from '../../../protocol/generated/ecs.ts';
import { invalidParameter } from '../errors.ts';
import { scopeOf } from '../handlers/clusters-and-definitions-deps.ts';
import { maxDescribed } from '../limits.ts';
import { taskArn, taskKey, tasks } from '../records/task.ts';
import { activeCluster, presentRows } from '../references.ts';
import type { EcsHandler, TaskDeps } from '../tasks/deps.ts';
import { describedRow } from '../tasks/described.ts';
import { findTask } from '../tasks/find-task.ts';

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html */
export function describeTasks({ db }: TaskDeps): EcsHandler<'DescribeTasks'> {
  return (input, context) => {
    const scope = scopeOf(context);
    const rows = presentRows(db);
    const cluster = activeCluster(rows, scope, input.cluster);
    if (input.tasks.length === 0) throw invalidParameter('Tasks cannot be empty.');
    if (input.tasks.length > maxDescribed) throw invalidParameter(`tasks can have at most ${maxDescribed} items.`);
    const tags = input.include?.includes('TAGS') ?? false;
    const table = db.table(tasks);
    const described: Task[] = [];
    const failures: Failure[] = [];
    for (const reference of input.tasks) {
      const task = findTask(rows, scope, cluster.name, reference);
      if (task === undefined) failures.push({ arn: missingArn(reference), reason: 'MISSING' });
      else {
        const kept = table.keeps(taskKey(scope, cluster.name, task.id));
        described.push(describedRow(task, { tags, kept }));
      }
    }
    return { tasks: described, failures };

    function missingArn(reference: string): string {
      return reference.startsWith('arn:') ? reference : taskArn(scope, cluster.name, reference);
    }
  };
}
