import { modifiedAttributes, shownAttributes } from '../attributes.ts';
import { presentRows, scopeOf, type Elbv2Deps, type Elbv2Handler } from '../core.ts';
import { validationError } from '../errors.ts';
import { loadBalancerAttributes } from '../load-balancers/attributes.ts';
import { loadBalancerKey, loadBalancers } from '../records/load-balancer.ts';
import { neededLoadBalancer } from '../references.ts';

/** Attributes in one request. */
const maxAttributes = 20;

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeLoadBalancerAttributes.html */
export function describeLoadBalancerAttributes({ db }: Elbv2Deps): Elbv2Handler<'DescribeLoadBalancerAttributes'> {
  return ({ LoadBalancerArn: arn }, context) => ({
    Attributes: shownAttributes(loadBalancerAttributes, neededLoadBalancer(presentRows(db), scopeOf(context), arn)),
  });
}

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ModifyLoadBalancerAttributes.html */
export function modifyLoadBalancerAttributes({ db }: Elbv2Deps): Elbv2Handler<'ModifyLoadBalancerAttributes'> {
  return async ({ LoadBalancerArn: arn, Attributes: given }, context) => {
    if (given.length > maxAttributes) {
      throw validationError(
        `At most ${maxAttributes} load balancer attributes can be modified at once, but were ${given.length}`,
      );
    }
    const { result } = await db.transact((tx) => {
      const row = neededLoadBalancer(tx, scopeOf(context), arn);
      const next = { ...row, attributes: modifiedAttributes(loadBalancerAttributes, row, given) };
      tx.put(loadBalancers, loadBalancerKey(row, row.name), next);
      return next;
    });
    return { Attributes: shownAttributes(loadBalancerAttributes, result) };
  };
}
