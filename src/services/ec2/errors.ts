import { ApiError } from '../../protocol/api/index.ts';
import type { Violation } from '../../protocol/api/index.ts';

// EC2 models no errors: codes and sentences are https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html

/** Kinds of things as EC2 names them in errors: the code's part, and the sentence's subject. */
const kinds = {
  vpc: ['InvalidVpcID', 'vpc ID'],
  subnet: ['InvalidSubnetID', 'subnet ID'],
  securityGroup: ['InvalidGroup', 'security group'],
  securityGroupRule: ['InvalidSecurityGroupRuleId', 'security group rule ID'],
  networkInterface: ['InvalidNetworkInterfaceID', 'networkInterface ID'],
  routeTable: ['InvalidRouteTableID', 'routeTable ID'],
  prefixList: ['InvalidPrefixListID', 'prefix list ID'],
  internetGateway: ['InvalidInternetGatewayID', 'internetGateway ID'],
  networkAcl: ['InvalidNetworkAclID', 'networkAcl ID'],
  elasticIp: ['InvalidAllocationID', 'allocation ID'],
  association: ['InvalidAssociationID', 'association ID'],
  vpcEndpoint: ['InvalidVpcEndpointId', 'Vpc Endpoint Id'],
  dhcpOptions: ['InvalidDhcpOptionID', 'dhcpOption ID'],
  instance: ['InvalidInstanceID', 'instance ID'],
} as const;
export type Kind = keyof typeof kinds;

export function notFound(kind: Kind, id: string, where = ''): ApiError {
  const [code, subject] = kinds[kind];
  return new ApiError(`${code}.NotFound`, `The ${subject} '${id}' does not exist${where}`);
}

/** NAT gateways have a code of their own. */
export function natGatewayNotFound(id: string): ApiError {
  return new ApiError('NatGatewayNotFound', `The Nat Gateway ${id} was not found`);
}

/** @param what such as `vpc 'vpc-0…'` */
export function inUse(what: string): ApiError {
  return new ApiError('DependencyViolation', `The ${what} has dependencies and cannot be deleted.`);
}

/** @param things such as `VPCs` */
export function limitExceeded(code: string, things: string): ApiError {
  return new ApiError(code, `The maximum number of ${things} has been reached.`);
}

export function notImplemented(what: string): ApiError {
  return new ApiError('UnsupportedOperation', `${what} is not implemented by Longshore`);
}

export function missingParameter(name: string): ApiError {
  return new ApiError('MissingParameter', `The request must contain the parameter ${name}`);
}

/** For text that is no IPv4 block. @param name such as `cidrBlock` */
export function invalidCidr(text: string, name: string): ApiError {
  return invalidParameterValue(`Value (${text}) for parameter ${name} is invalid. This is not a valid CIDR block.`);
}

export function invalidParameterValue(message: string): ApiError {
  return new ApiError('InvalidParameterValue', message);
}

export function invalidCombination(message: string): ApiError {
  return new ApiError('InvalidParameterCombination', message);
}

/** Answers a DryRun that would have worked. */
export function dryRun(): ApiError {
  return new ApiError('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.', { status: 412 });
}

export function invalidInput(violations: readonly Violation[]): ApiError {
  const [first] = violations;
  if (first === undefined) return invalidParameterValue('The request is not valid');
  if (first.kind === 'missing') {
    return new ApiError('MissingParameter', `The request must contain the parameter ${first.path}`);
  }
  const value = first.value === undefined ? '' : `Value (${first.value}) for `;
  return invalidParameterValue(`${value}parameter ${first.path} is invalid. ${first.constraint}`);
}
