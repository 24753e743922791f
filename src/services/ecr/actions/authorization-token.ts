import type { EcrCore, EcrHandler } from '../core.ts';
import { tokenLifetimeMs } from '../limits.ts';

/**
 * A password for `docker login`. It stands for its caller: what the caller may do, it may, in this and in other registries.
 * https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetAuthorizationToken.html
 */
export function getAuthorizationToken({ tokens, clock }: EcrCore): EcrHandler<'GetAuthorizationToken'> {
  return ({ registryIds }, { caller, region, account, endpoint }) => {
    const expirationMs = clock.nowMs() + tokenLifetimeMs;
    const authorizationToken = tokens.basic(tokens.seal({ purpose: 'login', caller, region, expirationMs }));
    return {
      authorizationData: (registryIds ?? [account]).map(() => ({
        authorizationToken,
        expiresAt: expirationMs,
        proxyEndpoint: endpoint,
      })),
    };
  };
}
