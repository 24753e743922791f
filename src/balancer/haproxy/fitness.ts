import type {
  ListenerConfig,
  LoadBalancerConfig,
  RuleConfig,
  TargetGroupConfig,
} from '../../balancer-protocol/index.ts';
import { isIP } from 'node:net';
import { plainName } from './conditions.ts';

const usualClientKeepAliveMs = 3_600_000;

/** Why HAProxy cannot carry a listener as the contract says, so that the embedded data plane does; undefined: it can. */
export function whyEmbedded(
  { attributes }: LoadBalancerConfig,
  listener: ListenerConfig,
  groups: ReadonlyMap<string, TargetGroupConfig>,
): string | undefined {
  const { protocol, certificates, rules } = listener;
  if (protocol === 'UDP' || protocol === 'TCP_UDP') return 'HAProxy carries no UDP';
  if ((protocol === 'HTTPS' || protocol === 'TLS') && certificates.length === 0) return 'there is no certificate';
  const http = protocol === 'HTTP' || protocol === 'HTTPS';
  if (http && attributes.desyncMitigation === 'strictest') return 'HAProxy is not as strict as strictest';
  if (http && attributes.clientKeepAliveMs !== usualClientKeepAliveMs) return 'HAProxy ends no connection by its age';
  if (JSON.stringify(listener).includes('\\u0000')) return 'a NUL cannot be written into its configuration';
  if (!http && forwardedTo(rules).length > 1) return 'weights among target groups of connections';
  return (
    rules.map(whyNotRule).find(isSaid) ??
    forwardedTo(rules)
      .map((arn) => whyNotGroup(groups.get(arn), http))
      .find(isSaid)
  );
}

function isSaid(reason: string | undefined): reason is string {
  return reason !== undefined;
}

function whyNotRule({ conditions }: RuleConfig): string | undefined {
  const odd = conditions.some((one) => one.field === 'http-header' && !plainName.test(one.name));
  return odd ? 'a header name with odd characters' : undefined;
}

function whyNotGroup(group: TargetGroupConfig | undefined, http: boolean): string | undefined {
  if (group === undefined) return undefined;
  const { protocol, protocolVersion, stickiness, targets } = group;
  const fits = http ? ['HTTP', 'HTTPS'] : ['TCP', 'TLS'];
  if (!fits.includes(protocol)) return `a target group of ${protocol}`;
  if (http && protocolVersion !== 'HTTP1') return 'HTTP/2 and gRPC targets';
  if (stickiness?.type === 'app_cookie' && !plainName.test(stickiness.cookieName ?? ''))
    return 'a cookie name with odd characters';
  if (targets.some(({ address }) => isIP(address) === 0)) return 'a target without an address';
  return undefined;
}

/** The target groups that the rules name, each once. */
export function forwardedTo(rules: readonly RuleConfig[]): readonly string[] {
  const arns = rules.flatMap(({ action }) =>
    action.type === 'forward' ? action.targetGroups.map(({ arn }) => arn) : [],
  );
  return [...new Set(arns)];
}
