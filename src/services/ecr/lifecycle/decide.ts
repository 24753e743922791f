import { matchesWildcard } from '../images/tag-mutability.ts';
import type { LifecycleRule } from './read-policy.ts';

/** What a policy looks at. */
export interface LifecycleImage {
  readonly digest: string;
  readonly tags: readonly string[];
  readonly pushedAtMs: number;
  /** An index names it: it stays as long as the index does. */
  readonly isNamed: boolean;
}

export interface Expiry {
  readonly digest: string;
  /** Priority of the rule that says so. */
  readonly rule: number;
}

const dayMs = 24 * 60 * 60_000;

/**
 * Which images a policy expires now. Every rule looks at all images as if it were alone; then they are applied by priority: an image that
 * the tags of a rule of higher priority match is that rule's, and no later one may expire it.
 */
export function decideExpiries(
  rules: readonly LifecycleRule[],
  images: readonly LifecycleImage[],
  nowMs: number,
): readonly Expiry[] {
  const newestFirst = images.toSorted(
    (one, other) => other.pushedAtMs - one.pushedAtMs || (one.digest < other.digest ? -1 : 1),
  );
  const settled = new Set<string>();
  const expiries: Expiry[] = [];
  for (const rule of rules) {
    const matching = newestFirst.filter((image) => matchesTags(rule, image));
    for (const image of expiring(rule, matching, nowMs)) {
      if (settled.has(image.digest) || image.isNamed) continue;
      expiries.push({ digest: image.digest, rule: rule.priority });
    }
    for (const { digest } of matching) settled.add(digest);
  }
  return expiries;
}

function matchesTags({ tagStatus, tagPrefixes, tagPatterns }: LifecycleRule, { tags }: LifecycleImage): boolean {
  if (tagStatus === 'any') return true;
  if (tagStatus === 'untagged') return tags.length === 0;
  if (tags.length === 0) return false;
  return (
    tagPrefixes.every((prefix) => tags.some((tag) => tag.startsWith(prefix))) &&
    tagPatterns.every((pattern) => tags.some((tag) => matchesWildcard(pattern, tag)))
  );
}

/** @param matching newest first */
function expiring(
  { keep }: LifecycleRule,
  matching: readonly LifecycleImage[],
  nowMs: number,
): readonly LifecycleImage[] {
  if ('images' in keep) return matching.slice(keep.images);
  return matching.filter(({ pushedAtMs }) => pushedAtMs < nowMs - keep.days * dayMs);
}
