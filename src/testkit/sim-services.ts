import type { DeploymentConfiguration, UpdateServiceRequest } from '../protocol/generated/ecs.ts';
import { ApiError } from '../protocol/api/index.ts';
import {
  ownedBy,
  serviceDeploymentArn,
  serviceDeploymentKey,
  serviceDeployments,
  serviceKey,
  type ServiceRecord,
} from '../services/ecs/index.ts';
import type { Operations } from '../protocol/generated/ecs.ts';
import type { Database } from '../store/index.ts';
import type { ServiceWatch } from './service-watch.ts';
import type { SimClock } from './sim-clock.ts';
import type { SimIds } from './sim-ids.ts';
import type { SimNetwork } from './sim-network.ts';
import { contentRequest, pickConfiguration, pickContent, type SimContent } from './sim-service-content.ts';
import { cluster, user } from './sim-users.ts';

export interface SimServicesOptions {
  readonly clock: SimClock;
  readonly ids: SimIds;
  readonly watch: ServiceWatch;
  readonly network: SimNetwork;
  onViolation(text: string): void;
  /** Of the control plane that lives now. */
  db(): Database | undefined;
}

const names = ['web', 'api', 'jobs', 'node'] as const;
const maxDesired = 3;
/** Services of containers on instances, without load balancers. */
const onInstances: ReadonlySet<string> = new Set(['node', 'jobs']);

/** Always behind a load balancer, so that there is traffic to shift. */
const balancedService = 'web';

const simServiceKey = (name: string): string => serviceKey(user, cluster, name);

/** Users of services: they create, change, deploy and delete them, also with revisions that cannot run. */
export class SimServices {
  readonly #options: SimServicesOptions;
  actions = 0;
  /** Calls that wait for an answer. */
  #waiting = 0;

  constructor(options: SimServicesOptions) {
    this.#options = options;
  }

  /** Does something, chosen by chance; it may be lost with the control plane. */
  async act(): Promise<void> {
    const { ids } = this.#options;
    this.actions++;
    const name = ids.pick(names) ?? 'web';
    const chance = ids.fraction();
    const present = this.#options.watch.services.get(simServiceKey(name));
    if (present === undefined || present.status === 'INACTIVE') return this.#create(name);
    const replica = present.schedulingStrategy === 'REPLICA';
    if (chance < 0.1) return this.#call('DeleteService', { cluster, service: name, force: true });
    if (chance < 0.35)
      return replica ? this.#update(name, { desiredCount: ids.between(0, maxDesired) }) : Promise.resolve();
    if (chance < 0.45)
      return replica ? this.#update(name, { deploymentConfiguration: pickConfiguration(ids) }) : Promise.resolve();
    if (chance < 0.5) return this.#rollBack(present);
    return this.#deploy(present, !ids.happens(0.3));
  }

