import { regions, zoneId, zoneLetters, zoneName } from './regions.ts';
import type { Scope } from './records/scope.ts';
import { stableId } from './stable-id.ts';

export interface SubnetInfo {
  readonly id: string;
  readonly vpcId: string;
  readonly cidr: string;
  readonly availabilityZone: string;
  readonly availabilityZoneId: string;
}

export interface SecurityGroupInfo {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly vpcId: string;
  readonly rules: readonly SecurityGroupRuleInfo[];
}

export interface SecurityGroupRuleInfo {
  readonly id: string;
  readonly groupId: string;
  readonly isEgress: boolean;
  /** `-1`: every protocol. */
  readonly protocol: string;
  /** Exactly one of the two says who is on the other side. */
  readonly cidr?: string;
  readonly referencedGroupId?: string;
}

/** What every account has in every region without having made it. */
export interface DefaultNetwork {
  readonly vpcId: string;
  readonly cidr: string;
  readonly cidrAssociationId: string;
  readonly dhcpOptionsId: string;
  readonly internetGatewayId: string;
  readonly routeTableId: string;
  readonly routeTableAssociationId: string;
  readonly subnets: readonly SubnetInfo[];
  readonly securityGroup: SecurityGroupInfo;
}

/** The address space of every default VPC. */
export const vpcCidr = '172.31.0.0/16';
const subnetCidrs = ['172.31.0.0/20', '172.31.16.0/20', '172.31.32.0/20'];

/**
 * The default VPC of an account and region, computed from their names: reading it writes nothing, and it is the same after any
 * restart. https://docs.aws.amazon.com/vpc/latest/userguide/default-vpc.html
 */
export function defaultNetwork({ account, region }: Scope): DefaultNetwork {
  const id = (kind: string, ...parts: string[]): string => stableId(kind, account, region, ...parts);
  const vpcId = id('vpc');
  const groupId = id('sg');
  const rule = { groupId, protocol: '-1' };
  return {
    vpcId,
    cidr: vpcCidr,
    cidrAssociationId: id('vpc-cidr-assoc'),
    dhcpOptionsId: id('dopt'),
    internetGatewayId: id('igw'),
    routeTableId: id('rtb'),
    routeTableAssociationId: id('rtbassoc'),
    subnets: zoneLetters.map((letter, index) => ({
      id: id('subnet', letter),
      vpcId,
      cidr: subnetCidrs[index] ?? '',
      availabilityZone: zoneName(region, letter),
      availabilityZoneId: zoneId(region, letter),
    })),
    securityGroup: {
      id: groupId,
      name: 'default',
      description: 'default VPC security group',
      vpcId,
      rules: [
        { ...rule, id: id('sgr', 'ingress'), isEgress: false, referencedGroupId: groupId },
        { ...rule, id: id('sgr', 'egress'), isEgress: true, cidr: '0.0.0.0/0' },
      ],
    },
  };
}

/** The regions to list: all that are known, and the one that was asked. */
export function listedRegions(own: string, others: readonly string[]): readonly string[] {
  return [...new Set([...regions, ...others, own])].sort();
}
