import { parsePolicy, PolicySet, type PolicyDocument, type PolicyKind } from '../../../policy/index.ts';
import type { Database } from '../../../store/index.ts';
import { found, presentRows, roleKind, userKind } from '../core.ts';
import { maxRememberedIdentities } from '../limits.ts';
import { managedPolicies } from '../managed/managed-policies.ts';
import { accessKeyKey, accessKeys, type AccessKeyRecord } from '../records/access-key.ts';
import { groups, roles, users, type RoleRecord, type Tag, type UserRecord } from '../records/entities.ts';
import { policies } from '../records/policy.ts';
import { gatheredPolicies, managedPolicy, type HolderOf } from './gather.ts';

/** What limits and grants what a user or role may do. */
export interface IdentityPolicies {
  readonly identity: PolicySet;
  readonly boundary?: PolicySet;
  readonly tags: readonly Tag[];
}

/**
 * Who is who, and the compiled policies of each, for whoever decides about requests: asked for every request, so what is compiled is kept
 * until something in the account's users, groups, roles or policies changes.
 */
export class Identities {
  readonly #db: Database;
  /** By account, then by `user/…` or `role/…`. */
  readonly #compiled = new Map<string, Map<string, IdentityPolicies>>();
  /** By account, then by what the session was given. */
  readonly #sessions = new Map<string, Map<string, PolicySet>>();
  readonly #managed = new Map<string, PolicyDocument>();
  readonly #stop: readonly (() => void)[];
  #remembered = 0;
  #changes = 0;

  constructor(db: Database) {
    this.#db = db;
    const forget = ({
      before,
      after,
    }: {
      before: { account: string } | undefined;
      after: { account: string } | undefined;
    }) => this.#forget(after?.account ?? before?.account ?? '');
    this.#stop = [
      db.table(users).onChange(forget),
      db.table(groups).onChange(forget),
      db.table(roles).onChange(forget),
      db.table(policies).onChange(forget),
      db.table(accessKeys).onChange(forget),
    ];
  }

  /** Grows with every change of users, groups, roles, policies and access keys: what was read before may be out of date. */
  get changes(): number {
    return this.#changes;
  }

  stop(): void {
    for (const stop of this.#stop) stop();
  }

  user(account: string, name: string): UserRecord | undefined {
    return found(presentRows(this.#db), userKind, account, name);
  }

  role(account: string, name: string): RoleRecord | undefined {
    return found(presentRows(this.#db), roleKind, account, name);
  }

  accessKey(id: string): AccessKeyRecord | undefined {
    return this.#db.get(accessKeys, accessKeyKey(id))?.row;
  }

  /** Undefined: there is no such user. */
  ofUser(account: string, name: string): IdentityPolicies | undefined {
    return this.#of(account, `user/${name}`, () => {
      const row = this.user(account, name);
      return row && { type: 'user', row };
    });
  }

  /** Undefined: there is no such role. */
  ofRole(account: string, name: string): IdentityPolicies | undefined {
    return this.#of(account, `role/${name}`, () => {
      const row = this.role(account, name);
      return row && { type: 'role', row };
    });
  }

  /** The session policies of a session that belongs to an account. */
  ofSession(account: string, texts: readonly string[], arns: readonly string[]): PolicySet {
    const key = JSON.stringify([texts, arns]);
    const present = this.#sessions.get(account)?.get(key);
    if (present !== undefined) return present;
    const rows = presentRows(this.#db);
    const set = new PolicySet([
      ...texts.map((text) => ({ name: 'the session policy', document: this.#read(text, 'session') })),
      ...arns.flatMap((arn) => managedPolicy(rows, this.#read, { account, arn })),
    ]);
    this.#keep(this.#sessions, account, key, set);
    return set;
  }

  #of(account: string, key: string, find: () => HolderOf | undefined): IdentityPolicies | undefined {
    const present = this.#compiled.get(account)?.get(key);
    if (present !== undefined) return present;
    const holder = find();
    if (holder === undefined) return undefined;
    const rows = presentRows(this.#db);
    const boundary = holder.type === 'group' ? undefined : holder.row.boundary;
    const compiled: IdentityPolicies = {
      identity: new PolicySet(gatheredPolicies(rows, this.#read, holder)),
      ...(boundary === undefined
        ? {}
        : { boundary: new PolicySet(managedPolicy(rows, this.#read, { account, arn: boundary })) }),
      tags: holder.row.tags,
    };
    this.#keep(this.#compiled, account, key, compiled);
    return compiled;
  }

  #keep<Value>(into: Map<string, Map<string, Value>>, account: string, key: string, value: Value): void {
    if (this.#remembered >= maxRememberedIdentities) {
      this.#compiled.clear();
      this.#sessions.clear();
      this.#remembered = 0;
    }
    const ofAccount = into.get(account);
    if (ofAccount === undefined) into.set(account, new Map([[key, value]]));
    else ofAccount.set(key, value);
    this.#remembered += 1;
  }

  #forget(account: string): void {
    this.#changes += 1;
    const forgotten = (this.#compiled.get(account)?.size ?? 0) + (this.#sessions.get(account)?.size ?? 0);
    this.#remembered -= forgotten;
    this.#compiled.delete(account);
    this.#sessions.delete(account);
  }

  /** AWS's policies are read once. */
  readonly #read = (text: string, kind: PolicyKind): PolicyDocument => {
    const known = this.#managed.get(text);
    if (known !== undefined) return known;
    const document = parsePolicy(text, { kind });
    if (managedTexts.has(text)) this.#managed.set(text, document);
    return document;
  };
}

const managedTexts = new Set([...managedPolicies.values()].map(({ document }) => document));
