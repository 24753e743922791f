import type { DeploymentConfiguration } from '../protocol/generated/ecs.ts';
import {
  ownedBy,
  serviceDeploymentKey,
  serviceDeployments,
  services,
  type ServiceRecord,
} from '../services/ecs/index.ts';
import type { Database } from '../store/index.ts';
import type { ServiceWatch } from './service-watch.ts';
import type { SimClock } from './sim-clock.ts';
import type { SimIds } from './sim-ids.ts';
import { beginRows, createServiceRows, simServiceKey, type SimContent } from './sim-service-rows.ts';

export interface SimServicesOptions {
  readonly clock: SimClock;
  readonly ids: SimIds;
  readonly watch: ServiceWatch;
  /** Of the control plane that lives now. */
  db(): Database | undefined;
}

const names = ['web', 'api', 'jobs', 'node'] as const;
const good: readonly SimContent[] = [
  { family: 'fargate-service', fargate: true, balanced: false },
  { family: 'fargate-service', fargate: true, balanced: true },
  { family: 'bridge-service', fargate: false, balanced: false },
];
const bad: readonly SimContent[] = [
  { family: 'fargate-missing', fargate: true, balanced: true },
  { family: 'fargate-crash', fargate: true, balanced: false },
  { family: 'fargate-sick', fargate: true, balanced: true },
  { family: 'bridge-crash', fargate: false, balanced: false },
];
const percents: readonly DeploymentConfiguration[] = [
  { minimumHealthyPercent: 100, maximumPercent: 200 },
  { minimumHealthyPercent: 100, maximumPercent: 150 },
  { minimumHealthyPercent: 50, maximumPercent: 100 },
  { minimumHealthyPercent: 50, maximumPercent: 200 },
  { minimumHealthyPercent: 0, maximumPercent: 100 },
];
const maxDesired = 3;

/** Users of services: they create, change, deploy and delete them, also with revisions that cannot run. */
export class SimServices {
  readonly #options: SimServicesOptions;
  actions = 0;

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
    if (chance < 0.1) return this.#change(name, (row) => closed(row, this.#options.clock.nowMs()));
    if (chance < 0.35) {
      const desiredCount = ids.between(0, maxDesired);
      return this.#change(name, (row) =>
        row.schedulingStrategy === 'DAEMON' ? row : { ...row, desiredCount, steady: false },
      );
    }
    if (chance < 0.45) {
      const configuration = this.#configuration();
      return this.#change(name, (row) =>
        row.schedulingStrategy === 'DAEMON' ? row : { ...row, deploymentConfiguration: configuration },
      );
    }
    if (chance < 0.5) return this.#rollBack(name);
    return this.#deploy(name, ids.happens(0.3) ? this.#pick(bad, name) : this.#pick(good, name));
  }

  /** Ships what can run to every service that is stuck on what cannot. */
  async mend(): Promise<void> {
    for (const name of names) {
      const row = this.#options.watch.services.get(simServiceKey(name));
      const [primary] = row?.deployments ?? [];
      if (row?.status !== 'ACTIVE' || primary === undefined) continue;
      // Percents that let nothing happen at this count, as AWS's event says.
      if (row.hindered === true && row.schedulingStrategy === 'REPLICA')
        await this.#change(name, (one) => ({
          ...one,
          deploymentConfiguration: { ...one.deploymentConfiguration, minimumHealthyPercent: 100, maximumPercent: 200 },
        }));
      const bricked = primary.rolloutState === 'FAILED' || row.family?.endsWith('-service') !== true;
      const key = serviceDeploymentKey(ownedBy(row), primary.serviceDeploymentId);
      const deployment = this.#options.db()?.get(serviceDeployments, key)?.row;
      // A circuit breaker must end by itself first.
      const watched = deployment?.circuitBreaker === 'MONITORING' && primary.rolloutState === 'IN_PROGRESS';
      if (bricked && !watched) await this.#deploy(name, this.#pick(good, name));
    }
  }

  /** What is not yet as wanted. */
  unsettled(): readonly string[] {
    const open: string[] = [];
    const { watch } = this.#options;
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

  #pick(contents: readonly SimContent[], name: string): SimContent {
    const fitting = contents.filter(({ fargate }) => name !== 'node' || !fargate);
    return this.#options.ids.pick(fitting) ?? { family: 'bridge-service', fargate: false, balanced: false };
  }

  #configuration(): DeploymentConfiguration {
    const { ids } = this.#options;
    return {
      ...ids.pick(percents),
      deploymentCircuitBreaker: { enable: ids.happens(0.7), rollback: ids.happens(0.6) },
    };
  }

  async #create(name: string): Promise<void> {
    const { ids, clock } = this.#options;
    const daemon = name === 'node';
    const wish = {
      name,
      content: this.#pick(good, name),
      schedulingStrategy: daemon ? 'DAEMON' : 'REPLICA',
      desiredCount: daemon ? 0 : ids.between(1, maxDesired),
      configuration: daemon ? { minimumHealthyPercent: 0, maximumPercent: 100 } : this.#configuration(),
      graceSeconds: ids.between(0, 20),
    } as const;
    await this.#options.db()?.transact((tx) => createServiceRows(tx, ids, wish, clock.nowMs()));
  }

  async #change(name: string, changed: (row: ServiceRecord) => ServiceRecord): Promise<void> {
    await this.#options.db()?.transact((tx) => {
      const row = tx.get(services, simServiceKey(name));
      if (row?.status === 'ACTIVE') tx.put(services, simServiceKey(name), changed(row));
    });
  }

  async #deploy(name: string, content: SimContent): Promise<void> {
    const { ids, clock } = this.#options;
    await this.#options.db()?.transact((tx) => {
      const key = simServiceKey(name);
      const row = tx.get(services, key);
      if (row?.status === 'ACTIVE')
        tx.put(services, key, beginRows(tx, ids, { service: row, content, nowMs: clock.nowMs() }));
    });
  }

  /** As StopServiceDeployment. */
  async #rollBack(name: string): Promise<void> {
    await this.#options.db()?.transact((tx) => {
      const row = tx.get(services, simServiceKey(name));
      const [primary] = row?.deployments ?? [];
      if (row === undefined || primary === undefined) return;
      const key = serviceDeploymentKey(ownedBy(row), primary.serviceDeploymentId);
      const deployment = tx.get(serviceDeployments, key);
      if (deployment?.status === 'IN_PROGRESS')
        tx.put(serviceDeployments, key, { ...deployment, status: 'ROLLBACK_REQUESTED' });
    });
  }
}

function closed(row: ServiceRecord, nowMs: number): ServiceRecord {
  return {
    ...row,
    status: 'DRAINING',
    desiredCount: 0,
    deletedAtMs: nowMs,
    deployments: row.deployments.map((one) => ({ ...one, desiredCount: 0 })),
  };
}
