import { AwsClient } from './aws-client.ts';
import type { Environment, Settings } from './options.ts';
import { trustOf } from './read-common.ts';

/** A client that signs with the environment's keys, by default test / test; its command has the options `endpoint`, `trust` and `region`. */
export function signedClient(settings: Settings, environment: Environment): AwsClient {
  const token = environment['AWS_SESSION_TOKEN'];
  return new AwsClient({
    endpoint: settings.require('endpoint'),
    trust: trustOf(settings),
    region: settings.require('region'),
    accessKeyId: environment['AWS_ACCESS_KEY_ID'] ?? 'test',
    secretAccessKey: environment['AWS_SECRET_ACCESS_KEY'] ?? 'test',
    ...(token === undefined || token === '' ? {} : { sessionToken: token }),
  });
}
