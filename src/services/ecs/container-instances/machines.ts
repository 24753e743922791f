import type { Database } from '../../../store/index.ts';
import { clusters } from '../records/cluster.ts';
import { containerInstances, type ContainerInstanceRecord } from '../records/container-instance.ts';
import type { Scope } from '../records/scope.ts';

/** The container instances of launch type EC2 that an account has in a region, in all of its clusters. */
export function* ec2Machines(db: Database, { account, region }: Scope): Iterable<ContainerInstanceRecord> {
  const present = db.table(containerInstances);
  const clusterTable = db.table(clusters);
  for (const key of clusterTable.keys('scope', `${account}/${region}`)) {
    const cluster = clusterTable.get(key)?.row;
    if (cluster === undefined) continue;
    for (const instanceKey of present.keys('cluster', `${account}/${region}/${cluster.name}`)) {
      const instance = present.get(instanceKey)?.row;
      if (instance?.launchType === 'EC2') yield instance;
    }
  }
}
