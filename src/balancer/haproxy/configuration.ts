import type {
  CertificateConfig,
  ListenerConfig,
  LoadBalancerConfig,
  TargetGroupConfig,
} from '../../balancer-protocol/index.ts';
import { limits } from '../limits.ts';
import type { ListenPlace } from '../node/listening-sockets.ts';
import { forwardedTo } from './fitness.ts';
import { cookieLines, httpFrontend } from './http-frontend.ts';
import { backendName, frontendName, type SecretNames } from './names.ts';
import { ConfigurationFiles, errorFileLines, pageLine } from './pages.ts';
import { word } from './words.ts';

/** A listener that HAProxy carries, and where. */
export interface ServedListener {
  readonly loadBalancer: LoadBalancerConfig;
  readonly listener: ListenerConfig;
  readonly places: readonly ListenPlace[];
}

/** A target group as one load balancer sees it. */
export interface Backend {
  readonly name: string;
  readonly groupArn: string;
  readonly loadBalancerArn: string;
  readonly zone: string | undefined;
  readonly lines: readonly string[];
}

/** A configuration without servers: those come and go without a new one. */
export interface Structure {
  readonly head: readonly string[];
  readonly sections: readonly string[];
  readonly backends: readonly Backend[];
  /** Contents by name. */
  readonly files: ReadonlyMap<string, string>;
}

export interface StructureSettings {
  /** Where files and sockets are; nobody else may read it. */
  readonly directory: string;
  readonly names: SecretNames;
  /** 0: as many as HAProxy likes. */
  readonly threads: number;
}

/** What HAProxy must be told to serve these listeners. Pure: the same for the same. */
export function structureOf(
  served: readonly ServedListener[],
  groups: ReadonlyMap<string, TargetGroupConfig>,
  settings: StructureSettings,
): Structure {
  const files = new ConfigurationFiles(settings.directory);
  const backends = new Map<string, Backend>();
  const sections: string[] = [];
  for (const one of served) {
    for (const [zone, places] of byZone(one)) {
      sections.push(...frontendSections(one, { zone, places }, files, settings));
      for (const arn of forwardedTo(one.listener.rules)) {
        const backend = backendOf(one.loadBalancer, groups.get(arn), { arn, zone, http: isHttp(one.listener) }, files);
        backends.set(backend.name, backend);
      }
    }
  }
  const head = [
    'global',
    ...(settings.threads > 0 ? [`  nbthread ${settings.threads}`] : []),
    `  tune.bufsize ${limits.haproxyBufferBytes}`,
    `  tune.maxrewrite ${limits.haproxyRewriteBytes}`,
    `  tune.h2.max-concurrent-streams ${limits.http2StreamsPerConnection}`,
    '  ssl-server-verify none',
    'defaults',
    `  timeout connect ${limits.connectTimeoutMs}`,
    `  timeout queue ${limits.connectTimeoutMs}`,
    '  retries 3',
    '  option redispatch 1',
    '  option http-keep-alive',
    ...errorFileLines(files).map((line) => `  ${line}`),
  ];
  return { head, sections, backends: [...backends.values()], files: files.all };
}

const serverGraceMs = 100;

function isHttp({ protocol }: ListenerConfig): boolean {
  return protocol === 'HTTP' || protocol === 'HTTPS';
}

function byZone({ loadBalancer, places }: ServedListener): ReadonlyMap<string | undefined, readonly ListenPlace[]> {
  const found = new Map<string | undefined, ListenPlace[]>();
  for (const place of places) {
    const zone = loadBalancer.attributes.crossZone ? undefined : place.zone;
    found.set(zone, [...(found.get(zone) ?? []), place]);
  }
  return found;
}

/** The socket on which a frontend takes what the process before it still gets. */
export function relaySocket(directory: string, frontend: string): string {
  return `${directory}/${frontend}`;
}

function frontendSections(
  { loadBalancer, listener }: ServedListener,
  where: { readonly zone: string | undefined; readonly places: readonly ListenPlace[] },
  files: ConfigurationFiles,
  { directory, names }: StructureSettings,
): readonly string[] {
  const name = frontendName(listener.arn, where.zone);
  const tls = tlsWords(listener, loadBalancer.attributes.http2, files);
  const binds = where.places.map(
    ({ address, port }) => `bind ${address}:${port} backlog ${limits.listenBacklog}${tls}`,
  );
  if (!isHttp(listener)) {
    const [arn] = forwardedTo(listener.rules);
    const idle = listener.tcpIdleTimeoutMs ?? limits.tcpIdleTimeoutMs;
    const use = arn === undefined ? [] : [`default_backend ${backendName(loadBalancer.arn, arn, where.zone)}`];
    return [section(`frontend ${name}`, ['mode tcp', `timeout client ${idle}`, ...binds, ...use])];
  }
  const socket = word(`unix@${relaySocket(directory, name)}`);
  const { lines, sections } = httpFrontend({ loadBalancer, listener, zone: where.zone, names, files, name });
  return [
    section(`frontend ${name}`, [...binds, `bind ${socket} mode 600 accept-proxy`, ...lines]),
    section(`backend relay-${name}`, [
      'mode http',
      `timeout server ${loadBalancer.attributes.idleTimeoutMs + 2 * serverGraceMs}`,
      `server next ${socket} send-proxy-v2 disabled`,
    ]),
    ...sections,
  ];
}

