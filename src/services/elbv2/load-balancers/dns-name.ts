import type { Ids } from '../../../kernel/index.ts';
import type { LoadBalancerRecord } from '../records/load-balancer.ts';

/**
 * The DNS name of a new load balancer, as AWS makes it.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html
 */
export function newDnsName(
  ids: Ids,
  { type, scheme, name, id, region }: Pick<LoadBalancerRecord, 'type' | 'scheme' | 'name' | 'id' | 'region'>,
): string {
  if (type === 'network') return `${name}-${id}.elb.${region}.amazonaws.com`;
  const number = Number.parseInt(ids.hex(12), 16) % 10_000_000_000;
  const prefix = scheme === 'internal' ? 'internal-' : '';
  return `${prefix}${name}-${String(number).padStart(10, '0')}.${region}.elb.amazonaws.com`;
}

/** The Route 53 zones of the load balancers' names: https://docs.aws.amazon.com/general/latest/gr/elb.html */
const hostedZones: Readonly<Record<string, readonly [application: string, network: string]>> = {
  'us-east-1': ['Z35SXDOTRQ7X7K', 'Z26RNL4JYFTOTI'],
  'us-east-2': ['Z3AADJGX6KTTL2', 'ZLMOA37VPKANP'],
  'us-west-1': ['Z368ELLRRE2KJ0', 'Z24FKFUX50B4VW'],
  'us-west-2': ['Z1H1FL5HABSF5', 'Z18D5FSROUN65G'],
  'eu-central-1': ['Z215JYRZR1TBD5', 'Z3F0SRJ5LGBH90'],
  'eu-west-1': ['Z32O12XQLNTSW2', 'Z2IFOLAFXWLO4F'],
  'eu-west-2': ['ZHURV8PSTC4K8', 'ZD4D7Y8KGAS4G'],
  'ap-northeast-1': ['Z14GRHDCWA56QT', 'Z31USIVHYNEOWT'],
  'ap-southeast-1': ['Z1LMS91P8CMLE5', 'ZKVM4W9LS7TM'],
  'ap-southeast-2': ['Z1GM3OXH4ZPM65', 'ZCT6FZBF4DROD'],
};

/** Undefined for regions whose zones are not in the table; nothing in Longshore depends on it. */
export function hostedZoneOf({ region, type }: Pick<LoadBalancerRecord, 'region' | 'type'>): string | undefined {
  return hostedZones[region]?.[type === 'application' ? 0 : 1];
}
