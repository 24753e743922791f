import { accountSettings } from './records/account-setting.ts';
import { clientTokens } from './records/client-token.ts';
import { clusters } from './records/cluster.ts';
import { containerInstances } from './records/container-instance.ts';
import { families, taskDefinitions } from './records/task-definition.ts';
import { tasks } from './records/task.ts';

/** The tables the database must hold for ECS. */
export const ecsTables = [
  accountSettings,
  clientTokens,
  clusters,
  containerInstances,
  families,
  taskDefinitions,
  tasks,
] as const;
