import { stableId } from './stable-id.ts';

/** A prefix list that AWS keeps, of a service that gateway endpoints lead to. https://docs.aws.amazon.com/vpc/latest/userguide/working-with-aws-managed-prefix-lists.html */
export interface ManagedPrefixList {
  /** `pl-…` */
  readonly id: string;
  /** Such as `com.amazonaws.us-east-1.s3`. */
  readonly name: string;
}

const services = ['s3', 'dynamodb'];

/** They are the same for every account. */
export function managedPrefixLists(region: string): readonly ManagedPrefixList[] {
  return services.map((service) => ({
    id: stableId('pl', region, service),
    name: `com.amazonaws.${region}.${service}`,
  }));
}
