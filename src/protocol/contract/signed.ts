import type { OutgoingHttpHeaders } from 'node:http';
import * as aws4 from 'aws4';
import { secretAccessKey } from './test-server.ts';

export interface ToSend {
  readonly port: number;
  readonly method?: string;
  readonly path?: string;
  readonly service?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** Headers of a request signed for the test server. */
export function signedHeaders(given: ToSend): OutgoingHttpHeaders {
  const { port, method = 'POST', path = '/', service = 'ecs', headers = {}, body = '' } = given;
  const request = {
    host: `127.0.0.1:${port}`,
    method,
    path,
    service,
    region: 'us-east-1',
    headers: { ...headers },
    body,
  };
  return aws4.sign(request, { accessKeyId: 'AKIDTEST', secretAccessKey }).headers ?? {};
}

/** Headers of an AWS JSON 1.1 request. */
export function jsonHeaders(operation: string): Record<string, string> {
  return {
    'Content-Type': 'application/x-amz-json-1.1',
    'X-Amz-Target': `AmazonEC2ContainerServiceV20141113.${operation}`,
  };
}
