import type { Caller, RecordedCall } from '../../protocol/api/index.ts';
import { userIdentity, type UserIdentity } from './identity.ts';
import { maxFieldLength, maxRememberedCallers, maxTextLength } from './limits.ts';
import { isGlobal, isManagement, isReadOnly } from './operations.ts';
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

/** What all calls of an operation have in common. */
export interface OperationFacts {
  /** Longshore's name of the service. */
  readonly service: string;
  readonly eventSource: string;
  readonly readOnly: boolean;
  /** False: its calls are no management events and are not recorded. */
  readonly isManagement: boolean;
  /** `","eventSource":…,"eventName":…,"awsRegion":"`. */
  readonly json: string;
}

interface KnownCaller {
  readonly caller: Caller;
  readonly json: string;
}

/**
 * Writes events as `TrailEvent` says, as text at once. What calls of one operation or of one caller have in common is written once.
 */
export class EventWriter {
  /** By service and operation; there are as many as AWS has. */
  readonly #operations = new Map<string, Map<string, OperationFacts>>();
  readonly #callers = new Map<string, KnownCaller>();
  #second = { atSeconds: -1, text: '' };
  #lastOrigin = { region: '', sourceIp: '', userAgent: '', json: '' };

  factsOf({ service, operation }: Pick<RecordedCall, 'service' | 'operation'>): OperationFacts {
    let operations = this.#operations.get(service.name);
    if (operations === undefined) {
      operations = new Map();
      this.#operations.set(service.name, operations);
    }
    let facts = operations.get(operation);
    if (facts === undefined) {
      facts = operationFacts(service, operation);
      operations.set(operation, facts);
    }
    return facts;
  }

  /** @param output absent: it failed, or only read */
  write(call: RecordedCall, output: object | undefined, eventID: string): string {
    const { context, error } = call;
    const facts = this.factsOf(call);
    const asked: string[] = [];
    const answered: string[] = [];
    const requestParameters = bounded(call.requestParameters(asked), asked);
    const responseElements =
      output === undefined || facts.readOnly ? 'null' : bounded(call.responseElements(output, answered), answered);
    const failure =
      error === undefined
        ? ''
        : `,"errorCode":${JSON.stringify(errorCode(facts.service, error))},"errorMessage":${JSON.stringify(error.message.slice(0, maxTextLength))}`;
    return (
      `{"eventVersion":"1.11","userIdentity":${this.#identity(context.caller)},"eventTime":"${this.#time(call)}` +
      `${facts.json}${this.#origin(regionOf(call), context)}${failure}` +
      `,"requestParameters":${requestParameters},"responseElements":${responseElements}` +
      `,"requestID":${JSON.stringify(context.requestId)},"eventID":${JSON.stringify(eventID)}` +
      (facts.readOnly ? ',"readOnly":true' : `,"readOnly":false${resourcesJson([...asked, ...answered])}`) +
      `,"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"${context.account}","eventCategory":"Management"}`
    );
  }

  /** Region, address and agent: a client sends them with each of its calls. */
  #origin(region: string, { sourceIp, userAgent }: RecordedCall['context']): string {
    const last = this.#lastOrigin;
    if (last.region === region && last.sourceIp === sourceIp && last.userAgent === userAgent) return last.json;
    const agent = JSON.stringify(userAgent.slice(0, maxTextLength));
    const json = `${JSON.stringify(region)},"sourceIPAddress":${JSON.stringify(sourceIp)},"userAgent":${agent}`;
    this.#lastOrigin = { region, sourceIp, userAgent, json };
    return json;
  }

  #identity(caller: Caller): string {
    const known = this.#callers.get(caller.accessKeyId);
    if (known !== undefined && isSame(known.caller, caller)) return known.json;
    const json = JSON.stringify(userIdentity(caller));
    if (this.#callers.size >= maxRememberedCallers) this.#callers.clear();
    this.#callers.set(caller.accessKeyId, { caller, json });
    return json;
  }

  #time(call: RecordedCall): string {
    const atSeconds = Math.floor(call.answeredMs / 1_000);
    if (this.#second.atSeconds !== atSeconds) this.#second = { atSeconds, text: call.answeredAt() };
    return this.#second.text;
  }
}

export function regionOf({ service, context }: RecordedCall): string {
  return isGlobal(service.name) ? 'us-east-1' : context.region;
}

function operationFacts(service: RecordedCall['service'], operation: string): OperationFacts {
  const eventSource = `${service.signingName}.amazonaws.com`;
  return {
    service: service.name,
    eventSource,
    readOnly: isReadOnly(service.name, operation),
    isManagement: isManagement(service.name, operation),
    json: `","eventSource":${JSON.stringify(eventSource)},"eventName":${JSON.stringify(operation)},"awsRegion":`,
  };
}

function isSame(left: Caller, right: Caller): boolean {
  return left.arn === right.arn && left.account === right.account && left.principal === right.principal;
}

/** A refused call is `AccessDenied` whatever the service calls it; EC2's codes say whose fault it was. */
function errorCode(service: string, { code, status }: { readonly code: string; readonly status: number }): string {
  if (service === 'ec2') return `${status >= 500 ? 'Server' : 'Client'}.${code}`;
  return code === 'AccessDeniedException' ? 'AccessDenied' : code;
}

function resourcesJson(arns: readonly string[]): string {
  if (arns.length === 0) return '';
  const resources = namedResources(arns).map(({ arn: ARN, account: accountId, type }) => ({ ARN, accountId, type }));
  return resources.length === 0 ? '' : `,"resources":${JSON.stringify(resources)}`;
}

/**
 * Null for an empty structure; what is too large is left out and says so, as on AWS.
 * @param arns of what is left out go, too
 */
function bounded(json: string | undefined, arns: string[]): string {
  if (json === undefined || json === '{}') return 'null';
  if (json.length <= maxFieldLength) return json;
  arns.length = 0;
  return '{"omitted":true}';
}
