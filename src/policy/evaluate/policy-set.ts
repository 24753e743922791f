import type { PolicyDocument, Statement } from '../document/document.ts';
import { policyLimits } from '../limits.ts';
import { matchesAction, servicesOf } from '../match/actions.ts';

/** A policy as it hangs on something. */
export interface AttachedPolicy {
  /** How it is called in explanations: the name of a managed or inline policy. */
  readonly name: string;
  /** Of managed policies. */
  readonly arn?: string;
  readonly document: PolicyDocument;
}

/** A statement and the policy it stands in. */
export interface Source {
  readonly policy: AttachedPolicy;
  readonly statement: Statement;
}

/** The statements that are about an action, in the order of the policies. */
export interface Candidates {
  readonly denies: readonly Source[];
  readonly allows: readonly Source[];
}

/**
 * Policies of one kind that apply together: all those of an identity, the policy of a resource, a boundary. Make it once and keep it as
 * long as none of them changes. It finds the statements about an action by service, and remembers them.
 */
export class PolicySet {
  readonly policies: readonly AttachedPolicy[];
  readonly #sources: readonly Source[];
  /** Places in #sources, by service. */
  readonly #byService = new Map<string, number[]>();
  readonly #everyService: number[] = [];
  readonly #remembered = new Map<string, Candidates>();

  constructor(policies: readonly AttachedPolicy[]) {
    this.policies = policies;
    this.#sources = policies.flatMap((policy) =>
      policy.document.statements.map((statement) => ({ policy, statement })),
    );
    for (const [place, { statement }] of this.#sources.entries()) {
      const services = servicesOf(statement.actions);
      if (services === undefined) this.#everyService.push(place);
      for (const service of services ?? []) {
        const places = this.#byService.get(service);
        if (places === undefined) this.#byService.set(service, [place]);
        else places.push(place);
      }
    }
  }

  /** @param action in lower case, such as `ecs:runtask` */
  candidates(action: string): Candidates {
    const remembered = this.#remembered.get(action);
    if (remembered !== undefined) return remembered;
    const found = this.#find(action);
    if (this.#remembered.size >= policyLimits.rememberedActions) this.#remembered.clear();
    this.#remembered.set(action, found);
    return found;
  }

  #find(action: string): Candidates {
    const places = [...(this.#byService.get(action.slice(0, action.indexOf(':'))) ?? []), ...this.#everyService];
    const denies: Source[] = [];
    const allows: Source[] = [];
    for (const place of places.sort((a, b) => a - b)) {
      const source = this.#sources[place];
      if (source === undefined || !matchesAction(source.statement.actions, action)) continue;
      (source.statement.effect === 'Deny' ? denies : allows).push(source);
    }
    return { denies, allows };
  }
}

/**
 * The condition keys that policies ask for, in lower case, in conditions and in variables: for GetContextKeysForPrincipalPolicy and for
 * the missing context values of a simulation.
 */
export function contextKeysOf(policies: readonly AttachedPolicy[]): ReadonlySet<string> {
  const keys = new Set<string>();
  for (const { document } of policies) {
    for (const { conditions, resources } of document.statements) {
      for (const { template } of resources?.templates ?? []) for (const key of template.keys) keys.add(key);
      for (const condition of conditions) for (const key of [condition.lowerKey, ...condition.keys]) keys.add(key);
    }
  }
  return keys;
}
