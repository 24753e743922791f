import type {
  FixedResponseAction,
  ListenerProtocol,
  RedirectAction,
  RuleCondition,
} from '../../../balancer-protocol/index.ts';
import { formatArn, parseArn } from '../../../kernel/index.ts';
import type { TableSpec } from '../../../store/index.ts';
import { loadBalancerPath, type LoadBalancerName } from './load-balancer.ts';
import { scopeText, type Tag } from './scope.ts';

export interface ForwardRecord {
  readonly type: 'forward';
  readonly targetGroups: readonly { readonly arn: string; readonly weight: number }[];
  /** Absent: a client may come to any of the groups each time. */
  readonly stickinessSeconds?: number;
}

/** `order` is as given, and shown again. */
export type ActionRecord = (ForwardRecord | RedirectAction | FixedResponseAction) & { readonly order?: number };

/** A condition, and how it was written: the old way has `Values` beside `Field`, the new one a config of its own. Both are shown as given. */
export type ConditionRecord = RuleCondition & { readonly plain?: boolean };

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Rule.html */
export interface RuleRecord {
  /** 16 hexadecimal digits. */
  readonly id: string;
  readonly priority: number;
  readonly conditions: readonly ConditionRecord[];
  readonly action: ActionRecord;
  readonly tags: readonly Tag[];
}

/**
 * A listener with its rules, which have no record of their own: so their priorities are unique and change together, and none outlives its listener.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Listener.html
 */
export interface ListenerRecord {
  readonly loadBalancer: LoadBalancerName;
  /** 16 hexadecimal digits. */
  readonly id: string;
  readonly port: number;
  readonly protocol: ListenerProtocol;
  /** For HTTPS and TLS: the default certificate's ARN. */
  readonly defaultCertificate?: string;
  /** ARNs of the others, chosen by server name. */
  readonly certificates: readonly string[];
  readonly sslPolicy?: string;
  /** For TLS: HTTP1Only, HTTP2Only, HTTP2Optional, HTTP2Preferred or None. */
  readonly alpnPolicy?: string;
  /** 16 hexadecimal digits; names the default rule. */
  readonly defaultRuleId: string;
  readonly defaultAction: ActionRecord;
  /** By ascending priority. */
  readonly rules: readonly RuleRecord[];
  /** Attributes that were set; the others have their defaults. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly tags: readonly Tag[];
}

/** What a listener's ARN says. */
export interface ListenerName {
  readonly loadBalancer: LoadBalancerName;
  readonly id: string;
}

/** What a rule's ARN says. */
export interface RuleName extends ListenerName {
  readonly ruleId: string;
}

export function listenerKey({ loadBalancer, id }: ListenerName): string {
  return `/elbv2/listener/${scopeText(loadBalancer)}/${loadBalancer.name}/${loadBalancer.id}/${id}`;
}

export function listenerArn({ loadBalancer, id }: ListenerName): string {
  const { region, account } = loadBalancer;
  return formatArn('elasticloadbalancing', region, account, `listener/${loadBalancerPath(loadBalancer)}/${id}`);
}

export function ruleArn({ loadBalancer, id }: ListenerName, ruleId: string): string {
  const { region, account } = loadBalancer;
  const path = `listener-rule/${loadBalancerPath(loadBalancer)}/${id}/${ruleId}`;
  return formatArn('elasticloadbalancing', region, account, path);
}

/** Reads `listener/app/name/id/listener-id`; undefined when the text is no listener's ARN. */
export function parseListenerArn(text: string): ListenerName | undefined {
  const parts = parsePath(text, 'listener', 1);
  return parts && { loadBalancer: parts.loadBalancer, id: parts.ids[0] ?? '' };
}

/** Reads `listener-rule/app/name/id/listener-id/rule-id`; undefined when the text is no rule's ARN. */
export function parseRuleArn(text: string): RuleName | undefined {
  const parts = parsePath(text, 'listener-rule', 2);
  return parts && { loadBalancer: parts.loadBalancer, id: parts.ids[0] ?? '', ruleId: parts.ids[1] ?? '' };
}

function parsePath(
  text: string,
  kind: string,
  ids: number,
): { readonly loadBalancer: LoadBalancerName; readonly ids: readonly string[] } | undefined {
  const arn = parseArn(text);
  if (arn === undefined || arn.service !== 'elasticloadbalancing') return undefined;
  const [first, short, name = '', id = '', ...rest] = arn.resource.split('/');
  const isHex = [id, ...rest].every((one) => /^[0-9a-f]{16}$/.test(one));
  if (first !== kind || (short !== 'app' && short !== 'net') || name === '' || rest.length !== ids || !isHex)
    return undefined;
  const type = short === 'app' ? 'application' : 'network';
  return { loadBalancer: { account: arn.account, region: arn.region, type, name, id }, ids: rest };
}

/** Every target group that a listener's default action and rules lead to, each once. */
export function targetGroupsOf({
  defaultAction,
  rules,
}: Pick<ListenerRecord, 'defaultAction' | 'rules'>): readonly string[] {
  const arns = [defaultAction, ...rules.map(({ action }) => action)].flatMap((action) =>
    action.type === 'forward' ? action.targetGroups.map(({ arn }) => arn) : [],
  );
  return [...new Set(arns)];
}

/** Every certificate of a listener, the default one first. */
export function certificatesOf({ defaultCertificate, certificates }: ListenerRecord): readonly string[] {
  return [...new Set([...(defaultCertificate === undefined ? [] : [defaultCertificate]), ...certificates])];
}

export const listeners: TableSpec<ListenerRecord, 'targetGroup' | 'certificate'> = {
  prefix: '/elbv2/listener/',
  indexes: { targetGroup: targetGroupsOf, certificate: certificatesOf },
};
