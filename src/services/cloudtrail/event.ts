import type { RecordedCall } from '../../protocol/api/index.ts';
import { userIdentity, type UserIdentity } from './identity.ts';
import { maxFieldLength, maxTextLength } from './limits.ts';
import { isGlobal, isReadOnly } from './operations.ts';
import { namedResources } from './resources.ts';

/** https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html */
export interface TrailEvent {
  readonly eventVersion: '1.11';
  readonly userIdentity: UserIdentity;
  readonly eventTime: string;
  readonly eventSource: string;
  readonly eventName: string;
  readonly awsRegion: string;
  readonly sourceIPAddress: string;
  readonly userAgent: string;
  readonly errorCode?: string;
  readonly errorMessage?: string;
  readonly requestParameters: unknown;
  readonly responseElements: unknown;
  readonly requestID: string;
  readonly eventID: string;
  readonly readOnly: boolean;
  readonly resources?: readonly { readonly ARN: string; readonly accountId: string; readonly type?: string }[];
  readonly eventType: 'AwsApiCall';
  readonly managementEvent: true;
  readonly recipientAccountId: string;
  readonly eventCategory: 'Management';
}

/** What CloudTrail writes of a call. @param output absent: it failed, or only read */
export function eventOf(call: RecordedCall, output: object | undefined, eventID: string): TrailEvent {
  const { service, operation, context, error } = call;
  const readOnly = isReadOnly(service.name, operation);
  const requestParameters = bounded(lowered(call.requestParameters()));
  const responseElements = output === undefined || readOnly ? null : bounded(lowered(call.responseElements(output)));
  const resources = readOnly ? [] : namedResources([requestParameters, responseElements]);
  return {
    eventVersion: '1.11',
    userIdentity: userIdentity(context.caller),
    eventTime: `${new Date(call.answeredMs).toISOString().slice(0, 19)}Z`,
    eventSource: `${service.signingName}.amazonaws.com`,
    eventName: operation,
    awsRegion: regionOf(call),
    sourceIPAddress: context.sourceIp,
    userAgent: context.userAgent.slice(0, maxTextLength),
    ...(error === undefined
      ? {}
      : { errorCode: errorCode(service.name, error), errorMessage: error.message.slice(0, maxTextLength) }),
    requestParameters,
    responseElements,
    requestID: context.requestId,
    eventID,
    readOnly,
    ...(resources.length === 0
      ? {}
      : { resources: resources.map(({ arn, account, type }) => shown(arn, account, type)) }),
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: context.account,
    eventCategory: 'Management',
  };
}

export function regionOf({ service, context }: RecordedCall): string {
  return isGlobal(service.name) ? 'us-east-1' : context.region;
}

/** A refused call is `AccessDenied` whatever the service calls it; EC2's codes say whose fault it was. */
function errorCode(service: string, { code, status }: { readonly code: string; readonly status: number }): string {
  if (service === 'ec2') return `${status >= 500 ? 'Server' : 'Client'}.${code}`;
  return code === 'AccessDeniedException' ? 'AccessDenied' : code;
}

function shown(ARN: string, accountId: string, type: string | undefined) {
  return { ARN, accountId, ...(type === undefined ? {} : { type }) };
}

/** Members begin with a small letter in events, whatever the service's spelling. */
function lowered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(lowered);
  if (typeof value !== 'object' || value === null) return value;
  const result: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) {
    result[name.charAt(0).toLowerCase() + name.slice(1)] = lowered(member);
  }
  return result;
}

/** Nothing for an empty structure; what is too large is left out and says so, as on AWS. */
function bounded(value: unknown): unknown {
  if (value === undefined || Object.keys(value as object).length === 0) return null;
  return JSON.stringify(value).length > maxFieldLength ? { omitted: true } : value;
}
