import { callWayPath, closedWayPath } from '../../agent-protocol/index.ts';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { WebSocket } from 'ws';
import { WebSocketServer } from 'ws';
import { hashOf } from '../logs/cursor.ts';

export const clusterArn = 'arn:aws:ecs:us-east-1:123456789012:cluster/default';
export const instanceArn =
  'arn:aws:ecs:us-east-1:123456789012:container-instance/default/0123456789abcdef0123456789abcdef';

type Json = Record<string, any>;

export interface Recorded {
  readonly operation: string;
  readonly body: Json;
  readonly headers: IncomingMessage['headers'];
}

/** A refusal that the next call of an operation gets. */
interface Refusal {
  readonly operation: string;
  readonly status: number;
  readonly type: string;
  readonly message: string;
  /** Only requests that fit. */
  readonly when?: (body: Json) => boolean;
}

/** A control plane of one instance that follows the protocol and records what an agent says; for tests of the agent. */
export class EcsTestServer {
  readonly calls: Recorded[] = [];
  readonly frames: {
    readonly session: 'acs' | 'tcs';
    readonly type: string;
    readonly message: Json;
    readonly block: string;
  }[] = [];
  readonly upgrades: { readonly url: string; readonly headers: IncomingMessage['headers'] }[] = [];
  readonly logs = new Map<string, { timestamp: number; message: string }[]>();
  readonly groups = new Set<string>(['/ecs/test']);
  /** Values of Secrets Manager by ARN. */
  readonly secrets = new Map<string, string>();
  /** Objects of S3 by `/bucket/key`, and what was asked for them. */
  readonly objects = new Map<string, string>();
  readonly objectCalls: { readonly asked: string; readonly authorization: string }[] = [];
  /** Ways that are closed, by destination, and what was asked about them. */
  readonly closedWays = new Map<string, object>();
  readonly wayQuestions: string[] = [];
  /** What closes the way of calls, by service and region. */
  readonly callWays = new Map<string, string>();
  readonly refusals: Refusal[] = [];
  /** Holds every PutLogEvents until it is resolved. */
  logGate: Promise<void> = Promise.resolve();
  putDelayMs = 0;
  readonly #server: Server;
  readonly #sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  #acs: WebSocket | undefined;
  #tcs: WebSocket | undefined;
  #sequence = 0;
  /** What a new registration is given. */
  newArn = instanceArn;
  #arn = instanceArn;

