import { connect, type Socket } from 'node:net';
import { limits } from '../limits.ts';
import type { Endpoint } from './endpoint.ts';
import type { Host } from './host-pool.ts';

/** Carries one connection of a container to a host, over as many hosts as it takes until one accepts it. */
export function carryConnection(client: Socket, endpoint: Endpoint): void {
  const tried = new Set<Host>();
  let attempts = 0;
  let upstream: Socket | undefined;
  const startedMs = Date.now();
  endpoint.begun();
  client.once('close', () => {
    endpoint.ended();
    upstream?.destroy();
  });
  client.on('error', () => undefined); // its close says all
  client.setTimeout(endpoint.config.idleTimeoutMs, () => client.destroy());
  const attempt = (): void => {
    const host = attempts > limits.retries ? undefined : endpoint.pool.choose(tried);
    if (host === undefined || client.destroyed) {
      endpoint.counts.failed += 1;
      client.resetAndDestroy();
      return;
    }
    if (attempts > 0) endpoint.counts.retries += 1;
    attempts += 1;
    tried.add(host);
    host.begin();
    const socket = connect({ host: host.address, port: host.port, allowHalfOpen: true, noDelay: true });
    upstream = socket;
    let connected = false;
    const timer = setTimeout(() => socket.destroy(), limits.connectTimeoutMs);
    socket.once('connect', () => {
      connected = true;
      clearTimeout(timer);
      endpoint.pool.succeeded(host);
      endpoint.answered(200, Date.now() - startedMs);
      splice(client, socket, endpoint);
    });
    socket.on('error', () => undefined); // its close says all
    socket.once('close', (hadError) => {
      clearTimeout(timer);
      host.end();
      if (connected) {
        if (hadError) client.resetAndDestroy();
        else client.destroySoon();
        return;
      }
      endpoint.pool.failed(host);
      if (client.destroyed) endpoint.counts.failed += 1;
      else attempt();
    });
  };
  attempt();
}

function splice(client: Socket, upstream: Socket, { counts }: Endpoint): void {
  client.on('data', (piece: Buffer) => {
    counts.sentBytes += piece.length;
  });
  upstream.on('data', (piece: Buffer) => {
    counts.receivedBytes += piece.length;
  });
  client.pipe(upstream);
  upstream.pipe(client);
}
