import type { Listener, Rule } from '../../../protocol/generated/elbv2.ts';
import { listenerArn, ruleArn, type ListenerRecord, type RuleRecord } from '../records/listener.ts';
import { loadBalancerArn } from '../records/load-balancer.ts';
import { describedAction } from './actions.ts';
import { describedCondition } from './conditions.ts';

/** A listener as the API shows it. */
export function describedListener(row: ListenerRecord): Listener {
  return {
    ListenerArn: listenerArn(row),
    LoadBalancerArn: loadBalancerArn(row.loadBalancer),
    Port: row.port,
    Protocol: row.protocol,
    ...(row.defaultCertificate === undefined ? {} : { Certificates: [{ CertificateArn: row.defaultCertificate }] }),
    ...(row.sslPolicy === undefined ? {} : { SslPolicy: row.sslPolicy }),
    DefaultActions: [describedAction(row.defaultAction, row.protocol)],
    ...(row.alpnPolicy === undefined ? {} : { AlpnPolicy: [row.alpnPolicy] }),
    ...(row.protocol === 'HTTPS' ? { MutualAuthentication: { Mode: 'off' } } : {}),
  };
}

/** A rule as the API shows it. */
export function describedRule(listener: ListenerRecord, rule: RuleRecord): Rule {
  return {
    RuleArn: ruleArn(listener, rule.id),
    Priority: String(rule.priority),
    Conditions: rule.conditions.map(describedCondition),
    Actions: [describedAction(rule.action, listener.protocol)],
    IsDefault: false,
  };
}

export function describedDefaultRule(listener: ListenerRecord): Rule {
  return {
    RuleArn: ruleArn(listener, listener.defaultRuleId),
    Priority: 'default',
    Conditions: [],
    Actions: [describedAction(listener.defaultAction, listener.protocol)],
    IsDefault: true,
  };
}
