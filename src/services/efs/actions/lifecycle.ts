import { availableFileSystem, neededFileSystem, presentRows, scopeOf, type EfsDeps, type EfsHandler } from '../core.ts';
import { notImplemented } from '../errors.ts';

/**
 * No file system has lifecycle policies: there is one storage class. Whoever looks is told so, Terraform with every file system.
 * https://docs.aws.amazon.com/efs/latest/ug/API_DescribeLifecycleConfiguration.html
 */
export function describeLifecycleConfiguration({ db }: EfsDeps): EfsHandler<'DescribeLifecycleConfiguration'> {
  return ({ FileSystemId: given }, context) => {
    neededFileSystem(presentRows(db), scopeOf(context), given);
    return { LifecyclePolicies: [] };
  };
}

/** To have none can be said. https://docs.aws.amazon.com/efs/latest/ug/API_PutLifecycleConfiguration.html */
export function putLifecycleConfiguration({ db }: EfsDeps): EfsHandler<'PutLifecycleConfiguration'> {
  return ({ FileSystemId: given, LifecyclePolicies: policies }, context) => {
    availableFileSystem(presentRows(db), scopeOf(context), given);
    if (policies.length > 0) throw notImplemented('Lifecycle management (there is one storage class)');
    return { LifecyclePolicies: [] };
  };
}
