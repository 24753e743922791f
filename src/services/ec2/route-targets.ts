import type { Networks } from './networks.ts';
import { internetGateways } from './records/internet-gateway.ts';
import { natGateways } from './records/nat-gateway.ts';
import { networkInterfaces } from './records/network-interface.ts';
import type { RouteRecord } from './records/route-table.ts';
import type { Scope } from './records/scope.ts';
import { vpcEndpoints } from './records/vpc-endpoint.ts';

/** Whether what routes lead to is there. */
export class RouteTargets {
  readonly #networks: Networks;
  readonly #scope: Scope;

  constructor(networks: Networks, scope: Scope) {
    this.#networks = networks;
    this.#scope = scope;
  }

  /** False: what the route leads to is gone, or not attached to the route table's VPC any more; AWS calls such a route a black hole. */
  leads({ target }: RouteRecord, vpcId: string): boolean {
    if ('internetGatewayId' in target)
      return this.#networks.get(internetGateways, this.#scope, target.internetGatewayId)?.vpcId === vpcId;
    if ('natGatewayId' in target) {
      const gateway = this.#networks.get(natGateways, this.#scope, target.natGatewayId);
      return gateway !== undefined && gateway.deletedAtMs === undefined;
    }
    if ('vpcEndpointId' in target)
      return this.#networks.get(vpcEndpoints, this.#scope, target.vpcEndpointId) !== undefined;
    // Packets that an interface would have to forward find nobody there.
    return this.#networks.get(networkInterfaces, this.#scope, target.networkInterfaceId)?.attachmentId !== undefined;
  }
}
