import { closedWayPath, destinationText, type ClosedWay, type Destination } from '../../agent-protocol/index.ts';
import type { ApiClient } from '../session/api-client.ts';
import { encodeQuery } from '../../control-plane-client/index.ts';

/** Who knows whether a way that was closed when its task came is closed still. */
export interface WaySource {
  /** @returns undefined when it is open @throws ApiError, Unavailable */
  closed(taskArn: string, to: Destination): Promise<ClosedWay | undefined>;
}

/** The control plane, which has the routes, rules and endpoints. */
export class WayApi implements WaySource {
  readonly #client: ApiClient;

  constructor(client: ApiClient) {
    this.#client = client;
  }

  async closed(taskArn: string, to: Destination): Promise<ClosedWay | undefined> {
    const query = encodeQuery({ task: taskArn, to: destinationText(to) });
    const { closed } = await this.#client.ask({ service: 'ecs', path: `${closedWayPath}?${query}`, attempts: 1 });
    return closed as ClosedWay | undefined;
  }
}
