import { ApiError } from '../../../protocol/api/index.ts';
import { findInstance } from '../container-instances/find-instance.ts';
import { invalidParameter } from '../errors.ts';
import { scopeOf } from '../handlers/clusters-and-definitions-deps.ts';
import { activeCluster, presentRows } from '../references.ts';
import type { EcsHandler, TaskDeps } from '../tasks/deps.ts';

/** Longshore has no newer agents to hand out: an agent is updated where it was installed. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateContainerAgent.html */
export function updateContainerAgent({ db }: TaskDeps): EcsHandler<'UpdateContainerAgent'> {
  return (input, context) => {
    const scope = scopeOf(context);
    const rows = presentRows(db);
    const cluster = activeCluster(rows, scope, input.cluster);
    const found = findInstance(rows, scope, cluster.name, input.containerInstance);
    if (found === undefined || found.instance.status === 'INACTIVE')
      throw invalidParameter('The referenced container instance was not found.');
    throw new ApiError(
      'NoUpdateAvailableException',
      'There is no update available for your container agent: Longshore hands out none. Update it on its machine.',
    );
  };
}
