import { MalformedPolicy, parsePolicy } from '../../policy/index.ts';
import { ApiError } from '../../protocol/api/index.ts';
import type { Database } from '../../store/index.ts';
import { maxEndpointPolicyCharacters } from './limits.ts';
import { Networks } from './networks.ts';
import type { Scope } from './records/scope.ts';
import { vpcEndpoints } from './records/vpc-endpoint.ts';

// What may be done through an endpoint: https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html

const fullAccess = JSON.stringify({
  Statement: [{ Action: '*', Effect: 'Allow', Principal: '*', Resource: '*' }],
});

/** A policy as given, or the one that allows everything. @throws InvalidPolicyDocument */
export function policyOf(text: string | undefined): string {
  if (text === undefined || text === '') return fullAccess;
  if (text.length > maxEndpointPolicyCharacters)
    throw invalid(`The policy document is longer than ${maxEndpointPolicyCharacters} characters`);
  try {
    parsePolicy(text, { kind: 'resource' });
  } catch (error) {
    if (!(error instanceof MalformedPolicy)) throw error;
    throw invalid(`${error.message}: ${error.detail}`);
  }
  return text;
}

/** The policy of an endpoint of now; undefined: there is no such endpoint. */
export function vpcEndpointPolicy(database: Database, scope: Scope, endpointId: string): string | undefined {
  return new Networks(database).get(vpcEndpoints, scope, endpointId)?.policyDocument;
}

function invalid(why: string): ApiError {
  return new ApiError(
    'InvalidPolicyDocument',
    `The specified policy document is not a valid JSON policy document. ${why}`,
  );
}
