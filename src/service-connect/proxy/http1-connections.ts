import { Agent } from 'node:http';
import { limits } from '../limits.ts';
import type { Carried, Host } from './host-pool.ts';

/** Requests that must not be sent twice go over fresh ones: a kept one may be closing at the other end. */
export const freshConnections = new Agent({ keepAlive: false });

/** Those that are kept open to a host, and end with it. */
export function keptConnections(host: Host): Agent {
  const known = host.carried.get('http1');
  if (known instanceof Kept) return known.agent;
  const made = new Kept();
  host.carried.set('http1', made);
  return made.agent;
}

class Kept implements Carried {
  readonly agent = new Agent({
    keepAlive: true,
    maxFreeSockets: limits.idleConnections,
    timeout: limits.idleConnectionMs,
    scheduling: 'lifo',
  });

  close(): void {
    this.agent.destroy();
  }
}
