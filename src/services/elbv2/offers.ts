import type { Transaction } from '../../store/index.ts';
import type { Scope } from './records/scope.ts';

/** What a service that keeps targets registered, such as ECS, may know of a target group. */
export interface TargetGroupFacts {
  readonly arn: string;
  readonly name: string;
  readonly targetType: 'instance' | 'ip';
  readonly protocol: 'HTTP' | 'HTTPS' | 'TCP' | 'TLS' | 'UDP' | 'TCP_UDP';
  readonly port: number;
  readonly vpcId: string;
  /** Load balancers whose listeners and rules lead to it; none: it is not in use, and its targets are not checked. */
  readonly loadBalancerArns: readonly string[];
  readonly deregistrationDelayMs: number;
  readonly healthCheck: {
    readonly protocol: 'HTTP' | 'HTTPS' | 'TCP';
    readonly intervalMs: number;
    readonly timeoutMs: number;
    readonly healthyThreshold: number;
    readonly unhealthyThreshold: number;
  };
}

/** A target by what names it within its group. */
export interface TargetName {
  /** An instance's id or an IPv4 address, as the group's target type says. */
  readonly id: string;
  /** Absent: the group's port. */
  readonly port?: number;
}

export interface TargetToRegister extends TargetName {
  /** For an address outside of the group's VPC: a zone, or `all`. Inside of it: its own, or absent. */
  readonly zone?: string;
  /** For an instance's id: where to connect, by who knows the machine; absent: EC2 is asked. */
  readonly address?: string;
}

/** A target's health as DescribeTargetHealth shows it. */
export interface TargetHealthFacts {
  readonly state: 'initial' | 'healthy' | 'unhealthy' | 'unused' | 'draining';
  /** AWS's code, such as `Target.ResponseCodeMismatch`; absent when healthy. */
  readonly reason?: string;
  /** AWS's sentence; absent when healthy. */
  readonly description?: string;
}

/** What Elastic Load Balancing gives to a service that keeps targets registered. */
export interface TargetRegistrar {
  /** Undefined when the account and region have no such target group (any more). */
  targetGroup(scope: Scope, arn: string): TargetGroupFacts | undefined;
  /**
   * Registers targets in `tx`, at most `maxTargetsPerTransaction`; one that is draining is registered again, one that is registered stays as it is.
   * @throws NotFound when there is no such target group; InvalidArgument with AWS's sentence for a target it cannot have; Conflict when the group is full
   */
  register(tx: Transaction, scope: Scope, targetGroupArn: string, targets: readonly TargetToRegister[]): void;
  /**
   * Takes targets out in `tx`, at most `maxTargetsPerTransaction`: each drains for the group's deregistration delay at most, or is gone at once where no
   * listener uses the group. No error for targets and groups that are gone.
   */
  deregister(tx: Transaction, scope: Scope, targetGroupArn: string, targets: readonly TargetName[]): void;
  /** Undefined when the target is not registered and does not drain. */
  health(scope: Scope, targetGroupArn: string, target: TargetName): TargetHealthFacts | undefined;
  /** Calls back, within the turn of the commit, when targets of a group came, went or changed their health, or the group came into or out of use. */
  onTargetsChanged(listener: (targetGroupArn: string) => void): () => void;
}

export interface WeightedTargetGroup {
  readonly targetGroupArn: string;
  /** 0 to 999. */
  readonly weight: number;
}

/** Where a listener's default action or a rule's action forwards to. */
export interface ForwardFacts {
  readonly loadBalancerArn: string;
  readonly listenerArn: string;
  readonly listenerPort: number;
  readonly listenerProtocol: string;
  readonly targetGroups: readonly WeightedTargetGroup[];
}

/** What Elastic Load Balancing gives to a service that shifts traffic between target groups. */
export interface TrafficShifting {
  /** @param arn of a listener (its default action) or of a rule; undefined when it is gone or does not forward */
  forward(scope: Scope, arn: string): ForwardFacts | undefined;
  /** The target groups of `forward`, in the order of the action. */
  weights(scope: Scope, arn: string): readonly WeightedTargetGroup[] | undefined;
  /**
   * Changes the weights of a listener's default action or of a rule, in `tx`: groups that are not named stay, groups that the action does not have are
   * added; its stickiness stays.
   * @throws NotFound when the listener, the rule or a target group is gone; InvalidArgument when it does not forward or a group does not fit
   */
  setWeights(tx: Transaction, scope: Scope, arn: string, weights: readonly WeightedTargetGroup[]): void;
}

/** A load balancer as a name server needs to know it. */
export interface NamedLoadBalancer {
  readonly arn: string;
  readonly dnsName: string;
  readonly scheme: 'internal' | 'internet-facing';
  /** Its own address on the machine of each data plane, such as 127.80.0.1. */
  readonly loopbackAddress: string;
  /** Its addresses in its subnets, which lead to it from inside of tasks. */
  readonly privateIpv4Addresses: readonly string[];
}

/** Load balancers by their DNS names, in any case. */
export interface LoadBalancerNames {
  find(dnsName: string): NamedLoadBalancer | undefined;
}
