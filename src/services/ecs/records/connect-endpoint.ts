import type { TableSpec } from '../../../store/index.ts';
import type { Scope } from './scope.ts';

export type AppProtocol = 'tcp' | 'http' | 'http2' | 'grpc';

/** A name and port at which the tasks of a namespace call an endpoint. */
export interface ConnectName {
  readonly dnsName: string;
  readonly port: number;
}

/** One item of a service's `serviceConnectConfiguration.services`, checked, with every default filled in. */
export interface ServedPort {
  readonly portName: string;
  readonly discoveryName: string;
  readonly containerPort: number;
  /** Where the task's proxy takes connections for that port; absent: they go to the container. */
  readonly ingressPort?: number;
  readonly protocol: AppProtocol;
  readonly names: readonly ConnectName[];
  /** 0: never. */
  readonly idleTimeoutMs: number;
  readonly requestTimeoutMs: number;
}

/**
 * An endpoint of a namespace: what the last deployment of its service said of it. Its hosts are the tasks that are registered as instances of its
 * Cloud Map service.
 */
export interface ConnectEndpointRecord extends Scope, ServedPort {
  readonly namespaceArn: string;
  /** ARN of its Cloud Map service, its identity. */
  readonly discoveryArn: string;
  readonly cluster: string;
  readonly service: string;
  readonly incarnation: string;
}

export function connectEndpointKey(discoveryArn: string): string {
  return `/ecs/connect-endpoint/${discoveryArn}`;
}

/** The value of index `service`: also of an earlier service of the same name, whose endpoints a new one takes over. */
export function endpointsOfService(of: Scope & { readonly cluster: string; readonly service: string }): string {
  return `${of.account}/${of.region}/${of.cluster}/${of.service}`;
}

export const connectEndpoints: TableSpec<ConnectEndpointRecord, 'namespace' | 'service'> = {
  prefix: '/ecs/connect-endpoint/',
  indexes: {
    namespace: ({ namespaceArn }) => namespaceArn,
    service: endpointsOfService,
  },
};
