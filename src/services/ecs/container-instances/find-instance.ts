import {
  containerInstanceKey,
  containerInstances,
  containerInstanceArn,
  type ContainerInstanceRecord,
} from '../records/container-instance.ts';
import type { Scope } from '../records/scope.ts';
import { resourceIdOf, type Rows } from '../references.ts';

export interface FoundInstance {
  readonly key: string;
  readonly instance: ContainerInstanceRecord;
}

/** The instance a reference means in a cluster, or undefined. @throws InvalidParameterException for a malformed ARN */
export function findInstance(rows: Rows, scope: Scope, cluster: string, reference: string): FoundInstance | undefined {
  const id = resourceIdOf(scope, { type: 'container-instance', cluster, reference });
  if (id === undefined) return undefined;
  const key = containerInstanceKey(scope, cluster, id);
  const instance = rows.get(containerInstances, key);
  return instance === undefined ? undefined : { key, instance };
}

/** How a failure names what was asked for. */
export function referredArn(scope: Scope, cluster: string, reference: string): string {
  return reference.startsWith('arn:') ? reference : containerInstanceArn(scope, cluster, reference);
}
