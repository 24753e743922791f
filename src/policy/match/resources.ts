import { MalformedPolicy } from '../malformed-policy.ts';
import { globMatches } from './glob.ts';
import type { Glob } from './glob.ts';
import { globOfTemplate, hasVariables, readTemplate, staticGlob } from './template.ts';
import type { Context, Template } from './template.ts';

/**
 * Resource or NotResource of a statement; case matters.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
 */
export interface ResourceMatcher {
  readonly negated: boolean;
  /** As written. */
  readonly patterns: readonly string[];
  readonly globs: readonly Glob[];
  /** Those with variables, each with a glob that matches whatever it may match, made once: most resources fail it. */
  readonly templates: readonly { readonly template: Template; readonly screen: Glob }[];
  /** Keys of variables without default in any of the patterns. */
  readonly needs: readonly string[];
}

/** @throws MalformedPolicy */
export function readResources(patterns: readonly string[], negated: boolean, variables: boolean): ResourceMatcher {
  const globs: Glob[] = [];
  const templates: { template: Template; screen: Glob }[] = [];
  for (const pattern of patterns) {
    const template = templateOf(pattern, variables);
    if (hasVariables(template)) templates.push({ template, screen: screenOf(template) });
    else globs.push(staticGlob(template, 'resource'));
  }
  return {
    negated,
    patterns,
    globs,
    templates,
    needs: [...new Set(templates.flatMap(({ template }) => template.needs))],
  };
}

/**
 * Before the fifth colon there are no variables; an ARN with parts missing means any there: `arn:aws:sqs` is `arn:aws:sqs:*:*:*`.
 */
function templateOf(pattern: string, variables: boolean): Template {
  if (pattern === '*') return readTemplate(pattern, { variables: false, wildcards: true });
  const parts = splitArn(pattern);
  checkArn(pattern, parts);
  while (parts.length < 6) parts.push('*');
  const head = readTemplate(`${parts.slice(0, 5).join(':')}:`, { variables: false, wildcards: true });
  const tail = readTemplate(parts[5] ?? '', { variables, wildcards: true });
  return { parts: [...head.parts, ...tail.parts], needs: tail.needs, keys: tail.keys };
}

/** With any text for each variable. */
function screenOf(template: Template): Glob {
  const parts = template.parts.map((part) => (part.kind === 'variable' ? ({ kind: 'anyText' } as const) : part));
  return staticGlob({ parts, needs: [], keys: [] }, 'resource');
}

/** The parts of an ARN, six at most; a colon within `${…}` divides none. */
function splitArn(text: string): string[] {
  const parts: string[] = [];
  let start = 0;
  for (let at = 0; at < text.length && parts.length < 5; at++) {
    if (text.startsWith('${', at)) {
      const end = text.indexOf('}', at);
      if (end === -1) break;
      at = end;
    } else if (text[at] === ':') {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}

/** The account of an ARN of IAM is a number, `aws` (managed policies), `cloudfront`, or has wildcards, or is empty. */
function isIamAccount(account: string): boolean {
  if (account === '' || account === 'aws' || account === 'cloudfront') return true;
  return /^[\d*?]+$/.test(account) && (account.length === 12 || /[*?]/.test(account));
}

function checkArn(pattern: string, [scheme, partition, service, , account]: readonly string[]): void {
  if (scheme !== 'arn' || partition === undefined) {
    throw new MalformedPolicy(
      `Resource ${pattern} must be in ARN format or "*".`,
      `"${pattern}" does not begin with arn:`,
    );
  }
  if (partition !== 'aws' && partition !== '*') {
    throw new MalformedPolicy(
      `Partition "${partition}" is not valid for resource "${pattern}".`,
      'Longshore has the partition aws',
    );
  }
  if (service === undefined || service === '' || /[*?$]/.test(service)) {
    throw new MalformedPolicy(
      'Resource vendor must be fully qualified and cannot contain regexes.',
      `the service in "${pattern}" is a plain name`,
    );
  }
  if (service === 'iam' && account !== undefined && !isIamAccount(account)) {
    throw new MalformedPolicy('The policy failed legacy parsing', `"${account}" in "${pattern}" is no account`);
  }
}

/** Whether a resource is meant; call it when the matcher's needs are met. */
export function matchesResource(matcher: ResourceMatcher, resource: string, context: Context): boolean {
  const listed =
    matcher.globs.some((glob) => globMatches(glob, resource)) ||
    matcher.templates.some(
      ({ template, screen }) =>
        globMatches(screen, resource) && globMatches(globOfTemplate(template, 'resource', context), resource),
    );
  return listed !== matcher.negated;
}
