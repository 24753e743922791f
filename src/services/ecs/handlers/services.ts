import type { Handlers } from '../../../protocol/api/index.ts';
import type { Operations } from '../../../protocol/generated/ecs.ts';
import { continueServiceDeployment } from '../actions/continue-service-deployment.ts';
import { createTaskSet } from '../actions/create-task-set.ts';
import { deleteTaskSet } from '../actions/delete-task-set.ts';
import { describeTaskSets } from '../actions/describe-task-sets.ts';
import { updateServicePrimaryTaskSet } from '../actions/update-service-primary-task-set.ts';
import { updateTaskSet } from '../actions/update-task-set.ts';
import { createService } from '../actions/create-service.ts';
import { deleteService } from '../actions/delete-service.ts';
import { describeServiceDeployments } from '../actions/describe-service-deployments.ts';
import { describeServiceRevisions } from '../actions/describe-service-revisions.ts';
import { describeServices } from '../actions/describe-services.ts';
import { listServiceDeployments } from '../actions/list-service-deployments.ts';
import { listServices } from '../actions/list-services.ts';
import { listServicesByNamespace } from '../actions/list-services-by-namespace.ts';
import { stopServiceDeployment } from '../actions/stop-service-deployment.ts';
import { updateService } from '../actions/update-service.ts';
import type { ServiceDeps } from '../services/deps.ts';

/** The handlers of services and their deployments. One line an action. */
export function servicesAndDeployments(deps: ServiceDeps) {
  return {
    ContinueServiceDeployment: continueServiceDeployment(deps),
    CreateService: createService(deps),
    CreateTaskSet: createTaskSet(deps),
    DeleteService: deleteService(deps),
    DeleteTaskSet: deleteTaskSet(deps),
    DescribeServiceDeployments: describeServiceDeployments(deps),
    DescribeServiceRevisions: describeServiceRevisions(deps),
    DescribeServices: describeServices(deps),
    DescribeTaskSets: describeTaskSets(deps),
    ListServiceDeployments: listServiceDeployments(deps),
    ListServices: listServices(deps),
    ListServicesByNamespace: listServicesByNamespace(deps),
    StopServiceDeployment: stopServiceDeployment(deps),
    UpdateService: updateService(deps),
    UpdateServicePrimaryTaskSet: updateServicePrimaryTaskSet(deps),
    UpdateTaskSet: updateTaskSet(deps),
  } satisfies Handlers<Operations>;
}
