import { parseArn } from '../kernel/index.ts';
import { ApiError, type RequestContext, type ServiceDefinition } from '../protocol/api/index.ts';
import type { TrailLogs } from '../services/cloudtrail/index.ts';

interface Group {
  readonly account: string;
  readonly region: string;
  readonly name: string;
}

interface LogsParts {
  readonly logs: ServiceDefinition;
  exists(group: Group): boolean;
  nowMs(): number;
}

/** Trails' log groups, written through CloudWatch Logs' own operations, as if the account's root called them. */
export function trailLogs({ logs, exists, nowMs }: LogsParts): TrailLogs {
  const call = async (operation: string, input: object, group: Group): Promise<void> => {
    const handler = logs.handlers[operation];
    if (handler === undefined) throw new TypeError(`CloudWatch Logs has no ${operation}`);
    await handler(input as never, contextOf(group, nowMs()));
  };
  return {
    exists(arn) {
      const group = groupOf(arn);
      return group !== undefined && exists(group);
    },
    async deliver(arn, logStreamName, events) {
      const group = groupOf(arn);
      if (group === undefined) throw new TypeError(`${arn} is not the ARN of a log group`);
      const logEvents = events.map(({ timeMs, json }) => ({ timestamp: timeMs, message: json }));
      const put = () => call('PutLogEvents', { logGroupName: group.name, logStreamName, logEvents }, group);
      try {
        await put();
      } catch (error) {
        if (!(error instanceof ApiError) || error.code !== 'ResourceNotFoundException') throw error;
        await call('CreateLogStream', { logGroupName: group.name, logStreamName }, group);
        await put();
      }
    },
  };
}

function groupOf(text: string): Group | undefined {
  const arn = parseArn(text);
  const [, name] = /^log-group:([^:]+)(:\*)?$/.exec(arn?.resource ?? '') ?? [];
  if (arn === undefined || arn.service !== 'logs' || name === undefined) return undefined;
  return { account: arn.account, region: arn.region, name };
}

function contextOf({ account, region }: Group, receivedMs: number): RequestContext {
  return {
    caller: { account, accessKeyId: '', arn: `arn:aws:iam::${account}:root` },
    account,
    region,
    requestId: '',
    sourceIp: 'cloudtrail.amazonaws.com',
    userAgent: 'cloudtrail.amazonaws.com',
    endpoint: '',
    receivedMs,
    authorize: () => undefined,
  };
}
