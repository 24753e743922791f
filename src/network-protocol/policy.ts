/** What may pass to and from one network interface. https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html */
export interface InterfacePolicy {
  /** `eni-…` */
  readonly id: string;
  /** Its private IPv4 address. */
  readonly address: string;
  readonly vpcId: string;
  readonly subnetId: string;
  /** Its security groups: what one of them lets pass, passes. Never empty. */
  readonly groups: readonly string[];
  /**
   * What a packet to an address outside the VPC meets, by the route table of the subnet: an internet gateway and a public address of its own, a NAT
   * gateway, or nothing that leads there.
   */
  readonly wayOut: 'internet' | 'nat' | 'none';
  /**
   * What it is seen as outside of its VPC: with `internet` its own public address, at which it is reached too; with `nat` the gateway's, which leads to nobody.
   */
  readonly publicAddress?: string;
}

/** The public address that leads to an interface. */
export function inwardAddress({
  wayOut,
  publicAddress,
}: Pick<InterfacePolicy, 'wayOut' | 'publicAddress'>): string | undefined {
  return wayOut === 'internet' ? publicAddress : undefined;
}

/** The rules of a security group and who is in it. */
export interface GroupPolicy {
  /** `sg-…` */
  readonly id: string;
  readonly vpcId: string;
  readonly ingress: readonly GroupRule[];
  readonly egress: readonly GroupRule[];
}

/** Lets pass what it describes; there are no rules that refuse. */
export interface GroupRule extends Traffic {
  /** Who is on the other side: addresses, or the members of a group. Prefix lists come as their addresses. */
  readonly peer: { readonly cidrs: readonly string[] } | { readonly group: string };
}

/** The kind of packets a rule is about. */
export interface Traffic {
  /** IANA's number, such as 6 for TCP; `all`: every protocol and port. */
  readonly protocol: number | 'all';
  /** Destination ports of TCP and UDP, both included; absent for other protocols. */
  readonly ports?: { readonly from: number; readonly to: number };
  /** ICMP's type and code; absent: any. */
  readonly icmp?: { readonly type: number; readonly code?: number };
}

/** The addresses of a group's interfaces. Apart from its rules, because members come and go often and rules seldom change. */
export interface GroupMembers {
  readonly group: string;
  readonly addresses: readonly string[];
}

/** How the members of a group changed since the message before. */
export interface MembersChange {
  readonly group: string;
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

/** A subnet and its network ACL. https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html */
export interface SubnetPolicy {
  readonly id: string;
  readonly vpcId: string;
  readonly cidr: string;
  /** By rule number; the first that matches decides, and what none matches is refused. Packets within the subnet do not meet them. */
  readonly ingress: readonly AclEntry[];
  readonly egress: readonly AclEntry[];
}

/** Knows nothing of connections: the answers of what it lets pass need an entry of their own. */
export interface AclEntry extends Traffic {
  readonly allow: boolean;
  readonly cidr: string;
}

/** The address blocks of a VPC: packets between them stay inside. */
export interface VpcPolicy {
  readonly id: string;
  readonly cidrs: readonly string[];
}