export function section(title: string, lines: readonly string[]): string {
  return [title, ...lines.map((line) => `  ${line}`)].join('\n');
}

function tlsWords(listener: ListenerConfig, http2: boolean, files: ConfigurationFiles): string {
  const { protocol, certificates, minimumTlsVersion, maximumTlsVersion, ciphers, alpnPolicy } = listener;
  if (protocol !== 'HTTPS' && protocol !== 'TLS') return '';
  const alpn = protocol === 'TLS' ? alpnPolicy : http2 ? ['h2', 'http/1.1'] : ['http/1.1'];
  const old = (ciphers ?? []).filter((one) => !one.startsWith('TLS_'));
  const modern = (ciphers ?? []).filter((one) => one.startsWith('TLS_'));
  return [
    ` ssl crt-list ${files.add('list', certificates.map((one) => certificateLine(one, files)).join(''))}`,
    ` ssl-min-ver ${minimumTlsVersion ?? 'TLSv1.2'}`,
    maximumTlsVersion === undefined ? '' : ` ssl-max-ver ${maximumTlsVersion}`,
    old.length === 0 ? '' : ` ciphers ${word(old.join(':'))}`,
    modern.length === 0 ? '' : ` ciphersuites ${word(modern.join(':'))}`,
    alpn.length === 0 ? '' : ` alpn ${word(alpn.join(','))}`,
  ].join('');
}

const certificateName = /^[A-Za-z0-9*._-]+$/;

/** A line of a list of certificates: the first is the default. */
function certificateLine({ certificate, privateKey, names }: CertificateConfig, files: ConfigurationFiles): string {
  const file = files.add('certificate', `${certificate.trim()}\n${privateKey.trim()}\n`);
  return `${[file, ...names.filter((name) => certificateName.test(name))].join(' ')}\n`;
}

function backendOf(
  loadBalancer: LoadBalancerConfig,
  group: TargetGroupConfig | undefined,
  { arn, zone, http }: { readonly arn: string; readonly zone: string | undefined; readonly http: boolean },
  files: ConfigurationFiles,
): Backend {
  const lines = http ? httpBackend(loadBalancer, group, files) : tcpBackend(loadBalancer, group);
  return {
    name: backendName(loadBalancer.arn, arn, zone),
    groupArn: arn,
    loadBalancerArn: loadBalancer.arn,
    zone,
    lines,
  };
}

function httpBackend(
  { attributes }: LoadBalancerConfig,
  group: TargetGroupConfig | undefined,
  files: ConfigurationFiles,
): readonly string[] {
  return [
    'mode http',
    `balance ${group?.algorithm === 'least_outstanding_requests' ? 'leastconn' : 'roundrobin'}`,
    'http-reuse always',
    // Later than the client's: a request whose body does not come is the client's fault.
    `timeout server ${attributes.idleTimeoutMs + serverGraceMs}`,
    `timeout tunnel ${attributes.idleTimeoutMs}`,
    `${pageLine(503, files)} if { nbsrv eq 0 }`,
    'retry-on conn-failure empty-response',
    'http-request disable-l7-retry if !{ method -m str GET HEAD OPTIONS PUT DELETE }',
    ...stickyLines(group),
  ];
}

function stickyLines(group: TargetGroupConfig | undefined): readonly string[] {
  const { type, durationMs = 0, cookieName = '' } = group?.stickiness ?? {};
  switch (type) {
    case 'lb_cookie':
      return [
        'use-server %[req.cook(AWSALB)] if { req.cook(AWSALB) -m found }',
        ...cookieLines({ name: 'AWSALB', value: '%[srv_name]', ms: durationMs, when: '' }),
      ];
    case 'app_cookie': {
      const name = 'AWSALBAPP-0';
      return [
        `use-server %[req.cook(${name})] if { req.cook(${name}) -m found } { req.cook(${cookieName}) -m found }`,
        ...cookieLines({ name, value: '%[srv_name]', ms: durationMs, when: `{ res.scook(${cookieName}) -m found }` }),
      ];
    }
    default:
      return [];
  }
}

function tcpBackend({ listeners }: LoadBalancerConfig, group: TargetGroupConfig | undefined): readonly string[] {
  const source = group?.stickiness?.type === 'source_ip';
  return [
    'mode tcp',
    ...(source ? ['balance source', 'hash-type consistent'] : ['balance roundrobin']),
    // Each listener has its own on the side of the clients, and bytes in either direction count on both sides.
    `timeout server ${Math.max(...listeners.map((one) => one.tcpIdleTimeoutMs ?? limits.tcpIdleTimeoutMs))}`,
  ];
}

/** The whole configuration. `serverLines`: of a backend, by its name. */
export function configurationText(
  { head, sections, backends }: Structure,
  more: { readonly statsSocket: string; readonly serverLines: (backend: Backend) => readonly string[] },
): string {
  const socket = `  stats socket ${word(`unix@${more.statsSocket}`)} mode 600 level admin expose-fd listeners`;
  const [title = '', ...rest] = head;
  return `${[
    title,
    socket,
    ...rest,
    ...sections,
    ...backends.map((backend) => section(`backend ${backend.name}`, [...backend.lines, ...more.serverLines(backend)])),
  ].join('\n')}\n`;
}
