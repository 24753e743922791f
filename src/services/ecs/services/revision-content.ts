import type { CreateServiceRequest } from '../../../protocol/generated/ecs.ts';
import type { ConnectNamespaces, InstanceRegistrar, TargetRegistrar, TaskVolumes } from '../ports.ts';
import type { ClusterRecord } from '../records/cluster.ts';
import type { Scope } from '../records/scope.ts';
import type { ServiceRevisionRecord } from '../records/service-revision.ts';
import type { TaskDefinitionRecord } from '../records/task-definition.ts';
import { invalidParameter } from '../errors.ts';
import { checkNetworkConfiguration, launchPlan } from '../tasks/launch-plan.ts';
import { latestPlatformVersion, present } from '../tasks/new-task.ts';
import { refuseUnimplemented } from '../tasks/not-implemented.ts';
import { checkVolume, volumeSpec } from '../tasks/volume.ts';
import { checkLoadBalancers } from './load-balancer-rules.ts';
import { connectContent } from '../service-connect/content.ts';
import { checkedRegistry } from './registry-rules.ts';

/** What a service revision holds beside whose it is and its name. */
export type RevisionContent = Omit<
  ServiceRevisionRecord,
  'account' | 'region' | 'cluster' | 'service' | 'incarnation' | 'id' | 'createdAtMs' | 'targetGroupArns' | 'connected'
>;

/** The members of a request (or, for an update, of the present revision) that a revision is made of. */
export type ContentRequest = Pick<
  CreateServiceRequest,
  | 'capacityProviderStrategy'
  | 'launchType'
  | 'platformVersion'
  | 'placementConstraints'
  | 'placementStrategy'
  | 'networkConfiguration'
  | 'loadBalancers'
  | 'serviceRegistries'
  | 'serviceConnectConfiguration'
  | 'enableExecuteCommand'
  | 'volumeConfigurations'
>;

export interface ContentParts {
  readonly scope: Scope;
  readonly cluster: ClusterRecord;
  readonly definition: TaskDefinitionRecord;
  readonly targets: TargetRegistrar;
  readonly registrar: InstanceRegistrar;
  readonly volumes: TaskVolumes;
  readonly namespaces: ConnectNamespaces;
}

/** What the service is to run, checked. @throws InvalidParameterException, ClientException, UnsupportedFeatureException */
export function revisionContent(request: ContentRequest, parts: ContentParts): RevisionContent {
  const { scope, cluster, definition, targets, registrar, volumes } = parts;
  const plan = launchPlan(request, cluster, definition);
  checkNetworkConfiguration(request, definition, plan.launchType);
  refuseUnimplemented(definition.definition, { enableExecuteCommand: request.enableExecuteCommand });
  const volume = volumeSpec({
    definition,
    configurations: request.volumeConfigurations ?? [],
    launchType: plan.launchType,
    managedTags: [],
    serviceTags: [],
    ...present({ platformVersion: request.platformVersion }),
  });
  checkVolume(volumes, volume);
  checkPlatformVersion(request.platformVersion);
  if (plan.launchType === 'EXTERNAL') checkExternalLaunch(request);
  checkLoadBalancers(targets, scope, request.loadBalancers ?? [], definition);
  const registry = checkedRegistry(registrar, scope, request.serviceRegistries ?? [], definition);
  const connect = connectContent(request.serviceConnectConfiguration, {
    ...parts,
    definition: definition.definition,
    launchType: plan.launchType,
  });
  const fargate = plan.launchType === 'FARGATE';
  return {
    family: definition.family,
    revision: definition.revision,
    capacityProviderStrategy: plan.strategy,
    loadBalancers: request.loadBalancers ?? [],
    ...present({
      launchType: plan.strategy.length > 0 ? undefined : plan.launchType,
      platformVersion: fargate ? (request.platformVersion ?? 'LATEST') : undefined,
      platformFamily: fargate ? 'Linux' : undefined,
      networkConfiguration: request.networkConfiguration,
      volumeConfigurations: volume === undefined ? undefined : request.volumeConfigurations,
      registry,
      connect,
    }),
  };
}

/** Machines outside AWS are no targets. https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-anywhere.html: AWS does not quote its sentences. */
function checkExternalLaunch({ loadBalancers = [], serviceRegistries = [] }: ContentRequest): void {
  if (loadBalancers.length > 0)
    throw invalidParameter('Load balancers are not supported for services of launch type EXTERNAL.');
  if (serviceRegistries.length > 0)
    throw invalidParameter('Service discovery is not supported for services of launch type EXTERNAL.');
}

function checkPlatformVersion(given: string | undefined): void {
  if (given !== undefined && !['LATEST', latestPlatformVersion, '1.3.0'].includes(given))
    throw invalidParameter(`The specified platform version does not exist: ${given}`);
}

/** The number that `LATEST` stands for, as deployments show it. */
export function resolvedPlatformVersion(given: string | undefined): string | undefined {
  return given === 'LATEST' ? latestPlatformVersion : given;
}
