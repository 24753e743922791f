import type { RequestContext } from '../../../protocol/api/index.ts';
import type { CreateServiceRequest, UpdateServiceRequest } from '../../../protocol/generated/ecs.ts';
import { scopeOf } from '../handlers/clusters-and-definitions-deps.ts';
import type { Scope } from '../records/scope.ts';
import type { Rows } from '../references.ts';
import { ask, askAny, askEach, askTagging, givenTags, type EcsAuthorization } from './ask.ts';
import { passServiceRoles, passTaskRoles } from './pass-role.ts';
import { askedCluster, askedDefinition, askedService, type AskedCluster, type AskedDefinition } from './resources.ts';
import { networkKeys, providerKeys, sizeKeys, volumeKeys } from './task-keys.ts';

/** No handler takes more services at once. */
const maxServices = 10;

/** Services. */
export function serviceQuestions(rows: Rows) {
  function definitionOf(scope: Scope, reference: string | undefined): AskedDefinition | undefined {
    return reference === undefined || reference === '' ? undefined : askedDefinition(rows, scope, reference);
  }

  /** A question about the service a request names. */
  function onService(
    action: 'DeleteService' | 'ListServiceDeployments' | 'UpdateServicePrimaryTaskSet',
    input: { readonly cluster?: string | undefined; readonly service: string },
    context: RequestContext,
  ) {
    const scope = scopeOf(context);
    const cluster = askedCluster(scope, input.cluster);
    const keys = { 'ecs:cluster': cluster.arn };
    return [ask(rows, action, askedService(scope, cluster, input.service), { keys })];
  }

  return {
    CreateService: (input, context) => {
      const scope = scopeOf(context);
      const cluster = askedCluster(scope, input.cluster);
      const resource = askedService(scope, cluster, input.serviceName);
      const definition = definitionOf(scope, input.taskDefinition);
      const tags = givenTags(input.tags);
      const keys = { ...contentKeys(scope, input, cluster, definition), ...keysOfCreate(input) };
      return [
        ask(rows, 'CreateService', resource, { keys, requestTags: tags }),
        ...askTagging(rows, context, { by: 'CreateService', resource, tags }),
        ...passTaskRoles(context.account, definition?.row?.definition),
        ...passServiceRoles(context.account, input),
      ];
    },
    DeleteService: (input, context) => onService('DeleteService', input, context),
    DescribeServices: (input, context) => {
      const scope = scopeOf(context);
      const cluster = askedCluster(scope, input.cluster);
      const keys = { 'ecs:cluster': cluster.arn };
      return askEach(input.services, { max: maxServices, action: 'DescribeServices', keys }, (service) =>
        ask(rows, 'DescribeServices', askedService(scope, cluster, service), { keys }),
      );
    },
    ListServiceDeployments: (input, context) => onService('ListServiceDeployments', input, context),
    ListServices: (input, context) => [
      askAny('ListServices', { 'ecs:cluster': askedCluster(scopeOf(context), input.cluster).arn }),
    ],
    ListServicesByNamespace: (input) => [askAny('ListServicesByNamespace', { 'ecs:namespace': input.namespace })],
    UpdateService: (input, context) => {
      const scope = scopeOf(context);
      const cluster = askedCluster(scope, input.cluster);
      const definition = definitionOf(scope, input.taskDefinition);
      const keys = { ...contentKeys(scope, input, cluster, definition), ...keysOfUpdate(input) };
      return [
        ask(rows, 'UpdateService', askedService(scope, cluster, input.service), { keys }),
        ...passTaskRoles(context.account, definition?.row?.definition),
        ...passServiceRoles(context.account, input),
      ];
    },
    UpdateServicePrimaryTaskSet: (input, context) => onService('UpdateServicePrimaryTaskSet', input, context),
  } satisfies EcsAuthorization;
}

/** What a request to create a service and one to change it say alike. */
function contentKeys(
  scope: Scope,
  input: CreateServiceRequest | UpdateServiceRequest,
  cluster: AskedCluster,
  definition: AskedDefinition | undefined,
) {
  return {
    'ecs:cluster': cluster.arn,
    'ecs:namespace': input.serviceConnectConfiguration?.namespace,
    'ecs:task-definition': definition?.arn,
    ...networkKeys(input.networkConfiguration),
    ...providerKeys(scope, input.capacityProviderStrategy),
    ...sizeKeys(() => definition?.row?.definition),
  };
}

/** What a request leaves out has its default. */
function keysOfCreate(input: CreateServiceRequest) {
  return {
    'ecs:enable-ecs-managed-tags': input.enableECSManagedTags ?? false,
    'ecs:enable-execute-command': input.enableExecuteCommand ?? false,
    'ecs:enable-service-connect': input.serviceConnectConfiguration?.enabled ?? false,
    'ecs:enable-vpc-lattice': (input.vpcLatticeConfigurations ?? []).length > 0,
    'ecs:propagate-tags': input.propagateTags ?? 'NONE',
    ...volumeKeys(input.volumeConfigurations),
  };
}

/** What a request leaves out stays as it is, and is not asked about. */
function keysOfUpdate(input: UpdateServiceRequest) {
  const { volumeConfigurations: volumes, vpcLatticeConfigurations: lattice } = input;
  return {
    'ecs:enable-ecs-managed-tags': input.enableECSManagedTags,
    'ecs:enable-execute-command': input.enableExecuteCommand,
    'ecs:enable-service-connect': input.serviceConnectConfiguration?.enabled,
    'ecs:enable-vpc-lattice': lattice === undefined ? undefined : lattice.length > 0,
    'ecs:propagate-tags': input.propagateTags,
    ...(volumes === undefined ? {} : volumeKeys(volumes)),
  };
}
