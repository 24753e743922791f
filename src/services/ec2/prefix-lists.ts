import { stableId } from './stable-id.ts';

/**
 * Where AWS's services and registries outside stand for rules and messages: a block that is nobody's on the internet. What their addresses really are,
 * the control plane does not look up. https://www.rfc-editor.org/rfc/rfc5737
 */
export const standInBlock = '203.0.113.0/24';

/** A prefix list that AWS keeps, of a service that gateway endpoints lead to. https://docs.aws.amazon.com/vpc/latest/userguide/working-with-aws-managed-prefix-lists.html */
export interface ManagedPrefixList {
  /** `pl-…` */
  readonly id: string;
  /** Such as `com.amazonaws.us-east-1.s3`. */
  readonly name: string;
  readonly cidrs: readonly string[];
}

const services = ['s3', 'dynamodb'];

/** They are the same for every account. */
export function managedPrefixLists(region: string): readonly ManagedPrefixList[] {
  return services.map((service) => ({
    id: stableId('pl', region, service),
    name: `com.amazonaws.${region}.${service}`,
    cidrs: [standInBlock],
  }));
}

export function managedPrefixList(region: string, id: string): ManagedPrefixList | undefined {
  return managedPrefixLists(region).find((list) => list.id === id);
}
