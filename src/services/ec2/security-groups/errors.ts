import { ApiError } from '../../../protocol/api/index.ts';
import { invalidParameterValue } from '../errors.ts';
import type { RuleContent } from './rules.ts';

// Codes as in https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html, sentences as users of AWS quote them.

export function differentNetworks(): ApiError {
  return new ApiError('InvalidGroup.NotFound', 'You have specified two resources that belong to different networks.');
}

export function duplicateRule(rule: RuleContent): ApiError {
  return new ApiError('InvalidPermission.Duplicate', `the specified rule "${ruleText(rule)}" already exists`);
}

export function unknownRule(): ApiError {
  return new ApiError('InvalidPermission.NotFound', 'The specified rule does not exist in this security group.');
}

export function malformedRule(message: string): ApiError {
  return new ApiError('InvalidPermission.Malformed', message);
}

export function malformedCidr(text: string): ApiError {
  return invalidParameterValue(`CIDR block ${text} is malformed`);
}

export function dependentObject(id: string): ApiError {
  return new ApiError('DependencyViolation', `resource ${id} has a dependent object`);
}

/** A rule as AWS writes it in its errors. */
function ruleText({ protocol, fromPort, toPort, peer }: RuleContent): string {
  const [who = ''] = Object.values(peer);
  const all = (value: number): string => (value === -1 ? 'ALL' : String(value));
  switch (protocol) {
    case '-1':
      return `peer: ${who}, ALL, ALLOW`;
    case 'tcp':
    case 'udp':
      return `peer: ${who}, ${protocol.toUpperCase()}, from port: ${fromPort}, to port: ${toPort}, ALLOW`;
    case 'icmp':
    case 'icmpv6':
      return `peer: ${who}, ${protocol.toUpperCase()}, type: ${all(fromPort)}, code: ${all(toPort)}, ALLOW`;
    default:
      return `peer: ${who}, protocol: ${protocol}, ALLOW`;
  }
}
