import { scopeOf, type Elbv2Deps, type Elbv2Handler } from '../core.ts';
import { validationError } from '../errors.ts';
import { readActions } from '../listeners/actions.ts';
import { describedListener } from '../listeners/described.ts';
import { readSecurity } from '../listeners/security.ts';
import { checkedListenerProtocol, writeListener } from '../listeners/writes.ts';
import { listenerKey, listeners, type ListenerRecord } from '../records/listener.ts';
import type { LoadBalancerRecord } from '../records/load-balancer.ts';
import { neededLoadBalancer } from '../references.ts';
import { stableJson } from '../stable-json.ts';
import { checkedTags } from '../tags.ts';
import type { Rows } from '../core.ts';

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateListener.html */
export function createListener(deps: Elbv2Deps): Elbv2Handler<'CreateListener'> {
  return async (input, context) => {
    const scope = scopeOf(context);
    const tags = checkedTags(input.Tags);
    const { result } = await deps.db.transact((tx) => {
      const loadBalancer = neededLoadBalancer(tx, scope, input.LoadBalancerArn);
      const protocol = checkedListenerProtocol(loadBalancer, input.Protocol);
      const { Port: port } = input;
      if (port === undefined) throw validationError('A listener port must be specified');
      const { account, region, type, name, id } = loadBalancer;
      const row: ListenerRecord = {
        loadBalancer: { account, region, type, name, id },
        id: deps.ids.hex(16),
        port,
        protocol,
        ...readSecurity(protocol, input),
        certificates: [],
        defaultRuleId: deps.ids.hex(16),
        defaultAction: readActions(input.DefaultActions, protocol),
        rules: [],
        attributes: {},
        tags,
      };
      const present = sameListener(tx, loadBalancer, row);
      if (present !== undefined) return present;
      writeListener(tx, deps, { before: undefined, after: row });
      return row;
    });
    return { Listeners: [describedListener(result)] };
  };
}

/** Creating the same again answers with what there is. */
function sameListener(
  rows: Rows,
  loadBalancer: LoadBalancerRecord,
  wanted: ListenerRecord,
): ListenerRecord | undefined {
  const place = loadBalancer.listeners.find(({ port }) => port === wanted.port);
  const present = place && rows.get(listeners, listenerKey({ loadBalancer, id: place.id }));
  return present !== undefined && settings(present) === settings(wanted) ? present : undefined;
}

function settings({ protocol, defaultCertificate, sslPolicy, alpnPolicy, defaultAction }: ListenerRecord): string {
  return JSON.stringify([protocol, defaultCertificate, sslPolicy, alpnPolicy, stableJson(defaultAction)]);
}
