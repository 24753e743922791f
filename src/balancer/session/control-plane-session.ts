import {
  balancerSigningName,
  balancerSocketPath,
  type BalancerReport,
  type ConfigMessage,
} from '../../balancer-protocol/index.ts';
import { ToldSocket, websocketUrl, type Connection, type DialOptions } from '../../control-plane-client/index.ts';
import { limits } from '../limits.ts';
import { reportParts } from './report-parts.ts';

export interface SessionOptions extends Omit<DialOptions, 'url' | 'service' | 'limits'> {
  /** `http://host:port` or `https://…` of the control plane. */
  readonly endpoint: string;
  /**
   * A message of the present connection; `reply` reaches that connection only, and nobody once it has ended. When it rejects, the connection is made
   * anew.
   */
  onConfig(message: ConfigMessage, reply: (report: BalancerReport) => void): Promise<void>;
}

/** The configuration as the control plane tells it, and what is reported back. */
export class ControlPlaneSession {
  readonly #socket: ToldSocket;

  constructor(options: SessionOptions) {
    this.#socket = new ToldSocket({
      ...options,
      url: () => websocketUrl(options.endpoint, balancerSocketPath),
      service: balancerSigningName,
      limits: limits.session,
      onMessage(message, connection) {
        const config = message as ConfigMessage;
        if (config.type !== 'config') return; // of a newer control plane
        return options.onConfig(config, (report) => say(connection, report));
      },
    });
  }

  /** Sends to the control plane; dropped while it is away, because a new connection is told everything. */
  send(report: BalancerReport): void {
    const { connection } = this.#socket;
    if (connection !== undefined) say(connection, report);
  }

  close(): void {
    this.#socket.close('balancer stops');
  }
}

function say(connection: Connection, report: BalancerReport): void {
  for (const part of reportParts(report)) connection.send(JSON.stringify(part));
}
