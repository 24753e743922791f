/** Docker labels on every container an ECS agent makes; users and adoption rely on them. */
export const labels = {
  taskArn: 'com.amazonaws.ecs.task-arn',
  containerName: 'com.amazonaws.ecs.container-name',
  family: 'com.amazonaws.ecs.task-definition-family',
  version: 'com.amazonaws.ecs.task-definition-version',
  cluster: 'com.amazonaws.ecs.cluster',
  /** Which agent owns the container: the container instance's ARN. Longshore's own. */
  instance: 'longshore.container-instance',
  /** The id in the container's metadata addresses; lets a container be adopted whose record was lost. Longshore's own. */
  endpointId: 'longshore.endpoint-id',
  /** Set on the internal containers: `pause`, `pause-namespace`, `pool`. Longshore's own. */
  internal: 'longshore.internal',
} as const;
