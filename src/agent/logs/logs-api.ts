import type { ApiClient } from '../session/api-client.ts';
import type { AwsCredentials } from '../session/credentials.ts';
import type { LogEvent } from './event-splitter.ts';

const prefix = 'Logs_20140328';

export interface LogDestination {
  readonly group: string;
  readonly stream: string;
  readonly region: string;
}

/** The actions of CloudWatch Logs that shipping needs, each with the credentials of the task whose output it is. */
export class LogsApi {
  readonly #client: ApiClient;

  constructor(client: ApiClient) {
    this.#client = client;
  }

  createGroup(to: LogDestination, credentials: AwsCredentials | undefined): Promise<unknown> {
    return this.#call('CreateLogGroup', { logGroupName: to.group }, { to, credentials });
  }

  createStream(to: LogDestination, credentials: AwsCredentials | undefined): Promise<unknown> {
    return this.#call('CreateLogStream', { logGroupName: to.group, logStreamName: to.stream }, { to, credentials });
  }

  putEvents(
    to: LogDestination,
    batch: readonly LogEvent[],
    credentials: AwsCredentials | undefined,
  ): Promise<Record<string, unknown>> {
    const logEvents = batch.map(({ timestamp, message }) => ({ timestamp, message }));
    return this.#call(
      'PutLogEvents',
      { logGroupName: to.group, logStreamName: to.stream, logEvents },
      { to, credentials },
    );
  }

  /** The end of a stream. */
  async latestEvents(
    to: LogDestination,
    credentials: AwsCredentials | undefined,
  ): Promise<readonly { readonly timestamp: number; readonly message: string }[]> {
    const input = { logGroupName: to.group, logStreamName: to.stream, limit: 20, startFromHead: false };
    const { events } = await this.#call('GetLogEvents', input, { to, credentials });
    return (events ?? []) as readonly { timestamp: number; message: string }[];
  }

  #call(
    operation: string,
    input: object,
    how: { readonly to: LogDestination; readonly credentials: AwsCredentials | undefined },
  ): Promise<Record<string, unknown>> {
    return this.#client.call({
      service: 'logs',
      target: `${prefix}.${operation}`,
      input,
      region: how.to.region,
      ...(how.credentials === undefined ? {} : { credentials: how.credentials }),
      attempts: 1,
    });
  }
}
