import type { ListenerConfig, LoadBalancerConfig, RuleConfig } from '../../balancer-protocol/index.ts';
import { limits } from '../limits.ts';
import { conditionLines } from './conditions.ts';
import { forwardParts, type RuleContext, type RuleParts } from './forwards.ts';
import { denyLine, returnLine } from './pages.ts';
import { redirectLines } from './redirects.ts';
import { literal, word } from './words.ts';

export type FrontendContext = Omit<RuleContext, 'label' | 'when'> & {
  readonly listener: ListenerConfig;
  readonly name: string;
};

/** What an application listener does with a request, after its `bind` lines; and sections of its own. */
export function httpFrontend(context: FrontendContext): {
  readonly lines: readonly string[];
  readonly sections: readonly string[];
} {
  const { listener, loadBalancer, name } = context;
  const idle = loadBalancer.attributes.idleTimeoutMs;
  const rules = rulesParts(context);
  const relay = `relay-${name}`;
  return {
    lines: [
      'mode http',
      'option idle-close-on-response',
      'option http-ignore-probes',
      ...['client', 'http-request', 'http-keep-alive'].map((timeout) => `timeout ${timeout} ${idle}`),
      // In a process that has been followed by another, all requests go there.
      `http-request allow if { srv_is_up(${relay}/next) }`,
      ...refusals(context),
      ...rules.before,
      ...headersForTargets(loadBalancer, listener),
      'http-response del-header keep-alive',
      ...cookiesOfGroups(listener.rules),
      `use_backend ${relay} if { srv_is_up(${relay}/next) }`,
      ...rules.use,
    ],
    sections: rules.sections,
  };
}

/** As for the embedded data plane (`request-head.ts`); looked for one by one, which costs less than an expression. */
const neverInHosts = [' ', '\t', '/', '?', '#', '@', '\\', ',', '<', '>', '"'];

/** What is refused before any rule is asked. */
function refusals({ files, listener, loadBalancer }: FrontendContext): readonly string[] {
  const page = (status: number, condition: string): string => `${denyLine(status, files)} if ${condition}`;
  const { requestLineBytes, headerBytes, forwardedAddresses } = limits;
  return [
    page(505, '!{ req.ver -m str 1.1 1.0 2.0 }'),
    page(405, '{ method -m str TRACE CONNECT }'),
    page(414, `{ url,length gt ${requestLineBytes - 'GET  HTTP/1.1'.length} }`),
    page(400, `{ internal.htx.data gt ${headerBytes} } { req.hdrs -m reg [^\\x5cn]{${headerBytes}} }`),
    page(400, '!{ req.hdr(host) -m found } !{ req.ver 1.0 }'),
    page(400, `{ req.fhdr(host) -m sub -- ${neverInHosts.map(word).join(' ')} }`),
    page(400, '{ req.ver 1.0 } { req.hdr(transfer-encoding) -m found }'),
    page(463, `{ req.hdr_cnt(x-forwarded-for) gt ${forwardedAddresses} }`),
    ...(listener.protocol === 'HTTPS' ? [page(464, '{ req.hdr(content-type) -m beg application/grpc }')] : []),
    // Answered at once, as an Application Load Balancer does: HAProxy does when it is told to wait for the body. Its first byte is enough.
    `http-request wait-for-body time ${loadBalancer.attributes.idleTimeoutMs}ms at-least 1 if { req.hdr(expect) -m found }`,
    'http-request del-header expect',
  ];
}

function rulesParts(context: FrontendContext): {
  readonly before: readonly string[];
  readonly use: readonly string[];
  readonly sections: readonly string[];
} {
  const before: string[] = [];
  const use: string[] = [];
  const sections: string[] = [];
  let undecided = '';
  for (const [index, rule] of context.listener.rules.entries()) {
    const always = rule.conditions.length === 0 && index === 0;
    if (!always) {
      const names = rule.conditions.map((_, at) => `r${index}c${at}`);
      before.push(...rule.conditions.flatMap((condition, at) => conditionLines(names[at] ?? '', condition)));
      const matches = [undecided, ...names].filter((one) => one !== '').join(' ');
      before.push(`http-request set-var(txn.rule) int(${index})${matches === '' ? '' : ` if ${matches}`}`);
    }
    const when = always ? '' : ` if { var(txn.rule) -m int ${index} }`;
    const parts = ruleParts(rule, { ...context, label: `turns-${context.name}-${index}`, when });
    before.push(...parts.http);
    use.push(...parts.use);
    sections.push(...parts.sections);
    undecided = '!{ var(txn.rule) -m found }';
    if (rule.conditions.length === 0) break; // what comes after it is never asked
  }
  return { before, use, sections };
}

