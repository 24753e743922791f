/**
 * Whether a text matches a pattern in which `*` stands for any characters and `?` for exactly one. Takes time proportional to both lengths at
 * worst, whatever the pattern.
 */
export function matchesWildcard(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let resume = 0;
  while (t < text.length) {
    const code = p < pattern.length ? pattern.charCodeAt(p) : -1;
    if (code === 42) {
      star = p;
      resume = t;
      p += 1;
    } else if (code === 63 || code === text.charCodeAt(t)) {
      p += 1;
      t += 1;
    } else if (star >= 0) {
      p = star + 1;
      resume += 1;
      t = resume;
    } else return false;
  }
  while (pattern.charCodeAt(p) === 42) p += 1;
  return p >= pattern.length;
}

const wildcard = /[*?]/;

/** A test for any of some patterns. */
export function anyPattern(patterns: readonly string[], ignoreCase: boolean): (text: string) => boolean {
  const ready = ignoreCase ? patterns.map((pattern) => pattern.toLowerCase()) : patterns;
  const exact = new Set(ready.filter((pattern) => !wildcard.test(pattern)));
  const wild = ready.filter((pattern) => wildcard.test(pattern));
  return (text) => {
    const subject = ignoreCase ? text.toLowerCase() : text;
    return exact.has(subject) || wild.some((pattern) => matchesWildcard(pattern, subject));
  };
}
