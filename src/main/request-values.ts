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
  /** What policies asked for, and were told, beside what follows from the caller alone. */
  readonly told = new Map<string, readonly string[] | undefined>();

  constructor(question: AccessQuestion, request: RequestContext, caller: CallerValues) {
    this.#question = question;
    this.#request = request;
    this.#caller = caller;
  }

  get(key: string): readonly string[] | undefined {
    const own = this.#caller.get(key);
    if (own !== undefined) return own;
    if (this.told.has(key)) return this.told.get(key);
    const value = this.#general(key) ?? this.#question.context?.get(key);
    this.told.set(key, value);
    return value;
  }

  /** Whether this request would say the same as an earlier one to all that policies asked of that. */
  saysTheSame(told: ReadonlyMap<string, readonly string[] | undefined>): boolean {
    for (const [key, value] of told) if (!equal(this.get(key), value)) return false;
    return true;
  }

  #general(key: string): readonly string[] | undefined {
    const { sourceIp, receivedMs, endpoint, userAgent, region, through } = this.#request;
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
      case 'aws:sourcevpce':
        return through === undefined || through.id === '' ? undefined : [through.id];
      case 'aws:sourcevpc':
        return through === undefined || through.vpcId === '' ? undefined : [through.vpcId];
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

function equal(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
  return a?.length === b?.length && (a?.every((value, index) => value === b?.[index]) ?? true);
}
