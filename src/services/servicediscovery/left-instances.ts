import type { Controller } from '../../reconcile/index.ts';
import type { ServiceDiscoveryDeps } from './core.ts';
import { instances } from './records/instance.ts';
import { serviceKey, services } from './records/service.ts';

const atOnce = 100;

/** Instances that were registered while their service was deleted, which is refused for services that have some: they go too. */
export function leftInstances({ db }: Pick<ServiceDiscoveryDeps, 'db'>): Controller {
  const table = db.table(instances);
  const isLeft = (key: string): boolean => {
    const row = table.get(key)?.row;
    return row !== undefined && db.get(services, serviceKey(row, row.serviceId)) === undefined;
  };
  return {
    name: 'left-service-instances',
    watch(enqueue) {
      const check = (serviceId: string): void => {
        for (const key of table.keys('service', serviceId)) {
          if (isLeft(key)) enqueue(serviceId);
          return;
        }
      };
      for (const serviceId of table.values('service')) check(serviceId);
      const stopInstances = table.onChange(({ key, after }) => {
        if (after !== undefined && isLeft(key)) enqueue(after.serviceId);
      });
      const stopServices = db.table(services).onChange(({ before, after }) => {
        if (after === undefined && before !== undefined) check(before.id);
      });
      return () => {
        stopInstances();
        stopServices();
      };
    },
    async reconcile(serviceId) {
      const left: string[] = [];
      for (const key of table.keys('service', serviceId)) {
        if (left.length >= atOnce) break;
        left.push(key);
      }
      if (left.length === 0) return {};
      await db.transact((tx) => {
        for (const key of left) if (isLeft(key)) tx.delete(instances, key);
      });
      return left.length === atOnce ? { wakeAtMs: 0 } : {};
    },
  };
}
