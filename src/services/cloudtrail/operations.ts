/**
 * Operations that AWS records as data events, if at all: they are in no event history.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html
 */
const dataOperations: Readonly<Record<string, ReadonlySet<string>>> = {
  cloudwatch: new Set(['GetMetricData', 'GetMetricStatistics', 'GetMetricWidgetImage', 'ListMetrics', 'PutMetricData']),
  events: new Set(['PutEvents']),
  logs: new Set(['FilterLogEvents', 'GetLogEvents', 'GetLogRecord', 'PutLogEvents', 'StartLiveTail']),
  servicediscovery: new Set(['DiscoverInstances', 'DiscoverInstancesRevision']),
};

const readOnlyNames =
  /^(Describe|Get|List|Lookup|Search|BatchGet|BatchCheck|Head|Test|Simulate|Validate|Preview|Filter|Discover)/;
/** Reads by other names: AWS counts giving out temporary credentials as one. */
const otherReads = new Set([
  'sts:AssumeRole',
  'sts:AssumeRoleWithWebIdentity',
  'sts:AssumeRoleWithSAML',
  'sts:DecodeAuthorizationMessage',
]);

export function isManagement(service: string, operation: string): boolean {
  return dataOperations[service]?.has(operation) !== true;
}

export function isReadOnly(service: string, operation: string): boolean {
  return readOnlyNames.test(operation) || otherReads.has(`${service}:${operation}`);
}

/** Whose events are those of us-east-1 wherever they were asked. */
export function isGlobal(service: string): boolean {
  return service === 'iam';
}
