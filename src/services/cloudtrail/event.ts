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

/** Hiding a secret of one byte makes it 32. */
const surelySmallBytes = maxFieldLength / 32;

/** What CloudTrail writes of a call. @param output absent: it failed, or only read */
export function eventOf(call: RecordedCall, output: object | undefined, eventID: string): TrailEvent {
  const { service, operation, context, error } = call;
  const readOnly = isReadOnly(service.name, operation);
  const requestParameters = bounded(call.requestParameters(), call.requestBytes);
  const responseElements = output === undefined || readOnly ? null : bounded(call.responseElements(output), Infinity);
  const resources = readOnly ? [] : namedResources([requestParameters, responseElements]);
  return {
    eventVersion: '1.11',
    userIdentity: userIdentity(context.caller),
    eventTime: call.answeredAt(),
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

/**
 * Nothing for an empty structure; what is too large is left out and says so, as on AWS.
 * @param wireBytes how large it came: what was small then is not written out to see how large it is
 */
function bounded(value: object | undefined, wireBytes: number): unknown {
  if (value === undefined || Object.keys(value).length === 0) return null;
  if (wireBytes < surelySmallBytes) return value;
  return JSON.stringify(value).length > maxFieldLength ? { omitted: true } : value;
}
