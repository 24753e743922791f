import type { Deployment, ServiceConnectServiceResource } from '../../../protocol/generated/ecs.ts';
import type { ServiceRevisionRecord } from '../records/service-revision.ts';

/** Service Connect of a revision, as deployments show it. */
export function describedConnect(
  revision: Pick<ServiceRevisionRecord, 'connect' | 'connected'> | undefined,
): Pick<Deployment, 'serviceConnectConfiguration' | 'serviceConnectResources'> {
  if (revision?.connect === undefined) return {};
  const { configuration, ports } = revision.connect;
  const resources = ports.map(({ discoveryName }, index): ServiceConnectServiceResource => {
    const discoveryArn = revision.connected?.discoveryArns[index];
    return discoveryArn === undefined ? { discoveryName } : { discoveryName, discoveryArn };
  });
  return { serviceConnectConfiguration: configuration, serviceConnectResources: resources };
}