  constructor() {
    this.#server = createServer((request, response) => {
      if (request.headers.authorization?.includes('/s3/aws4_request') === true)
        return this.#answerObject(request, response);
      void this.#answer(request).then(
        ({ status, body }) =>
          response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body)),
        (error: Error) =>
          response.writeHead(500).end(JSON.stringify({ __type: 'ServerException', message: error.message })),
      );
    });
    this.#server.keepAliveTimeout = 60_000;
    this.#server.on('upgrade', (request, socket, head) => {
      this.upgrades.push({ url: request.url ?? '', headers: request.headers });
      this.#sockets.handleUpgrade(request, socket, head, (opened) => this.#open(request.url ?? '', opened));
    });
  }

  async listen(port = 0): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
    return this.endpoint;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    for (const client of this.#sockets.clients) client.terminate();
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  /** Ends the agent's sockets. */
  drop(code?: number): void {
    for (const client of this.#sockets.clients) {
      if (code === undefined) client.terminate();
      else client.close(code);
    }
  }

  get connected(): boolean {
    return this.#acs !== undefined;
  }

  send(type: string, message: Json): void {
    this.#acs?.send(JSON.stringify({ type, message }));
  }

  /** Sends tasks in one payload. @returns its message id */
  payload(...tasks: readonly Json[]): string {
    this.#sequence += 1;
    const messageId = `payload-${this.#sequence}`;
    this.send('PayloadMessage', {
      clusterArn,
      containerInstanceArn: this.#arn,
      messageId,
      generatedAt: Date.now(),
      seqNum: this.#sequence,
      tasks,
    });
    return messageId;
  }

  nextSequence(): number {
    this.#sequence += 1;
    return this.#sequence;
  }

  calledWith(operation: string): readonly Json[] {
    return this.calls.filter((call) => call.operation === operation).map((call) => call.body);
  }

  /** What was reported of a task, in order. */
  reports(taskArn: string): readonly Json[] {
    return this.calledWith('SubmitTaskStateChange').filter((body) => body['task'] === taskArn);
  }

  statuses(taskArn: string): readonly string[] {
    return this.reports(taskArn).flatMap((body) =>
      body['attachments'] === undefined ? (body['status'] ?? []) : 'ATTACHED',
    );
  }

  #open(url: string, socket: WebSocket): void {
    const session = url.startsWith('/acs') ? 'acs' : 'tcs';
    if (session === 'acs') this.#acs = socket;
    else this.#tcs = socket;
    socket.on('close', () => {
      if (this.#acs === socket) this.#acs = undefined;
      if (this.#tcs === socket) this.#tcs = undefined;
    });
    socket.on('message', (data) => {
      const text = (data as Buffer).toString('utf8');
      const cut = session === 'tcs' ? text.indexOf('\r\n\r\n') + 4 : 0;
      const { type, message } = JSON.parse(text.slice(cut)) as { type: string; message: Json };
      this.frames.push({ session, type, message, block: text.slice(0, cut) });
      const acks: Record<string, string> = {
        PublishMetricsRequest: 'AckPublishMetric',
        PublishHealthRequest: 'AckPublishHealth',
        PublishInstanceStatusRequest: 'AckPublishInstanceStatus',
      };
      if (acks[type] !== undefined) socket.send(JSON.stringify({ type: acks[type], message: { message: 'ok' } }));
    });
    if (session === 'acs') this.send('HeartbeatMessage', { healthy: true, messageId: 'heartbeat-1' });
  }

  #answerObject({ method = '', url = '', headers }: IncomingMessage, response: ServerResponse): void {
    this.objectCalls.push({ asked: `${method} ${url}`, authorization: headers.authorization ?? '' });
    const found = url.endsWith('?location') ? '<LocationConstraint/>' : this.objects.get(url);
    response.setHeader('x-amzn-requestid', 'request-1');
    if (found !== undefined) response.writeHead(200).end(method === 'HEAD' ? '' : found);
    else
      response
        .writeHead(403)
        .end(method === 'HEAD' ? '' : '<Error><Code>AccessDenied</Code><Message>no &lt;right&gt;</Message></Error>');
  }

  async #answer(request: IncomingMessage): Promise<{ status: number; body: Json }> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString('utf8');
    if (request.url?.startsWith('/longshore/log-events/arrived?') === true) return this.#arrived(request.url);
    if (request.url?.startsWith(`${closedWayPath}?`) === true) return this.#closedWay(request.url);
    if (request.url?.startsWith(`${callWayPath}?`) === true) return this.#callWay(request.url);
    const target = String(request.headers['x-amz-target'] ?? '');
    const operation = target.slice(target.indexOf('.') + 1);
    const body = JSON.parse(text || '{}') as Json;
    const refusal = this.refusals.findIndex((one) => one.operation === operation && (one.when?.(body) ?? true));
    if (refusal !== -1) {
      const [{ status, type, message }] = this.refusals.splice(refusal, 1) as [Refusal];
      return { status, body: { __type: type, message } };
    }
    if (target.startsWith('Logs_')) return this.#logs(operation, body, Buffer.byteLength(text));
    this.calls.push({ operation, body, headers: request.headers });
    switch (operation) {
      case 'RegisterContainerInstance': {
        this.#arn = body['containerInstanceArn'] ?? this.newArn;
        const attributes = [...body['attributes'], { name: 'ecs.availability-zone', value: 'us-east-1a' }];
        return { status: 200, body: { containerInstance: { containerInstanceArn: this.#arn, attributes } } };
      }
      case 'DiscoverPollEndpoint':
        return { status: 200, body: { endpoint: `${this.endpoint}/acs`, telemetryEndpoint: `${this.endpoint}/tcs` } };
      case 'SubmitTaskStateChange':
        return { status: 200, body: { acknowledgment: 'ok' } };
      case 'GetSecretValue': {
        const value = this.secrets.get(body['SecretId']);
        if (value !== undefined) return { status: 200, body: { SecretString: value } };
        const message = "Secrets Manager can't find the specified secret.";
        return { status: 400, body: { __type: 'ResourceNotFoundException', message } };
      }
      case 'GetParameters':
        return { status: 200, body: { Parameters: [], InvalidParameters: body['Names'] } };
      case 'ListTagsForResource':
        return { status: 200, body: { tags: [{ key: 'team', value: 'sea' }] } };
      case 'GetTaskProtection':
        return { status: 200, body: { protectedTasks: [{ taskArn: body['tasks'][0], protectionEnabled: false }] } };
    }
    return { status: 400, body: { __type: 'InvalidAction', message: `not in the test server: ${operation}` } };
  }

  #closedWay(url: string): { status: number; body: Json } {
    const { task = '', to = '' } = Object.fromEntries(new URL(url, this.endpoint).searchParams);
    this.wayQuestions.push(`${task} ${to}`);
    return { status: 200, body: { closed: this.closedWays.get(to) } };
  }

  #callWay(url: string): { status: number; body: Json } {
    const { task = '', to = '' } = Object.fromEntries(new URL(url, this.endpoint).searchParams);
    this.wayQuestions.push(`${task} ${to}`);
    return { status: 200, body: { closed: this.callWays.get(to) } };
  }

  #arrived(url: string): { status: number; body: Json } {
    const { logGroupName, logStreamName, timestamp, fingerprint } = Object.fromEntries(
      new URL(url, this.endpoint).searchParams,
    );
    const arrived = this.logs
      .get(`${logGroupName} ${logStreamName}`)
      ?.some((event) => event.timestamp === Number(timestamp) && hashOf(event.message) === fingerprint);
    return { status: 200, body: { arrived: arrived === true } };
  }

  async #logs(operation: string, body: Json, size: number): Promise<{ status: number; body: Json }> {
    const group = String(body['logGroupName']);
    const key = `${group} ${String(body['logStreamName'])}`;
    if (operation === 'CreateLogGroup') {
      this.groups.add(group);
      return { status: 200, body: {} };
    }
    if (!this.groups.has(group))
      return {
        status: 400,
        body: { __type: 'ResourceNotFoundException', message: 'The specified log group does not exist.' },
      };
    if (operation === 'CreateLogStream') {
      if (this.logs.has(key))
        return {
          status: 400,
          body: { __type: 'ResourceAlreadyExistsException', message: 'The specified log stream already exists' },
        };
      this.logs.set(key, []);
      return { status: 200, body: {} };
    }
    // What AmazonECSTaskExecutionRolePolicy does not allow.
    if (operation !== 'PutLogEvents')
      return { status: 400, body: { __type: 'AccessDeniedException', message: `not authorized: logs:${operation}` } };
    await this.logGate;
    if (this.putDelayMs > 0) await new Promise((resolve) => setTimeout(resolve, this.putDelayMs));
    const events = body['logEvents'] as { timestamp: number; message: string }[];
    const bytes = events.reduce((total, event) => total + Buffer.byteLength(event.message) + 26, 0);
    const ordered = events.every(
      (event, index) => index === 0 || event.timestamp >= (events[index - 1]?.timestamp ?? 0),
    );
    if (events.length > 10_000 || bytes > 1_048_576 || !ordered || events.some((event) => event.message === ''))
      return { status: 400, body: { __type: 'InvalidParameterException', message: `bad batch of ${size} bytes` } };
    this.logs.get(key)?.push(...events);
    return { status: 200, body: {} };
  }
}
