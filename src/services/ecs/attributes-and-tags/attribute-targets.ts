import type { Database } from '../../../store/index.ts';
import { targetNotFound } from '../errors.ts';
import { containerInstanceArn, containerInstanceKey, containerInstances } from '../records/container-instance.ts';
import type { ContainerInstanceRecord } from '../records/container-instance.ts';
import type { Scope } from '../records/scope.ts';
import { activeCluster, resourceIdOf } from '../references.ts';
import type { InstanceAttribute, TargetedAttribute } from './attributes.ts';

/** An attribute as the API shows it. */
export interface DescribedAttribute extends InstanceAttribute {
  readonly targetType: 'container-instance';
  readonly targetId: string;
}

/**
 * Changes the attributes of container instances, all or none: `change` gets an instance's attributes and those of the request
 * that are meant for it, and returns what they shall be.
 * @returns the request's attributes with their targets' ARNs
 * @throws TargetNotFoundException for an instance that is not there; ClusterNotFoundException
 */
export async function changeAttributes(
  db: Database,
  request: {
    readonly scope: Scope;
    readonly cluster: string | undefined;
    readonly attributes: readonly TargetedAttribute[];
  },
  change: (present: readonly InstanceAttribute[], asked: readonly InstanceAttribute[]) => readonly InstanceAttribute[],
): Promise<readonly DescribedAttribute[]> {
  const { scope, attributes } = request;
  const { result } = await db.transact((tx) => {
    const cluster = activeCluster(tx, scope, request.cluster).name;
    const byInstance = new Map<string, { row: ContainerInstanceRecord; asked: TargetedAttribute[] }>();
    const described = attributes.map((attribute): DescribedAttribute => {
      const id = resourceIdOf(scope, { type: 'container-instance', cluster, reference: attribute.target });
      const key = containerInstanceKey(scope, cluster, id ?? '');
      const row = byInstance.get(key)?.row ?? (id === undefined ? undefined : tx.get(containerInstances, key));
      if (row === undefined || row.status === 'INACTIVE') throw targetNotFound(attribute.target);
      const entry = byInstance.get(key) ?? { row, asked: [] };
      entry.asked.push(attribute);
      byInstance.set(key, entry);
      return describedAttribute(row, attribute);
    });
    for (const [key, { row, asked }] of byInstance) {
      tx.put(containerInstances, key, { ...row, attributes: change(row.attributes, asked), version: row.version + 1 });
    }
    return described;
  });
  return result;
}

export function describedAttribute(
  row: ContainerInstanceRecord,
  { name, value }: InstanceAttribute,
): DescribedAttribute {
  return {
    name,
    ...(value === undefined ? {} : { value }),
    targetType: 'container-instance',
    targetId: containerInstanceArn(row, row.cluster, row.id),
  };
}
