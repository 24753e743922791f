/** Path of the websocket that a name server opens to the control plane, signed as the service below. */
export const namesSocketPath = '/servicediscovery/names';
export const namesSigningName = 'servicediscovery';

/**
 * Control plane to name server; the name server says nothing. What is named replaces what was known of it, the rest stays. The first messages of a
 * connection are everything there is: up to the one whose `whole` is `last` nothing of them is at work, then they replace all that was known.
 */
export interface NamesMessage {
  readonly type: 'names';
  /** Absent: a change. */
  readonly whole?: 'more' | 'last';
  readonly zones: readonly NameZone[];
  readonly removedZones: readonly string[];
  readonly services: readonly NameService[];
  readonly removedServices: readonly string[];
  /** Absent: none. */
  readonly vpcs?: readonly NameVpc[];
  readonly removedVpcs?: readonly string[];
}

/** A VPC that a user made or changed. Default VPCs as they are at first are not told: they have the addresses 172.31.0.0/16 and are answered. */
export interface NameVpc {
  /** `vpc-…` */
  readonly id: string;
  readonly region: string;
  readonly cidrs: readonly string[];
  /** Its DNS support: whether the name server answers in it at all. */
  readonly answers: boolean;
}

/** A private DNS namespace. */
export interface NameZone {
  /** Of the namespace, such as `ns-abcdefghijklmnop`. */
  readonly id: string;
  /** Such as `local.test`, in lower case. */
  readonly name: string;
  /** Address ranges of the VPC in which it is visible. */
  readonly cidrs: readonly string[];
  /** Everybody sees it, wherever they are. */
  readonly everywhere?: true;
  /** Seconds for which "there is no such name" may be remembered. */
  readonly soaTtl: number;
}

/** A service with DNS records: all its instances have the same types, under the service's name. */
export interface NameService {
  readonly id: string;
  readonly zoneId: string;
  /** Within its zone, in lower case. */
  readonly name: string;
  /** MULTIVALUE: several instances an answer; WEIGHTED: one. */
  readonly routingPolicy: 'MULTIVALUE' | 'WEIGHTED';
  readonly records: readonly { readonly type: 'A' | 'AAAA' | 'CNAME' | 'SRV'; readonly ttl: number }[];
  readonly instances: readonly NameInstance[];
}

export interface NameInstance {
  /** As the first label (or labels) of the target of its SRV record, in lower case. */
  readonly id: string;
  readonly healthy: boolean;
  readonly ipv4?: string;
  readonly ipv6?: string;
  readonly cname?: string;
  readonly port?: number;
}