  /** Ships what can run to every service that is stuck on what cannot. */
  async mend(): Promise<void> {
    for (const name of names) {
      const row = this.#options.watch.services.get(simServiceKey(name));
      const [primary] = row?.deployments ?? [];
      if (row?.status !== 'ACTIVE' || primary === undefined) continue;
      // Percents that let nothing happen at this count, as AWS's event says.
      if (row.hindered === true && row.schedulingStrategy === 'REPLICA')
        await this.#update(name, {
          deploymentConfiguration: { minimumHealthyPercent: 100, maximumPercent: 200 },
        });
      const bricked = primary.rolloutState === 'FAILED' || row.family?.endsWith('-service') !== true;
      const key = serviceDeploymentKey(ownedBy(row), primary.serviceDeploymentId);
      const deployment = this.#options.db()?.get(serviceDeployments, key)?.row;
      // A circuit breaker must end by itself first; it does not watch a rollback, which goes on until it is done or overtaken.
      const watched = deployment?.circuitBreaker === 'MONITORING' && deployment.status === 'IN_PROGRESS';
      if (bricked && !watched) await this.#deploy(row, true);
    }
  }

  /** What is not yet as wanted. */
  unsettled(): readonly string[] {
    const open: string[] = [];
    const { watch } = this.#options;
    if (this.#waiting > 0) open.push('users of services wait for answers');
    for (const [key, row] of watch.services) {
      const live = watch.live(key);
      if (row.status === 'INACTIVE') {
        if (live.length > 0) open.push(`${key} is INACTIVE with ${live.length} tasks`);
        continue;
      }
      const [primary, ...others] = row.deployments;
      const healthy = watch.healthy(key);
      if (row.status === 'DRAINING') open.push(`${key} is DRAINING`);
      else if (primary?.rolloutState !== 'COMPLETED' || others.length > 0 || !row.steady)
        open.push(
          `${key} is ${primary?.rolloutState ?? 'without deployment'} (${primary?.rolloutStateReason}), ${healthy} healthy of ${row.desiredCount}`,
        );
      else if (live.length !== row.desiredCount || healthy !== row.desiredCount)
        open.push(`${key} has ${live.length} tasks, ${healthy} healthy, of ${row.desiredCount}`);
    }
    return open;
  }

  #pick(name: string, works: boolean, stepwise: boolean): SimContent | undefined {
    return pickContent(this.#options.ids, {
      works,
      fits: ({ fargate, balanced }) =>
        fargate !== onInstances.has(name) && (balanced || (!stepwise && name !== balancedService)),
    });
  }

  async #create(name: string): Promise<void> {
    const { ids } = this.#options;
    const daemon = name === 'node';
    const deploymentConfiguration = daemon ? { minimumHealthyPercent: 0, maximumPercent: 100 } : pickConfiguration(ids);
    const content = this.#pick(name, true, isStepwise(deploymentConfiguration));
    if (content === undefined) return;
    await this.#call('CreateService', {
      cluster,
      serviceName: name,
      ...contentRequest(name, content),
      launchType: content.fargate ? 'FARGATE' : 'EC2',
      schedulingStrategy: daemon ? 'DAEMON' : 'REPLICA',
      deploymentConfiguration,
      enableECSManagedTags: true,
      propagateTags: 'SERVICE',
      tags: [{ key: 'team', value: 'sim' }],
      ...(daemon ? {} : { desiredCount: ids.between(1, maxDesired) }),
      ...(content.balanced ? { healthCheckGracePeriodSeconds: ids.between(0, 20) } : {}),
    });
  }

  async #deploy({ name, deploymentConfiguration }: ServiceRecord, works: boolean): Promise<void> {
    const content = this.#pick(name, works, isStepwise(deploymentConfiguration));
    if (content !== undefined) await this.#update(name, { ...contentRequest(name, content), forceNewDeployment: true });
  }

  #update(name: string, change: Omit<UpdateServiceRequest, 'service' | 'cluster'>): Promise<void> {
    return this.#call('UpdateService', { cluster, service: name, ...change });
  }

  async #rollBack({ name, deployments }: ServiceRecord): Promise<void> {
    const [primary] = deployments;
    if (primary === undefined) return;
    await this.#call('StopServiceDeployment', {
      serviceDeploymentArn: serviceDeploymentArn(user, cluster, name, primary.serviceDeploymentId),
    });
  }

  /** Once: what is lost on the way is lost. Refusals are the users' own doing, unless the control plane broke. */
  async #call<Name extends keyof Operations>(operation: Name, input: Operations[Name]['input']): Promise<void> {
    const { network, clock, onViolation } = this.#options;
    this.#waiting += 1;
    try {
      await network.call(operation, input, { caller: user, clock });
    } catch (error) {
      if (error instanceof ApiError && error.code === 'ServerException')
        onViolation(`${operation} was answered with ${error.message}`);
    } finally {
      this.#waiting -= 1;
    }
  }
}

/** Such a strategy needs traffic to shift. */
function isStepwise({ strategy }: DeploymentConfiguration): boolean {
  return strategy === 'CANARY' || strategy === 'LINEAR';
}
