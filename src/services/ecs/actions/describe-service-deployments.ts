import { invalidParameter } from '../errors.ts';
import { scopeOf, type EcsHandler } from '../handlers/clusters-and-definitions-deps.ts';
import { presentRows } from '../references.ts';
import type { ServiceDeps } from '../services/deps.ts';
import { describedServiceDeployment } from '../services/described-deployment.ts';
import { findServiceDeployment } from '../services/find-service-deployment.ts';

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServiceDeployments.html */
const maxDeployments = 20;

export function describeServiceDeployments({ db }: ServiceDeps): EcsHandler<'DescribeServiceDeployments'> {
  return (input, context) => {
    const scope = scopeOf(context);
    const arns = input.serviceDeploymentArns;
    if (arns.length === 0) throw invalidParameter('serviceDeploymentArns cannot be empty.');
    if (arns.length > maxDeployments)
      throw invalidParameter(`serviceDeploymentArns can have at most ${maxDeployments} items.`);
    const found = arns.map((arn) => ({ arn, row: findServiceDeployment(presentRows(db), scope, arn) }));
    return {
      serviceDeployments: found.flatMap(({ row }) => (row === undefined ? [] : [describedServiceDeployment(db, row)])),
      failures: found.flatMap(({ row, arn }) => (row === undefined ? [{ arn, reason: 'MISSING' }] : [])),
    };
  };
}
