import { encodeQuery } from '../../control-plane-client/index.ts';
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

  /** Whether a stream has this event, which is asked with the right to put it there, since execution roles may not read logs. */
  async hasArrived(
    to: LogDestination,
    event: { readonly timestamp: number; readonly hash: string },
    credentials: AwsCredentials | undefined,
  ): Promise<boolean> {
    const query = encodeQuery({
      logGroupName: to.group,
      logStreamName: to.stream,
      timestamp: String(event.timestamp),
      fingerprint: event.hash,
    });
    const { arrived } = await this.#client.ask({
      service: 'logs',
      path: `/longshore/log-events/arrived?${query}`,
      region: to.region,
      ...(credentials === undefined ? {} : { credentials }),
    });
    return arrived === true;
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
