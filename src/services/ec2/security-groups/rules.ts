import { limitExceeded } from '../errors.ts';
import { maxRules } from '../limits.ts';
import type { NetworkWriter } from '../networks.ts';
import { prefixLists } from '../records/prefix-list.ts';
import type { SecurityGroupRule } from '../records/security-group.ts';
import { duplicateRule } from './errors.ts';

/** What a rule lets pass, apart from what it is called. */
export type RuleContent = Pick<SecurityGroupRule, 'isEgress' | 'protocol' | 'fromPort' | 'toPort' | 'peer'>;

/** A rule as a request gives it. */
export interface GivenRule extends RuleContent {
  readonly description?: string;
}

/** Two rules of the same content are the same rule, whatever their descriptions. */
export function contentKey({ isEgress, protocol, fromPort, toPort, peer }: RuleContent): string {
  return JSON.stringify([isEgress, protocol, fromPort, toPort, Object.entries(peer)]);
}

export function sameContent(one: RuleContent, other: RuleContent): boolean {
  return contentKey(one) === contentKey(other);
}

/**
 * Checks the rules that a group is to have.
 * @throws InvalidPermission.Duplicate, RulesPerSecurityGroupLimitExceeded
 */
export function checkRules(writer: NetworkWriter, rules: readonly RuleContent[]): void {
  const seen = new Set<string>();
  const counts = new Map<string, number>();
  for (const rule of rules) {
    const key = contentKey(rule);
    if (seen.has(key)) throw duplicateRule(rule);
    seen.add(key);
    for (const [family, weight] of weights(writer, rule)) {
      const place = `${rule.isEgress} ${family}`;
      const count = (counts.get(place) ?? 0) + weight;
      if (count > maxRules) throw limitExceeded('RulesPerSecurityGroupLimitExceeded', 'rules per security group');
      counts.set(place, count);
    }
  }
}

/** A rule that names a group counts for IPv4 and for IPv6; one that names a prefix list as often as the list may have entries. */
function weights(writer: NetworkWriter, { peer }: RuleContent): readonly (readonly [string, number])[] {
  if ('cidr' in peer) return [['IPv4', 1]];
  if ('cidrIpv6' in peer) return [['IPv6', 1]];
  if ('groupId' in peer) {
    return [
      ['IPv4', 1],
      ['IPv6', 1],
    ];
  }
  const list = writer.get(prefixLists, peer.prefixListId);
  return [[list?.addressFamily ?? 'IPv4', list?.maxEntries ?? 1]];
}
