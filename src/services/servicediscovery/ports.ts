import type { Scope } from './records/scope.ts';

/** What Cloud Map needs of EC2: the networks that private namespaces belong to. Implemented by services/ec2, wired in main. */
export interface Vpcs {
  /** The address ranges of a VPC; undefined when there is no such VPC. */
  cidrs(scope: Scope, vpcId: string): readonly string[] | undefined;
}
