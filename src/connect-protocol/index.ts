/** Path of the websocket that an agent opens to the control plane, signed as the service below. */
export const connectSocketPath = '/ecs/service-connect';
export const connectSigningName = 'ecs';

/** What a proxy speaks to its clients and to the hosts of an endpoint. */
export type ConnectProtocol = 'tcp' | 'http' | 'http2' | 'grpc';

/** A task that stands behind an endpoint. */
export interface ConnectHost {
  /** Of the task, unique among all. */
  readonly id: string;
  readonly address: string;
  readonly port: number;
}

/** An endpoint as it is now. */
export interface ConnectEndpoint {
  /** ARN of its Cloud Map service. */
  readonly id: string;
  readonly protocol: ConnectProtocol;
  /** A connection that nothing passes over ends after this; 0: never. */
  readonly idleTimeoutMs: number;
  /** From a request's beginning until its answer is complete; 0: without end, also for TCP. */
  readonly requestTimeoutMs: number;
  readonly hosts: readonly ConnectHost[];
}

/** Control plane to agent: what it watches, as it is now; what is not named is as it was. */
export interface ConnectMessage {
  readonly type: 'endpoints';
  /** Of the connection; the agent answers with it. */
  readonly sequence: number;
  readonly endpoints: readonly ConnectEndpoint[];
  /** Watched endpoints that are not there (any more). */
  readonly removed: readonly string[];
}

/** Agent to control plane. */
export type ConnectReport =
  /** Endpoints that its tasks call from now on, and those that none of them calls any more. */
  | { readonly type: 'watch'; readonly add: readonly string[]; readonly remove: readonly string[] }
  /** Every proxy has taken the message, and nothing is in flight to hosts that left with it. */
  | { readonly type: 'settled'; readonly sequence: number };

/** Agent to one proxy; to be answered when it is taken and nothing is in flight to hosts that left with it. */
export interface ProxyUpdate {
  /** Grows; an older one than what was taken changes nothing. */
  readonly sequence: number;
  readonly endpoints: readonly ConnectEndpoint[];
  readonly removed: readonly string[];
}

/** A name and port at which the containers of a task call an endpoint. */
export interface ConnectListener {
  readonly endpoint: string;
  readonly dnsName: string;
  /** Of 127.255.0.0/16, as the task's /etc/hosts says; each name has its own. */
  readonly address: string;
  readonly port: number;
}

/** A port of the task that its proxy takes connections at, for a container's. */
export interface ConnectIngress {
  readonly port: number;
  readonly containerPort: number;
  readonly protocol: ConnectProtocol;
  readonly idleTimeoutMs: number;
  readonly requestTimeoutMs: number;
}

/** What the proxy of one task does, for the task's life. */
export interface TaskConnect {
  readonly listeners: readonly ConnectListener[];
  readonly ingress: readonly ConnectIngress[];
}

/** What a proxy has counted since it began, by endpoint. */
export interface ConnectFigures {
  readonly endpoint: string;
  /** Requests, of TCP connections. */
  readonly requests: number;
  readonly retries: number;
  /** Requests answered with that class, and those that no host answered. */
  readonly answered2xx: number;
  readonly answered3xx: number;
  readonly answered4xx: number;
  readonly answered5xx: number;
  readonly failed: number;
  readonly timedOut: number;
  /** Times that a host was left out because of its errors. */
  readonly ejections: number;
  readonly inFlight: number;
  readonly receivedBytes: number;
  readonly sentBytes: number;
  /** Milliseconds of all answered requests together, to the head of the answer. */
  readonly answerMs: number;
}
