export { ecsService } from './service.ts';
export type { EcsDeps, EcsService } from './service.ts';
export { ecsTables } from './tables.ts';
export type {
  DeploymentAlarms,
  LifecycleHookAnswer,
  LifecycleHooks,
  Target,
  TargetGroupFacts,
  TargetGroupWeight,
  TargetHealthFacts,
  TargetRegistrar,
} from './ports.ts';
export { InvalidHookAnswer } from './ports.ts';
export type {
  InfrastructureRoles,
  InterfaceRequest,
  IssuedCredentials,
  RoleCredentials,
  TaskInterfaces,
  TaskWays,
} from './ports.ts';
export { fargatePoolCluster, platformAccount, platformRegion } from './records/scope.ts';
export type { StopEverythingRequest, StoppedEverything } from './tasks/stop-everything.ts';
export { taskArn, taskStatuses, type TaskRecord } from './records/task.ts';
export { isTaskLive } from './tasks/is-task-live.ts';
export { ec2Machines } from './container-instances/machines.ts';
export { taskPlacements } from './container-instances/task-placements.ts';
export { clusters } from './records/cluster.ts';
export { containerInstanceArn, type ContainerInstanceRecord } from './records/container-instance.ts';
export {
  serviceDeploymentArn,
  serviceDeploymentKey,
  serviceDeployments,
  type ServiceDeploymentRecord,
} from './records/service-deployment.ts';
export { serviceRevisionKey, serviceRevisions, type ServiceRevisionRecord } from './records/service-revision.ts';
export { ownedBy, serviceKey, services, type DeploymentRecord, type ServiceRecord } from './records/service.ts';
export { Pattern } from './scheduler/cluster-query/pattern.ts';
