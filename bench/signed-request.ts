import aws4 from 'aws4';

export interface Target {
  readonly host: string;
  readonly port: number;
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
}

/** One signed AWS JSON 1.1 request as bytes for the wire, good for five minutes and for any number of sends. */
export function signedRequest(
  target: Target,
  operation: string,
  input: object,
  prefix = 'AmazonEC2ContainerServiceV20141113',
  service = 'ecs',
): Buffer {
  const body = JSON.stringify(input);
  const signed = aws4.sign(
    {
      method: 'POST',
      host: `${target.host}:${target.port}`,
      path: '/',
      service,
      region: 'us-east-1',
      headers: { 'Content-Type': 'application/x-amz-json-1.1', 'X-Amz-Target': `${prefix}.${operation}` },
      body,
    },
    { accessKeyId: target.accessKeyId ?? 'test', secretAccessKey: target.secretAccessKey ?? 'test' },
  );
  const headers = Object.entries(signed.headers ?? {}).map(([name, value]) => `${name}: ${String(value)}`);
  return Buffer.from(`POST / HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n${body}`);
}

/** Sends one request and gives the parsed answer. */
export async function call(
  target: Target,
  operation: string,
  input: object,
  prefix?: string,
  service?: string,
): Promise<any> {
  const { Connection } = await import('./connection.ts');
  const connection = await Connection.open(target);
  try {
    const { status, body } = await connection.send(signedRequest(target, operation, input, prefix, service));
    if (status !== 200) throw new Error(`${operation}: ${status} ${body.toString()}`);
    return JSON.parse(body.toString());
  } finally {
    connection.close();
  }
}

/** Headers of a signed websocket upgrade. */
export function signedHeaders(target: Target, path: string): Record<string, string> {
  const signed = aws4.sign(
    { method: 'GET', host: `${target.host}:${target.port}`, path, service: 'ecs', region: 'us-east-1', headers: {} },
    { accessKeyId: target.accessKeyId ?? 'test', secretAccessKey: target.secretAccessKey ?? 'test' },
  );
  return signed.headers as Record<string, string>;
}
