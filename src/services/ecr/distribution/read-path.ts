import { repositoryName } from '../limits.ts';
import type { Scope } from '../records/repository.ts';

export type Wanted =
  | { readonly kind: 'base' }
  | { readonly kind: 'manifest'; readonly reference: string }
  | { readonly kind: 'blob'; readonly digest: string }
  | { readonly kind: 'uploads' }
  | { readonly kind: 'upload'; readonly id: string }
  | { readonly kind: 'tags' };

/** A path below `/v2/`; `scope` when the name says which registry it is of. */
export interface ReadPath {
  readonly wanted: Wanted;
  readonly name: string;
  readonly scope: Scope | undefined;
}

const host = /^([0-9]{12})\.dkr\.ecr\.([a-z0-9-]{1,32})\.amazonaws\.com(?:\.cn)?(?::[0-9]+)?$/;
const tails: readonly (readonly [RegExp, (found: string) => Wanted])[] = [
  [/^(.+)\/manifests\/([^/]+)$/, (reference) => ({ kind: 'manifest', reference })],
  [/^(.+)\/blobs\/uploads\/?()$/, () => ({ kind: 'uploads' })],
  [/^(.+)\/blobs\/uploads\/([0-9a-f-]{36})$/, (id) => ({ kind: 'upload', id })],
  [/^(.+)\/blobs\/([^/]+)$/, (digest) => ({ kind: 'blob', digest })],
  [/^(.+)\/tags\/list()$/, () => ({ kind: 'tags' })],
];

const longestName = 256;
const validName = new RegExp(`^${repositoryName}$`);

/** The registry that a host, or the first part of a repository's name, means. */
export function registryOfHost(text: string): Scope | undefined {
  const [, account, region] = host.exec(text) ?? [];
  return account === undefined || region === undefined ? undefined : { account, region };
}

/**
 * Takes a path apart. A repository's name may begin with the registry it is of, as in
 * `/v2/123456789012.dkr.ecr.us-east-1.amazonaws.com/my-app/manifests/1`.
 * @returns undefined: there is no such path; `badName`: there is, but not for a repository of this name
 */
export function readPath(path: string): ReadPath | { readonly badName: string } | undefined {
  if (path === '/v2/' || path === '/v2') return { wanted: { kind: 'base' }, name: '', scope: undefined };
  const rest = decoded(path.slice('/v2/'.length));
  for (const [pattern, wanted] of tails) {
    const [, whole, found] = pattern.exec(rest) ?? [];
    if (whole === undefined || found === undefined) continue;
    const slash = whole.indexOf('/');
    const scope = slash === -1 ? undefined : registryOfHost(whole.slice(0, slash));
    const name = scope === undefined ? whole : whole.slice(slash + 1);
    if (name.length > longestName || !validName.test(name)) return { badName: name.slice(0, longestName) };
    return { wanted: wanted(found), name, scope };
  }
  return undefined;
}

/** Digests are the only thing that clients encode, with `%3A` for the colon. */
function decoded(text: string): string {
  return text.replaceAll(/%3a/gi, ':');
}