function ruleParts(rule: RuleConfig, context: RuleContext & FrontendContext): RuleParts {
  const { action } = rule;
  const { listener, files, when } = context;
  switch (action.type) {
    case 'forward':
      return forwardParts(action, context);
    case 'redirect': {
      const protocol = listener.protocol === 'HTTPS' ? 'https' : 'http';
      return { http: redirectLines(action, { protocol, port: listener.port, when }, files), use: [], sections: [] };
    }
    case 'fixed-response':
      return {
        http: [
          `${returnLine({ status: action.statusCode, contentType: action.contentType, body: action.body }, files)}${when}`,
        ],
        use: [],
        sections: [],
      };
  }
}

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/application/x-forwarded-headers.html */
function headersForTargets(
  { attributes, dnsName }: LoadBalancerConfig,
  { protocol, port }: ListenerConfig,
): readonly string[] {
  const scheme = protocol === 'HTTPS' ? 'https' : 'http';
  const usual = scheme === 'http' ? 80 : 443;
  const suffix = port === usual ? '' : `:${port}`;
  const host = attributes.preserveHostHeader
    ? []
    : port === usual
      ? [`http-request set-header host %[req.hdr(host),host_only] if { req.hdr(host) -m end :${usual} }`]
      : [`http-request set-header host %[req.hdr(host)]${suffix} if { req.hdr(host),port_only eq 0 }`];
  return [
    // What a client says about its own connection ends here.
    'http-request del-header keep-alive',
    'http-request del-header te',
    // Behind an upgrade to HTTP/2 no rule would be asked any more.
    'http-request del-header http2-settings',
    'http-request del-header upgrade if { req.hdr(upgrade) -i -m beg h2 }',
    ...(attributes.dropInvalidHeaderFields ? ['http-request del-header [^A-Za-z0-9-] -m reg'] : []),
    `http-request set-header host ${literal(`${dnsName}${suffix}`)} if !{ req.hdr(host) -m found }`,
    ...host,
    ...forwardedFor(attributes.xffHeaderProcessing, attributes.xffClientPort),
    `http-request set-header x-forwarded-proto ${scheme}`,
    `http-request set-header x-forwarded-port ${port}`,
    ...traceLines,
  ];
}

function forwardedFor(processing: 'append' | 'preserve' | 'remove', withPort: boolean): readonly string[] {
  if (processing === 'remove') return ['http-request del-header x-forwarded-for'];
  if (processing === 'preserve') return [];
  // Not "option forwardfor": that also counts for requests that are passed on to the next process, which adds its own.
  return [`http-request add-header x-forwarded-for %[src]${withPort ? ':%[src_port]' : ''}`];
}

/** The last group of a random UUID: 48 random bits. */
const random = '%[uuid,bytes(24,12)]';
const fresh = `1-%[date,bytes(4,4),hex,lower]-${random}${random}`;
const traced = '{ req.fhdr(x-amzn-trace-id) -m found }';
const rooted = `{ req.fhdr(x-amzn-trace-id) -m reg ${word('(^|;) *Root=')} }`;

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-request-tracing.html */
const traceLines = [
  `http-request del-header x-amzn-trace-id if { req.fhdr(x-amzn-trace-id),length gt ${limits.traceHeaderCharacters} }`,
  `http-request set-header x-amzn-trace-id Self=${fresh};%[req.fhdr(x-amzn-trace-id),regsub(^Self=[^;]*;?,)] if ${traced} ${rooted}`,
  `http-request set-header x-amzn-trace-id Root=${fresh};%[req.fhdr(x-amzn-trace-id)] if ${traced} !${rooted}`,
  `http-request set-header x-amzn-trace-id Root=${fresh} if !${traced}`,
] as const;

function cookiesOfGroups(rules: readonly RuleConfig[]): readonly string[] {
  const lines: string[] = [];
  const seen = new Set<number>();
  for (const { action } of rules) {
    if (action.type !== 'forward' || action.stickinessMs === undefined || seen.has(action.stickinessMs)) continue;
    seen.add(action.stickinessMs);
  }
  for (const ms of seen) {
    const when = `{ var(txn.group) -m found } { var(txn.groupms) -m int ${ms} }`;
    lines.push(...cookieLines({ name: 'AWSALBTG', value: '%[var(txn.group)]', ms, when }));
  }
  return lines;
}

/** The two cookies that an Application Load Balancer sets for one purpose: the second also goes along with requests across sites. */
export function cookieLines(cookie: {
  readonly name: string;
  readonly value: string;
  readonly ms: number;
  readonly when: string;
}): readonly string[] {
  const { name, value, ms, when } = cookie;
  const common = `=${value};\\x20Expires=%[date,http_date(${Math.round(ms / 1000)})];\\x20Path=/`;
  const condition = when === '' ? '' : ` if ${when}`;
  return [
    `http-response add-header set-cookie ${name}${common}${condition}`,
    `http-response add-header set-cookie ${name}CORS${common};\\x20SameSite=None;\\x20Secure${condition}`,
  ];
}
