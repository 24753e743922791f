import type { DeploymentConfiguration } from '../../../protocol/generated/ecs.ts';
import { shiftsTraffic } from '../deployments/strategy.ts';
import { notImplemented } from '../errors.ts';
import type { RevisionConnect } from '../records/service-revision.ts';

/** Traffic is shifted by load balancers only: the endpoints of a namespace know no weights. @throws UnsupportedFeatureException */
export function checkConnectStrategy(
  configuration: Pick<DeploymentConfiguration, 'strategy'>,
  connect: Pick<RevisionConnect, 'ports'> | undefined,
): void {
  if (shiftsTraffic(configuration) && (connect?.ports.length ?? 0) > 0)
    throw notImplemented(`serviceConnectConfiguration.services with the deployment strategy ${configuration.strategy}`);
}
