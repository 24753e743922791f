import { MalformedPolicy } from '../malformed-policy.ts';
import { codesOf, globMatches, globOf } from './glob.ts';
import type { Glob } from './glob.ts';

/**
 * Action or NotAction of a statement; case does not matter.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html
 */
export interface ActionMatcher {
  readonly negated: boolean;
  /** As written. */
  readonly patterns: readonly string[];
  /** Globs over the whole action in lower case, by service prefix; those of every service are under `*`. */
  readonly byService: ReadonlyMap<string, readonly Glob[]>;
}

const namePattern = /^[\w*?-]+$/;
const vendorPattern = /^[a-zA-Z0-9-]+$/;

/** @throws MalformedPolicy */
export function readActions(patterns: readonly string[], negated: boolean): ActionMatcher {
  const byService = new Map<string, Glob[]>();
  for (const pattern of patterns) {
    const service = serviceOf(pattern);
    const globs = byService.get(service) ?? [];
    globs.push(service === '*' ? { kind: 'any' } : globOf(codesOf(pattern.toLowerCase(), true)));
    byService.set(service, globs);
  }
  return { negated, patterns, byService };
}

function serviceOf(pattern: string): string {
  if (pattern === '*' || pattern === '*:*') return '*';
  const [vendor = '', name, ...more] = pattern.split(':');
  if (name === undefined || vendor === '') {
    throw new MalformedPolicy(
      'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.',
      `the action "${pattern}" names no service`,
    );
  }
  if (more.length > 0) {
    throw new MalformedPolicy('Actions/Condition can contain only one colon.', `the action "${pattern}" has more`);
  }
  if (!vendorPattern.test(vendor)) {
    throw new MalformedPolicy(
      `Vendor ${vendor} is not valid`,
      `the service of the action "${pattern}" is a plain name`,
    );
  }
  if (!namePattern.test(name)) {
    throw new MalformedPolicy('Action name contains an invalid character.', `the action "${pattern}"`);
  }
  return vendor.toLowerCase();
}

/** The services a statement may be about; undefined when any. */
export function servicesOf(matcher: ActionMatcher): readonly string[] | undefined {
  return matcher.negated || matcher.byService.has('*') ? undefined : [...matcher.byService.keys()];
}

/** @param action in lower case, such as `ecs:runtask` */
export function matchesAction(matcher: ActionMatcher, action: string): boolean {
  if (matcher.byService.has('*')) return !matcher.negated;
  const globs = matcher.byService.get(action.slice(0, action.indexOf(':')));
  const listed = globs !== undefined && globs.some((glob) => globMatches(glob, action));
  return listed !== matcher.negated;
}
