import { principalContext, type Context } from '../policy/index.ts';
import type { AccessQuestion, Caller, CallerPrincipal, RequestContext } from '../protocol/api/index.ts';

/** Condition keys that follow from the caller alone. */
export type CallerValues = ReadonlyMap<string, readonly string[]>;

interface Tag {
  readonly key: string;
  readonly value: string;
}

/** @param tags of the user or role; those of the session come before them */
export function valuesOfCaller(caller: Caller, principal: CallerPrincipal, tags: readonly Tag[]): CallerValues {
  const values = new Map(principalContext(principal));
  const { session } = caller;
  for (const { key, value } of [...tags, ...(session?.tags ?? [])]) {
    values.set(`aws:principaltag/${key.toLowerCase()}`, [value]);
  }
  if (session === undefined) return values;
  values.set('aws:tokenissuetime', [new Date(session.issuedAtMs).toISOString()]);
  values.set('aws:multifactorauthpresent', ['false']);
  if (session.sourceIdentity !== undefined) values.set('aws:sourceidentity', [session.sourceIdentity]);
  return values;
}

/**
 * The condition keys of a request, found out when a policy asks: the general ones, the caller's, and what the question says.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
 */
export class RequestValues implements Context {
  readonly #question: AccessQuestion;
  readonly #request: RequestContext;
  readonly #caller: CallerValues;

  constructor(question: AccessQuestion, request: RequestContext, caller: CallerValues) {
    this.#question = question;
    this.#request = request;
    this.#caller = caller;
  }

  get(key: string): readonly string[] | undefined {
    return this.#caller.get(key) ?? this.#general(key) ?? this.#question.context?.get(key);
  }

  #general(key: string): readonly string[] | undefined {
    const { sourceIp, receivedMs, endpoint, userAgent, region } = this.#request;
    switch (key) {
      case 'aws:sourceip':
        return sourceIp === '' ? undefined : [sourceIp];
      case 'aws:currenttime':
        return [new Date(receivedMs).toISOString()];
      case 'aws:epochtime':
        return [String(Math.floor(receivedMs / 1_000))];
      case 'aws:securetransport':
        return [String(endpoint.startsWith('https://'))];
      case 'aws:useragent':
        return userAgent === '' ? undefined : [userAgent];
      case 'aws:requestedregion':
        return [region];
      case 'aws:viaawsservice':
        return ['false'];
      case 'aws:resourceaccount':
        return this.#owner();
      default:
        return undefined;
    }
  }

  #owner(): readonly string[] {
    const { resource, resourceAccount } = this.#question;
    const named = resource.startsWith('arn:') ? resource.split(':', 5)[4] : undefined;
    return [resourceAccount ?? (named === undefined || named === '' ? this.#request.account : named)];
  }
}
