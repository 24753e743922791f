import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import type {
  ListenerConfig,
  LoadBalancerAttributes,
  LoadBalancerConfig,
  RuleAction,
} from '../../balancer-protocol/index.ts';
import type { Figures } from '../access-figures.ts';
import type { ClientFacts } from '../http1/forwarded-head.ts';
import { errorAnswer, redirectAnswer } from '../http1/own-answers.ts';
import type { HeadRules } from '../http1/request-head.ts';
import { limits } from '../limits.ts';
import { plainAddress } from '../model/cidr.ts';
import { Forwarding } from '../model/forwarding.ts';
import { redirectLocation } from '../model/redirect.ts';
import { compileRules, firstMatch, type CompiledRule, type RequestFacts } from '../model/rules.ts';
import { TraceIds } from '../model/trace-ids.ts';
import { Http2Connection } from './http2-connection.ts';
import { Http1Connection } from './http1-connection.ts';
import type { HttpContext, ListenerConnection, Route } from './http-context.ts';
import { ListeningSockets, type ListenPlace } from './listening-sockets.ts';
import type { NodeListener } from './node-listener.ts';
import type { NodeTarget, PlaneParts } from './plane-parts.ts';
import { TlsContexts } from './tls-contexts.ts';

/** An HTTP or HTTPS listener. */
export class HttpListener implements NodeListener, HttpContext {
  readonly parts: PlaneParts;
  readonly figures: Figures;
  readonly traceIds: TraceIds = new TraceIds();
  attributes: LoadBalancerAttributes;
  dnsName: string;
  headRules: HeadRules;
  retiring = false;
  #listener: ListenerConfig;
  #rules: readonly CompiledRule[] = [];
  readonly #forwardings = new Map<string, Forwarding>();
  readonly #connections = new Set<ListenerConnection>();
  readonly #sockets: ListeningSockets;
  readonly #tls = new TlsContexts();
  #problem = '';

  constructor(
    parts: PlaneParts,
    figures: Figures,
    config: { readonly loadBalancer: LoadBalancerConfig; readonly listener: ListenerConfig },
  ) {
    this.parts = parts;
    this.figures = figures;
    this.#listener = config.listener;
    this.attributes = config.loadBalancer.attributes;
    this.dnsName = config.loadBalancer.dnsName;
    this.headRules = { dropInvalidHeaderFields: false, strictest: false };
    this.#sockets = new ListeningSockets((place) => this.#createServer(place));
    this.configure(config.loadBalancer, config.listener);
  }

  configure(loadBalancer: LoadBalancerConfig, listener: ListenerConfig): void {
    this.#listener = listener;
    this.attributes = loadBalancer.attributes;
    this.dnsName = loadBalancer.dnsName;
    this.headRules = {
      dropInvalidHeaderFields: this.attributes.dropInvalidHeaderFields,
      strictest: this.attributes.desyncMitigation === 'strictest',
    };
    this.#rules = compileRules(listener.rules);
    this.#forwardings.clear();
    for (const { arn, action } of listener.rules)
      if (action.type === 'forward') this.#forwardings.set(arn, new Forwarding(action));
    this.#problem = listener.protocol === 'HTTPS' ? this.#tls.apply(listener, this.#sockets.servers) : '';
  }

  async listenOn(places: readonly ListenPlace[]): Promise<string> {
    return this.#problem === '' ? this.#sockets.update(places) : this.#problem;
  }

  #createServer({ zone }: ListenPlace): Server {
    if (this.#listener.protocol === 'HTTP')
      return createServer({ noDelay: true, allowHalfOpen: true }, (socket) => this.#accept(socket, zone));
    const server = createTlsServer({
      noDelay: true,
      allowHalfOpen: true,
      ALPNCallback: ({ protocols }) => this.#protocolAmong(protocols),
      ...this.#tls.serverOptions(),
    });
    server.on('secureConnection', (socket) => this.#acceptSecure(socket, zone));
    server.on('tlsClientError', () => undefined); // the client's affair; its socket is destroyed
    return server;
  }

  #protocolAmong(offered: readonly string[]): string | undefined {
    if (this.attributes.http2 && offered.includes('h2')) return 'h2';
    return offered.includes('http/1.1') ? 'http/1.1' : undefined;
  }

  #accept(socket: Socket, zone: string | undefined): void {
    if (this.retiring || this.#connections.size >= limits.clientConnections) {
      socket.destroy();
      return;
    }
    this.#connections.add(new Http1Connection(socket, this, zone));
  }

  #acceptSecure(socket: TLSSocket, zone: string | undefined): void {
    if (socket.alpnProtocol !== 'h2' || this.retiring || this.#connections.size >= limits.clientConnections) {
      this.#accept(socket, zone);
      return;
    }
    this.#connections.add(new Http2Connection(socket, this, zone));
  }

  clientFacts(socket: Socket): ClientFacts {
    return {
      address: plainAddress(socket.remoteAddress ?? ''),
      port: socket.remotePort ?? 0,
      protocol: this.#listener.protocol === 'HTTPS' ? 'https' : 'http',
      listenerPort: this.#listener.port,
    };
  }

  route(request: RequestFacts & { readonly cookie: string }): Route {
    const rule = firstMatch(this.#rules, request);
    if (rule === undefined) return { kind: 'answer', answer: errorAnswer(503) };
    return this.#act(rule.arn, rule.action, request);
  }

  #act(ruleArn: string, action: RuleAction, request: RequestFacts & { readonly cookie: string }): Route {
    switch (action.type) {
      case 'fixed-response': {
        const { statusCode, contentType, body } = action;
        return { kind: 'answer', answer: { status: statusCode, contentType, body } };
      }
      case 'redirect': {
        const { port, protocol } = this.#listener;
        const location = redirectLocation(action, {
          protocol: protocol === 'HTTPS' ? 'HTTPS' : 'HTTP',
          host: request.host === '' ? this.dnsName : request.host,
          port,
          target: request.target,
        });
        return { kind: 'answer', answer: redirectAnswer(action.statusCode, location) };
      }
      case 'forward': {
        const forwarding = this.#forwardings.get(ruleArn);
        const plan = forwarding?.plan(request.cookie, this.parts);
        if (forwarding === undefined || plan === undefined) return { kind: 'answer', answer: errorAnswer(503) };
        return { kind: 'forward', forwarding, plan };
      }
    }
  }

  cookieLines(
    { forwarding, plan }: Extract<Route, { kind: 'forward' }>,
    target: NodeTarget,
    answer: { readonly cookies: readonly string[] },
  ): string {
    return forwarding.cookieLines(plan, target, answer, this.parts);
  }

  countAnswer(status: number, startedMs: number): void {
    this.figures.countTarget(status, this.parts.nowMs() - startedMs);
  }

  closed(connection: ListenerConnection): void {
    this.#connections.delete(connection);
  }

  retire(): void {
    this.retiring = true;
    this.#sockets.close();
    for (const connection of this.#connections) connection.retire();
  }

  get gone(): boolean {
    return this.#connections.size === 0;
  }

  sweep(nowMs: number): void {
    for (const connection of this.#connections) connection.sweep(nowMs);
  }

  destroy(): void {
    this.retiring = true;
    this.#sockets.close();
    for (const connection of this.#connections) connection.destroy();
  }
}
