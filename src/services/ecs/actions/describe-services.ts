import { invalidParameter } from '../errors.ts';
import { scopeOf, type EcsHandler } from '../handlers/clusters-and-definitions-deps.ts';
import { serviceArn } from '../records/service.ts';
import { activeCluster, presentRows } from '../references.ts';
import type { ServiceDeps } from '../services/deps.ts';
import { describedService } from '../services/described-service.ts';
import { findService, serviceNameOf } from '../services/find-service.ts';

/** Services in one DescribeServices. */
const maxServices = 10;

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServices.html */
export function describeServices({ db }: ServiceDeps): EcsHandler<'DescribeServices'> {
  return (input, context) => {
    const scope = scopeOf(context);
    const rows = presentRows(db);
    const cluster = activeCluster(rows, scope, input.cluster).name;
    if (input.services.length === 0) throw invalidParameter('Services cannot be empty.');
    if (input.services.length > maxServices) throw invalidParameter(`services can have at most ${maxServices} items.`);
    const tags = input.include?.includes('TAGS') ?? false;
    const found = input.services.map((reference) => ({
      row: findService(rows, scope, cluster, reference),
      arn: reference.startsWith('arn:')
        ? reference
        : serviceArn(scope, cluster, serviceNameOf(scope, cluster, reference)),
    }));
    return {
      services: found.flatMap(({ row }) => (row === undefined ? [] : [describedService(db, row, { tags })])),
      failures: found.flatMap(({ row, arn }) => (row === undefined ? [{ arn, reason: 'MISSING' }] : [])),
    };
  };
}
