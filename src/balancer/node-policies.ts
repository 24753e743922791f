/** A node of a load balancer on this machine. */
export interface PolicedNode {
  readonly networkInterfaceId: string;
  readonly privateIpv4Address: string;
  /** The load balancer's own address on the machine, at which its security groups hold too. */
  readonly loopbackAddress: string;
}

/** What may pass to and from the nodes of load balancers: their security groups. */
export interface NodePolicies {
  /**
   * These are on the machine too from now on: nothing passes to one that is new before it is known what may. Resolves when that is so of all, or
   * after a bounded wait; never rejects because of the control plane.
   */
  add(nodes: readonly PolicedNode[]): Promise<void>;
  /** All others are not any more. */
  keepOnly(nodes: readonly PolicedNode[]): Promise<void>;
  /** None is any more. */
  close(): Promise<void>;
}
