import type { RepositoryRecord } from '../records/repository.ts';

/** Whether a tag that points at one image may be made to point at another. */
export function mayMove(
  { mutability, exclusions }: Pick<RepositoryRecord, 'mutability' | 'exclusions'>,
  tag: string,
): boolean {
  const excluded = exclusions.some((pattern) => matchesWildcard(pattern, tag));
  switch (mutability) {
    case 'MUTABLE':
      return true;
    case 'IMMUTABLE':
      return false;
    case 'MUTABLE_WITH_EXCLUSION':
      return !excluded;
    case 'IMMUTABLE_WITH_EXCLUSION':
      return excluded;
  }
}

/** `*` is any text. The time is bounded by pattern times text, whatever the pattern. */
export function matchesWildcard(pattern: string, text: string): boolean {
  const [head = '', ...rest] = pattern.split('*');
  if (rest.length === 0) return pattern === text;
  if (!text.startsWith(head)) return false;
  const tail = rest.pop() ?? '';
  let at = head.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return text.length - tail.length >= at && text.endsWith(tail);
}
