import { scopeOf, type Elbv2Deps, type Elbv2Handler } from '../core.ts';
import { readActions } from '../listeners/actions.ts';
import { describedListener } from '../listeners/described.ts';
import { isSecure, readSecurity } from '../listeners/security.ts';
import { checkedListenerProtocol, ownerOf, writeListener } from '../listeners/writes.ts';
import type { ListenerRecord } from '../records/listener.ts';
import { neededListener } from '../references.ts';

/**
 * What is not given stays. A change to a protocol without TLS takes certificates and policies away.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ModifyListener.html
 */
export function modifyListener(deps: Elbv2Deps): Elbv2Handler<'ModifyListener'> {
  return async (input, context) => {
    const { result } = await deps.db.transact((tx) => {
      const before = neededListener(tx, scopeOf(context), input.ListenerArn);
      const protocol = checkedListenerProtocol(ownerOf(tx, before), input.Protocol ?? before.protocol);
      const { defaultCertificate, sslPolicy, alpnPolicy, ...rest } = before;
      const present = {
        ...(defaultCertificate === undefined ? {} : { defaultCertificate }),
        ...(sslPolicy === undefined ? {} : { sslPolicy }),
        ...(alpnPolicy === undefined || protocol !== 'TLS' ? {} : { alpnPolicy }),
      };
      const after: ListenerRecord = {
        ...rest,
        port: input.Port ?? before.port,
        protocol,
        ...readSecurity(protocol, input, present),
        certificates: isSecure(protocol) ? before.certificates : [],
        defaultAction:
          input.DefaultActions === undefined ? before.defaultAction : readActions(input.DefaultActions, protocol),
      };
      writeListener(tx, deps, { before, after });
      return after;
    });
    return { Listeners: [describedListener(result)] };
  };
}
