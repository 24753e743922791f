import type { ServiceRecord } from '../records/service.ts';
import type { Judged } from './health.ts';

/** How many tasks a service may have at least healthy and at most alive, because of what its scheduler does. */
export interface Percents {
  readonly min: number;
  readonly max: number;
}

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html */
export function percentsOf({ deploymentConfiguration }: ServiceRecord, desired: number): Percents {
  const { minimumHealthyPercent = 100, maximumPercent = 200 } = deploymentConfiguration;
  return {
    min: Math.ceil((desired * minimumHealthyPercent) / 100),
    max: Math.floor((desired * maximumPercent) / 100),
  };
}

/** How many of the tasks that are up may still be stopped. A task that is not proven yet counts as up, not as healthy. */
export class Spare {
  #healthy: number;
  #up: number;

  constructor(all: readonly Judged[], min: number) {
    const count = (state: Judged['state']): number => all.filter((one) => one.state === state).length;
    this.#healthy = count('HEALTHY') - min;
    this.#up = count('HEALTHY') + count('UNPROVEN') - min;
  }

  /** May this one be stopped? If so, it is counted as stopped. */
  take({ state }: Judged): boolean {
    if (state !== 'HEALTHY' && state !== 'UNPROVEN') return true;
    if (this.#up <= 0 || (state === 'HEALTHY' && this.#healthy <= 0)) return false;
    this.#up -= 1;
    if (state === 'HEALTHY') this.#healthy -= 1;
    return true;
  }
}
