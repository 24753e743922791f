import type { Transaction } from '../../store/index.ts';
import type { Scope } from './records/scope.ts';

/** What Elastic Load Balancing needs of EC2: the network that load balancers and targets are in. Implemented by services/ec2, wired in main. */
export interface Network {
  subnet(scope: Scope, id: string): SubnetFacts | undefined;
  vpc(scope: Scope, id: string): VpcFacts | undefined;
  /** VPC of a security group; undefined when the group does not exist. */
  securityGroupVpc(scope: Scope, id: string): string | undefined;
  /** The security group that a VPC's things are in when none is named. */
  defaultSecurityGroup(scope: Scope, vpcId: string): string;
  /** The private address of an instance; undefined when there is no such instance. */
  instanceAddress(scope: Scope, instanceId: string): InstanceAddress | undefined;
  /**
   * Writes a network interface in a subnet in `tx`, at the address asked for or one that is free.
   * @throws InvalidArgument when the address is in use or outside the subnet; Unavailable when the subnet is full
   */
  createInterface(tx: Transaction, request: BalancerInterfaceRequest): BalancerInterface;
  /** Replaces an interface's security groups in `tx`; no error when it is gone. */
  setSecurityGroups(tx: Transaction, scope: Scope, networkInterfaceId: string, securityGroups: readonly string[]): void;
  /** Removes an interface and frees its address in `tx`; no error when it is gone. */
  removeInterface(tx: Transaction, scope: Scope, networkInterfaceId: string): void;
}

export interface SubnetFacts {
  readonly id: string;
  readonly vpcId: string;
  readonly availabilityZone: string;
  readonly cidr: string;
}

export interface VpcFacts {
  readonly id: string;
  readonly cidr: string;
  readonly subnets: readonly SubnetFacts[];
}

export interface InstanceAddress {
  readonly vpcId: string;
  readonly privateIpv4Address: string;
  readonly availabilityZone: string;
}

export interface BalancerInterfaceRequest {
  readonly scope: Scope;
  readonly subnetId: string;
  /** Absent: any free address of the subnet. */
  readonly privateIpv4Address?: string;
  readonly securityGroups: readonly string[];
  /** AWS's: `ELB app/name/id`. */
  readonly description: string;
  readonly type: 'application' | 'network';
  /** Whether it is to be reached from the Internet. */
  readonly hasPublicAddress: boolean;
}

export interface BalancerInterface {
  readonly networkInterfaceId: string;
  readonly privateIpv4Address: string;
  readonly availabilityZone: string;
}

/** What Elastic Load Balancing needs of ACM (and later IAM): certificates by their ARN. */
export interface Certificates {
  /**
   * Says in `tx` that the certificate is used from now on, so that deleting it at the same time fails.
   * @returns false when there is no such certificate of this account and region
   */
  use(tx: Transaction, scope: Scope, arn: string): boolean;
  /** The certificate with its key, for the data plane. */
  find(arn: string): UsableCertificate | undefined;
  /** Calls back when a certificate was imported again under its ARN. Returns how to stop. */
  onChange(listener: (arn: string) => void): () => void;
}

export interface UsableCertificate {
  /** PEM, leaf first, then the chain. */
  readonly certificate: string;
  /** PEM. */
  readonly privateKey: string;
  /** Names it is for. */
  readonly names: readonly string[];
}
