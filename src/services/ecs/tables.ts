import { accountSettings } from './records/account-setting.ts';
import { clientTokens } from './records/client-token.ts';
import { clusters } from './records/cluster.ts';
import { connectEndpoints } from './records/connect-endpoint.ts';
import { containerInstances } from './records/container-instance.ts';
import { serviceDeployments } from './records/service-deployment.ts';
import { serviceEvents } from './records/service-event.ts';
import { serviceRevisions } from './records/service-revision.ts';
import { services } from './records/service.ts';
import { families, taskDefinitions } from './records/task-definition.ts';
import { taskSets } from './records/task-set.ts';
import { tasks } from './records/task.ts';

/** The tables the database must hold for ECS. */
export const ecsTables = [
  accountSettings,
  clientTokens,
  clusters,
  connectEndpoints,
  containerInstances,
  families,
  serviceDeployments,
  serviceEvents,
  serviceRevisions,
  services,
  taskDefinitions,
  taskSets,
  tasks,
] as const;
