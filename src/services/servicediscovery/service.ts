import { implement, type ServiceDefinition } from '../../protocol/api/index.ts';
import type { Operations } from '../../protocol/generated/servicediscovery.ts';
import { ReconcileLoop } from '../../reconcile/index.ts';
import { deleteNamespace, updateHttpNamespace, updatePrivateDnsNamespace } from './actions/change-namespace.ts';
import { createHttpNamespace, createPrivateDnsNamespace } from './actions/create-namespace.ts';
import { createService } from './actions/create-service.ts';
import { discoverInstances, discoverInstancesRevision } from './actions/discover.ts';
import {
  deregisterInstance,
  getInstance,
  getInstancesHealthStatus,
  listInstances,
  registerInstance,
  updateInstanceCustomHealthStatus,
} from './actions/instances.ts';
import { getNamespace, listNamespaces } from './actions/read-namespaces.ts';
import { getOperation, listOperations } from './actions/read-operations.ts';
import {
  deleteServiceAttributes,
  getServiceAttributes,
  updateServiceAttributes,
} from './actions/service-attributes.ts';
import { deleteService, getService, listServices, updateService } from './actions/services.ts';
import { listTagsForResource, tagResource, untagResource } from './actions/tagging.ts';
import { serviceDiscoveryAuthorization } from './authorization.ts';
import { connectNamespaces } from './connect-namespaces.ts';
import type { ServiceDiscoveryDeps } from './core.ts';
import { invalidMembers } from './errors.ts';
import { InstanceRevisions } from './instance-revisions.ts';
import { leftInstances } from './left-instances.ts';
import { serviceDiscoveryLimits } from './limits.ts';
import { NamesGateway } from './names-gateway/gateway.ts';
import type { ConnectNamespaces, InstanceRegistrar } from './offers.ts';
import { instances } from './records/instance.ts';
import { namespaces, takenNames } from './records/namespace.ts';
import { operations } from './records/operation.ts';
import { services } from './records/service.ts';
import { instanceRegistrar } from './registrar.ts';

/** The tables the database must hold for this service. */
export const serviceDiscoveryTables = [namespaces, takenNames, services, instances, operations] as const;

export interface ServiceDiscovery {
  readonly definition: ServiceDefinition;
  /** For services that register what they run. */
  readonly registrar: InstanceRegistrar;
  /** For ECS's Service Connect. */
  readonly namespaces: ConnectNamespaces;
  start(): void;
  stop(): void;
}

/** AWS Cloud Map. */
export function serviceDiscoveryService(deps: ServiceDiscoveryDeps): ServiceDiscovery {
  const { db } = deps;
  const gateway = new NamesGateway(deps);
  const loop = new ReconcileLoop([leftInstances(deps)], deps);
  const revisions = new InstanceRevisions(db);
  const unfollow = revisions.follow(db);
  return {
    definition: implement<Operations>({
      name: 'servicediscovery',
      invalid: invalidMembers,
      limits: serviceDiscoveryLimits,
      authorization: serviceDiscoveryAuthorization(db),
      sockets: gateway.routes,
      handlers: {
        CreateHttpNamespace: createHttpNamespace(deps),
        CreatePrivateDnsNamespace: createPrivateDnsNamespace(deps),
        CreateService: createService(deps),
        DeleteNamespace: deleteNamespace(deps),
        DeleteService: deleteService(deps),
        DeleteServiceAttributes: deleteServiceAttributes(deps),
        DeregisterInstance: deregisterInstance(deps),
        DiscoverInstances: discoverInstances({ ...deps, revisions }),
        DiscoverInstancesRevision: discoverInstancesRevision({ ...deps, revisions }),
        GetInstance: getInstance(deps),
        GetInstancesHealthStatus: getInstancesHealthStatus(deps),
        GetNamespace: getNamespace(deps),
        GetOperation: getOperation(deps),
        GetService: getService(deps),
        GetServiceAttributes: getServiceAttributes(deps),
        ListInstances: listInstances(deps),
        ListNamespaces: listNamespaces(deps),
        ListOperations: listOperations(deps),
        ListServices: listServices(deps),
        ListTagsForResource: listTagsForResource(deps),
        RegisterInstance: registerInstance(deps),
        TagResource: tagResource(deps),
        UntagResource: untagResource(deps),
        UpdateHttpNamespace: updateHttpNamespace(deps),
        UpdateInstanceCustomHealthStatus: updateInstanceCustomHealthStatus(deps),
        UpdatePrivateDnsNamespace: updatePrivateDnsNamespace(deps),
        UpdateService: updateService(deps),
        UpdateServiceAttributes: updateServiceAttributes(deps),
      },
    }),
    registrar: instanceRegistrar(db),
    namespaces: connectNamespaces(deps),
    start() {
      loop.start();
      gateway.start();
    },
    stop() {
      loop.stop();
      gateway.stop();
      unfollow();
    },
  };
}
