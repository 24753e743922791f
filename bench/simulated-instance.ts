import { WebSocket } from 'ws';
import { call, signedHeaders, type Target } from './signed-request.ts';

/** A container instance that runs nothing: it joins, acknowledges every payload, and counts the tasks it was given. */
export class SimulatedInstance {
  tasks = 0;
  readonly #socket: WebSocket;

  private constructor(socket: WebSocket, cluster: string, arn: string) {
    this.#socket = socket;
    socket.on('message', (data) => {
      const { type, message } = JSON.parse((data as Buffer).toString()) as {
        type: string;
        message: { messageId: string; tasks?: unknown[] };
      };
      if (type === 'HeartbeatMessage') this.#send('HeartbeatAckRequest', { messageId: message.messageId });
      if (type !== 'PayloadMessage') return;
      this.tasks += message.tasks?.length ?? 0;
      this.#send('AckRequest', { cluster, containerInstance: arn, messageId: message.messageId });
    });
  }

  static async join(target: Target, cluster: string): Promise<SimulatedInstance> {
    const capabilities = [
      'docker-remote-api.1.17',
      'docker-remote-api.1.18',
      'docker-remote-api.1.19',
      'docker-remote-api.1.21',
      'docker-remote-api.1.25',
      'docker-remote-api.1.29',
      'logging-driver.json-file',
      'task-iam-role',
    ];
    const { containerInstance } = await call(target, 'RegisterContainerInstance', {
      cluster,
      totalResources: [
        { name: 'CPU', type: 'INTEGER', integerValue: 1_000_000_000 },
        { name: 'MEMORY', type: 'INTEGER', integerValue: 2_000_000_000 },
        { name: 'PORTS', type: 'STRINGSET', stringSetValue: [] },
        { name: 'PORTS_UDP', type: 'STRINGSET', stringSetValue: [] },
      ],
      attributes: capabilities.map((name) => ({ name: `com.amazonaws.ecs.capability.${name}` })),
    });
    const arn = containerInstance.containerInstanceArn as string;
    const { endpoint } = await call(target, 'DiscoverPollEndpoint', { cluster, containerInstance: arn });
    const url = new URL(`${String(endpoint).replace(/^http/, 'ws').replace(/\/$/, '')}/ws`);
    for (const [name, value] of Object.entries({
      agentHash: 'bench',
      agentVersion: '1.0.0',
      clusterArn: cluster,
      containerInstanceArn: arn,
      dockerVersion: 'DockerVersion',
      protocolVersion: '2',
      sendCredentials: 'false',
      seqNum: '1',
    }))
      url.searchParams.set(name, value);
    const socket = new WebSocket(url, {
      headers: signedHeaders(target, `${url.pathname}${url.search.replaceAll('+', '%20')}`),
      perMessageDeflate: false,
    });
    await new Promise<void>((resolve, reject) => socket.once('open', () => resolve()).once('error', reject));
    return new SimulatedInstance(socket, cluster, arn);
  }

  leave(): void {
    this.#socket.close();
  }

  #send(type: string, message: object): void {
    this.#socket.send(JSON.stringify({ type, message }));
  }
}
