/** What one load balancer does. https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancer.html */
export interface LoadBalancerConfig {
  readonly arn: string;
  readonly name: string;
  readonly type: 'application' | 'network';
  /** Such as `web-1234567890.us-east-1.elb.amazonaws.com`. */
  readonly dnsName: string;
  /** The address of its own on the machine that runs the data plane, such as 127.80.0.1: it listens there on every machine. */
  readonly loopbackAddress: string;
  /** Its addresses in its subnets, one a zone; the data plane listens there too where it may add them to the machine. */
  readonly nodes: readonly LoadBalancerNode[];
  readonly attributes: LoadBalancerAttributes;
  readonly listeners: readonly ListenerConfig[];
}

export interface LoadBalancerNode {
  readonly zone: string;
  /** `eni-…`, whose security groups are the load balancer's. */
  readonly networkInterfaceId: string;
  readonly subnetId: string;
  readonly privateIpv4Address: string;
}

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancerAttribute.html */
export interface LoadBalancerAttributes {
  readonly crossZone: boolean;
  /** A connection without a byte in either direction is closed after this. */
  readonly idleTimeoutMs: number;
  /** A client's connection is closed, between requests, once it is this old. */
  readonly clientKeepAliveMs: number;
  readonly http2: boolean;
  readonly dropInvalidHeaderFields: boolean;
  readonly preserveHostHeader: boolean;
  readonly xffHeaderProcessing: 'append' | 'preserve' | 'remove';
  /** X-Forwarded-For also names the client's port. */
  readonly xffClientPort: boolean;
  readonly desyncMitigation: 'monitor' | 'defensive' | 'strictest';
}

export type ListenerProtocol = 'HTTP' | 'HTTPS' | 'TCP' | 'TLS' | 'UDP' | 'TCP_UDP';

export interface ListenerConfig {
  readonly arn: string;
  readonly protocol: ListenerProtocol;
  readonly port: number;
  /** For HTTPS and TLS: the first is the default, the others are chosen by the client's server name. */
  readonly certificates: readonly CertificateConfig[];
  /** Lowest TLS version that the listener's security policy allows. */
  readonly minimumTlsVersion?: 'TLSv1.2' | 'TLSv1.3';
  /** Highest TLS version that the listener's security policy allows. */
  readonly maximumTlsVersion?: 'TLSv1.2' | 'TLSv1.3';
  /** The ciphers that the listener's security policy allows, best first: OpenSSL's names, those of TLS 1.3 among them. */
  readonly ciphers?: readonly string[];
  /** For TLS listeners: the protocols offered, best first. */
  readonly alpnPolicy: readonly string[];
  /** For TCP listeners: a flow without a byte is forgotten after this. */
  readonly tcpIdleTimeoutMs?: number;
  /** By ascending priority; the default rule, without conditions, is last. */
  readonly rules: readonly RuleConfig[];
}

export interface CertificateConfig {
  readonly arn: string;
  /** PEM, leaf first, then the chain. */
  readonly certificate: string;
  /** PEM. */
  readonly privateKey: string;
  /** Names it is for, such as `example.com` and `*.example.com`. */
  readonly names: readonly string[];
}

export interface RuleConfig {
  readonly arn: string;
  /** All must match; none always match. */
  readonly conditions: readonly RuleCondition[];
  readonly action: RuleAction;
}

/** Patterns know `*` (any characters) and `?` (one). https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html */
export type RuleCondition =
  /** Without regard to case. */
  | { readonly field: 'host-header'; readonly values: readonly string[] }
  /** With regard to case, on the path without its query. */
  | { readonly field: 'path-pattern'; readonly values: readonly string[] }
  /** Name and values without regard to case. */
  | { readonly field: 'http-header'; readonly name: string; readonly values: readonly string[] }
  | { readonly field: 'http-request-method'; readonly values: readonly string[] }
  /** A pair without key matches by value alone. Without regard to case. */
  | {
      readonly field: 'query-string';
      readonly values: readonly { readonly key?: string; readonly value: string }[];
    }
  /** CIDR blocks. */
  | { readonly field: 'source-ip'; readonly values: readonly string[] };

export type RuleAction = ForwardAction | RedirectAction | FixedResponseAction;

export interface ForwardAction {
  readonly type: 'forward';
  /** Weights 0 to 999; a group of weight 0 gets nothing new. */
  readonly targetGroups: readonly { readonly arn: string; readonly weight: number }[];
  /** Keeps a client on the target group it was sent to first. */
  readonly stickinessMs?: number;
}

/** `#{protocol}`, `#{host}`, `#{port}`, `#{path}` and `#{query}` stand for the request's. */
export interface RedirectAction {
  readonly type: 'redirect';
  readonly statusCode: 301 | 302;
  readonly protocol: string;
  readonly host: string;
  readonly port: string;
  readonly path: string;
  readonly query: string;
}

export interface FixedResponseAction {
  readonly type: 'fixed-response';
  readonly statusCode: number;
  readonly contentType: string;
  readonly body: string;
}

export interface TargetGroupConfig {
  readonly arn: string;
  readonly name: string;
  readonly protocol: 'HTTP' | 'HTTPS' | 'TCP' | 'TLS' | 'UDP' | 'TCP_UDP';
  readonly protocolVersion: 'HTTP1' | 'HTTP2' | 'GRPC';
  readonly algorithm: 'round_robin' | 'least_outstanding_requests';
  /** A target that became healthy gets its full share only after this; 0: at once. */
  readonly slowStartMs: number;
  readonly stickiness?: TargetStickiness;
  /** Absent: targets are always taken as healthy. */
  readonly healthCheck?: HealthCheckConfig;
  /** NLB: the connections of a target that is deregistered are closed when its delay ends. */
  readonly closeOnDeregistration: boolean;
  /** NLB: the connections of a target that is unhealthy are closed, unless no target is healthy. */
  readonly closeOnUnhealthy: boolean;
  readonly preserveClientIp: boolean;
  /** Version 2 of the PROXY protocol is spoken to the targets. */
  readonly proxyProtocolV2: boolean;
  readonly targets: readonly TargetConfig[];
}

export interface TargetStickiness {
  readonly type: 'lb_cookie' | 'app_cookie' | 'source_ip';
  readonly durationMs: number;
  /** For app_cookie: the application's cookie. */
  readonly cookieName?: string;
}

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html */
export interface HealthCheckConfig {
  readonly protocol: 'HTTP' | 'HTTPS' | 'TCP';
  /** Undefined: the target's own port. */
  readonly port?: number;
  readonly path: string;
  /** Such as `200-299,301`; gRPC codes such as `0-99` where the protocol version is GRPC. */
  readonly matcher: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly healthyThreshold: number;
  readonly unhealthyThreshold: number;
}

export interface TargetConfig {
  /** An address, or an instance's id. With `port` it names the target within its group. */
  readonly id: string;
  readonly port: number;
  /** Where to connect. */
  readonly address: string;
  readonly zone?: string;
  /** Draining: nothing new is sent, what is in flight may finish until `drainDeadlineMs`. */
  readonly state: 'registered' | 'draining';
  /** Epoch milliseconds. */
  readonly drainDeadlineMs?: number;
  /** Health the control plane knows from before, so that a new data plane does not start from nothing. */
  readonly lastHealth: TargetHealthState;
}

export type TargetHealthState = 'initial' | 'healthy' | 'unhealthy';
